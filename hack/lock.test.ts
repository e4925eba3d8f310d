import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withLock } from './lock.ts';

const options = { say: () => {}, signal: new AbortController().signal };
const name = join(import.meta.dirname, `lock-test-${process.pid}`);

describe('withLock', () => {
  it('lets one at a time work', async () => {
    const order: string[] = [];
    const turn = (label: string) =>
      withLock(name, options, async () => {
        order.push(`${label} starts`);
        await new Promise(setImmediate);
        order.push(`${label} ends`);
      });
    await Promise.all([turn('a'), turn('b')]);
    assert.equal(order[0]?.at(0), order[1]?.at(0));
    assert.equal(order[2]?.at(0), order[3]?.at(0));
  });

  it('is free again after work that failed', async () => {
    await assert.rejects(
      withLock(name, options, () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await withLock(name, options, async () => 'done'), 'done');
  });

  it('is free again after its holder was killed', async () => {
    const module = join(import.meta.dirname, 'lock.ts');
    const code = `import { withLock } from ${JSON.stringify(module)};
      const options = { say: () => {}, signal: new AbortController().signal };
      await withLock(${JSON.stringify(name)}, options, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1e6); }));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code]);
    await once(child.stdout, 'data');
    const waiting = withLock(name, options, async () => 'taken over');
    child.kill('SIGKILL');
    assert.equal(await waiting, 'taken over');
  });

  it('stops waiting when told', async () => {
    const stop = new AbortController();
    await withLock(name, options, async () => {
      const waiting = withLock(name, { ...options, signal: stop.signal }, async () => {});
      stop.abort(new Error('stop'));
      await assert.rejects(waiting);
    });
  });
});
