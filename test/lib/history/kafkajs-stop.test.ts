import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { letConsumersStop } from './kafkajs-stop.ts';

interface Runner {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The library's own, with its fetchers. */
const Runner: new (options: object) => Runner = createRequire(import.meta.url)('kafkajs/src/consumer/runner');

/** Of two brokers, the second of which answers late. */
class FakeGroup {
  brokers = ['1', '2'];
  readonly did: string[] = [];
  readonly late = Promise.withResolvers<void>();

  getNodeIds(): string[] {
    return this.brokers;
  }

  async connect(): Promise<void> {}
  async joinAndSync(): Promise<void> {}
  async heartbeat(): Promise<void> {}

  async leave(): Promise<void> {
    this.did.push('leave');
  }

  async fetch(broker: string): Promise<unknown[]> {
    this.did.push(`fetch from ${broker}`);
    await (broker === '2' ? this.late.promise : delay(1));
    return [];
  }
}

describe('a consumer that is stopped while the set of brokers changes', () => {
  letConsumersStop();

  it('stops, and lets everybody else in the process have their turn', async () => {
    const group = new FakeGroup();
    const crashes: unknown[] = [];
    const changing = Promise.withResolvers<void>();
    const debug = (text: string) => {
      if (text === 'Stopping fetchers...') changing.resolve();
    };
    const logger = { namespace: () => logger, debug, info() {}, warn() {}, error() {} };
    const runner = new Runner({
      logger,
      consumerGroup: group,
      instrumentationEmitter: { emit() {} },
      retry: { retries: 5, initialRetryTime: 1 },
      onCrash: (error: unknown) => crashes.push(error),
    });
    await runner.start();
    group.brokers = ['1', '2', '3'];
    // The first fetcher has seen it; the second one still waits for its answer.
    await changing.promise;
    const stopped = runner.stop();
    group.late.resolve();
    await stopped;
    assert.equal(group.did.at(-1), 'leave');
    assert.deepEqual(crashes, []);
  });
});
