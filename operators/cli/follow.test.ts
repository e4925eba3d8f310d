import assert from 'node:assert/strict';
import { ApiError, ConnectionError } from '../kube/api.ts';
import { follow, stallWatch } from './follow.ts';
import { type Service, serviceResources } from './services.ts';
import { type TestContext, testContext } from './testing/context.ts';
import { put, serviceOf } from './testing/services.ts';

const resource = serviceResources.KafkaCluster;
const ref = { namespace: 'shop', name: 'orders' };

function followed(test: TestContext, looks: number, timeoutMs?: number): Promise<string> {
  let count = 0;
  const look = (seen: Service | undefined): string | undefined => {
    count += 1;
    return count < looks ? undefined : (seen?.metadata.name ?? 'nothing');
  };
  return follow(test.context, { resource, ref, timeoutMs, look });
}

describe('follow', () => {
  it('looks once a second until there is an answer', async () => {
    const test = testContext();
    await put(test, serviceOf('orders'));
    assert.equal(await followed(test, 3), 'orders');
    assert.deepEqual(test.clock.slept, [1000, 1000]);
  });

  it('says that the object is not there', async () => assert.equal(await followed(testContext(), 1), 'nothing'));

  it('ends when the time is over, and not a second later', async () => {
    const test = testContext();
    assert.equal(await followed(test, 100, 2500), 'Timeout');
    assert.deepEqual(test.clock.slept, [1000, 1000, 500]);
  });

  it('waits for an API server that is away, and says so once', async () => {
    const test = testContext();
    await put(test, serviceOf('orders'));
    const troubles = [
      new ConnectionError('GET /x: ECONNREFUSED', { unsent: true }),
      new ApiError(503, 'ServiceUnavailable', 'soon'),
      new ApiError(429, 'TooManyRequests', 'later'),
    ];
    test.api.before = () => {
      const trouble = troubles.shift();
      if (trouble !== undefined) throw trouble;
    };
    assert.equal(await followed(test, 1), 'orders');
    assert.equal(test.written.err, 'no answer from the API server: GET /x: ECONNREFUSED; still waiting\n');
    assert.equal(test.clock.slept.length, 3);
  });

  it('does not wait for a right that is missing', async () => {
    const test = testContext();
    test.api.before = () => {
      throw new ApiError(403, 'Forbidden', 'no');
    };
    await assert.rejects(followed(test, 1), ApiError);
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const test = testContext({ signal: controller.signal });
    test.api.before = () => controller.abort(new Error('Ctrl-C'));
    await assert.rejects(followed(test, 100), /Ctrl-C/);
  });
});

describe('stallWatch', () => {
  it('tells what lasts from what passes', () => {
    const { clock } = testContext();
    const stalled = stallWatch(clock);
    const after = (ms: number, is: boolean): boolean => {
      clock.pass(ms);
      return stalled(is);
    };
    const seen: [number, boolean, boolean][] = [
      [0, true, false],
      [14_000, true, false],
      [500, false, false],
      [1000, true, false],
      [14_999, true, false],
      [1, true, true],
    ];
    for (const [ms, is, expected] of seen) assert.equal(after(ms, is), expected);
  });
});
