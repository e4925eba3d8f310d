import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { each } from './entity.ts';

describe('each', () => {
  it('answers in the order of the items, with a bounded number on their way', async () => {
    let onTheirWay = 0;
    let most = 0;
    const items = Array.from({ length: 100 }, (_, index) => index);
    const answers = await each(items, async (item) => {
      onTheirWay += 1;
      most = Math.max(most, onTheirWay);
      await delay(item % 3);
      onTheirWay -= 1;
      return item * 2;
    });
    assert.deepEqual(
      answers,
      items.map((item) => item * 2),
    );
    assert.ok(most > 1 && most <= 16, `${most} at a time`);
  });

  it('holds none up when one fails, and says so afterwards', async () => {
    const done: number[] = [];
    const act = async (item: number): Promise<void> => {
      if (item === 1) throw new Error('one');
      done.push(item);
    };
    await assert.rejects(each([0, 1, 2, 3], act), /one/);
    assert.deepEqual(done, [0, 2, 3]);
  });
});
