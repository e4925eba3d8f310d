import assert from 'node:assert/strict';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { Looks } from './looks.ts';

const longestMs = 60_000;

function looks() {
  const clock = new FakeClock();
  const all = new Looks(clock, longestMs);
  const look = (afterMs: number, key = 'one') => {
    const { scope, end } = all.begin(key);
    return [scope, end(afterMs)];
  };
  return { clock, all, look };
}

describe('a look at the topics of a KafkaCluster', () => {
  it('is one at all at first, and again after the longest time, whatever comes in between', () => {
    const { clock, look } = looks();
    assert.deepEqual(look(longestMs), ['All', 60_000]);
    clock.jump(20_000);
    assert.deepEqual(look(longestMs), ['Unsettled', 40_000]);
    clock.jump(39_000);
    assert.deepEqual(look(longestMs), ['Unsettled', 1_000]);
    clock.jump(1_000);
    assert.deepEqual(look(longestMs), ['All', 60_000]);
  });

  it('is one at all as soon as one has wished for it', () => {
    const { clock, look } = looks();
    look(longestMs);
    assert.deepEqual(look(2_000), ['Unsettled', 2_000]);
    clock.jump(1_000);
    assert.deepEqual(look(2_000), ['Unsettled', 1_000]);
    clock.jump(1_000);
    assert.deepEqual(look(longestMs), ['All', 60_000]);
  });

  it('is one at all after one that failed', () => {
    const { all, look } = looks();
    look(longestMs);
    all.begin('one');
    assert.deepEqual(look(longestMs), ['All', 60_000]);
  });

  it('is one at all when the clock was set back', () => {
    const { clock, look } = looks();
    look(longestMs);
    clock.jump(-3_600_000);
    assert.deepEqual(look(longestMs), ['All', 60_000]);
  });

  it('is of one KafkaCluster', () => {
    const { look } = looks();
    look(longestMs);
    assert.deepEqual(look(longestMs, 'other'), ['All', 60_000]);
  });
});
