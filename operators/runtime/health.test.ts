import assert from 'node:assert/strict';
import { unhealthy, watchLoopDelay } from './health.ts';

describe('health', () => {
  it('is well with a quick event loop and no stuck worker', () => {
    assert.deepEqual(
      unhealthy(() => 1_000, []),
      [],
    );
  });

  it('names a late event loop and every stuck worker', () => {
    assert.deepEqual(
      unhealthy(() => 1_500.4, ['stuck']),
      ['the event loop is 1500 ms late', 'stuck'],
    );
  });

  it('measures no delay where nothing was measured yet', () => {
    const stop = new AbortController();
    const delay = watchLoopDelay(stop.signal);
    assert.equal(delay(), 0);
    stop.abort();
  });
});
