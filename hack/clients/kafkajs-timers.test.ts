import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { letConnectionsRest } from './kafkajs-timers.ts';

interface Queue {
  /** Of the next look; null where none is to come. */
  throttleCheckTimeoutId: unknown;
  push(request: { entry: { correlationId: number }; expectResponse: boolean; sendRequest(): void }): void;
  fulfillRequest(response: { correlationId: number; payload: unknown; size: number }): void;
  maybeThrottle(ms: number): void;
}

/** The library's own. */
const RequestQueue: new (options: object) => Queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');

const quiet = { debug() {}, warn() {} };

/** A queue for one request at a time, and what it has sent. */
function scene() {
  const queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, logger: quiet });
  const sent: number[] = [];
  const push = (id: number) => {
    const entry = { correlationId: id, resolve() {}, reject() {} };
    queue.push({ entry, expectResponse: true, sendRequest: () => void sent.push(id) });
  };
  return {
    queue,
    sent,
    push,
    answer: (id: number) => queue.fulfillRequest({ correlationId: id, payload: {}, size: 1 }),
  };
}

describe('a connection of kafkajs', () => {
  letConnectionsRest();

  it('sets no timer while no request waits', () => {
    const { queue, sent, push, answer } = scene();
    push(1);
    answer(1);
    assert.deepEqual(sent, [1]);
    assert.equal(queue.throttleCheckTimeoutId, null);
  });

  it('sends what has waited for an answer, and what has waited for a throttling to end', async () => {
    const { queue, sent, push, answer } = scene();
    push(1);
    push(2);
    answer(1);
    assert.deepEqual(sent, [1, 2]);
    answer(2);
    queue.maybeThrottle(50);
    push(3);
    assert.deepEqual(sent, [1, 2]);
    while (sent.length < 3) await delay(5);
    answer(3);
    await delay(20);
    assert.deepEqual([sent, queue.throttleCheckTimeoutId], [[1, 2, 3], null]);
  });
});
