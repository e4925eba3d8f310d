import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { DdlQueue } from './ddl-queue.ts';

describe('the queue of changes', () => {
  const { signal } = new AbortController();

  it('runs those of one service one after another, and those of two side by side', async () => {
    const queue = new DdlQueue();
    const said: string[] = [];
    const change = (key: string, name: string) =>
      queue.run(key, signal, async () => {
        said.push(`${name} begins`);
        await delay(2);
        said.push(`${name} ends`);
      });
    await Promise.all([change('ns/a', 'first'), change('ns/a', 'second'), change('ns/b', 'other')]);
    assert.deepEqual(said.slice(0, 2), ['first begins', 'other begins']);
    assert.ok(said.indexOf('second begins') > said.indexOf('first ends'));
  });

  it('goes on after one that failed, which is told', async () => {
    const queue = new DdlQueue();
    const failing = queue.run('ns/a', signal, () => Promise.reject(new Error('refused')));
    const next = queue.run('ns/a', signal, async () => 'done');
    await assert.rejects(failing, /refused/);
    assert.equal(await next, 'done');
  });

  it('does not begin what is given up meanwhile', async () => {
    const queue = new DdlQueue();
    const impatient = new AbortController();
    const first = queue.run('ns/a', signal, () => delay(2));
    let begun = false;
    const second = queue.run('ns/a', impatient.signal, async () => {
      begun = true;
    });
    impatient.abort(new Error('too late'));
    await first;
    await assert.rejects(second, /too late/);
    assert.equal(begun, false);
  });
});
