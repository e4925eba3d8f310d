/**
 * A consumer of kafkajs 2.2.4 that is stopped just while the set of brokers changes freezes the whole process: the
 * fetchers that are made anew for the brokers go on asking the consumer that has stopped, which answers at once, so no
 * timer and no socket ever gets its turn again, not even the time limit of a test.
 */
import { createRequire } from 'node:module';

interface Runner {
  running: boolean;
  /** The next batches from a broker; none at once where the consumer does not run. */
  fetch(nodeId: number): Promise<unknown[]>;
}

const { prototype }: { prototype: Runner } = createRequire(import.meta.url)('kafkajs/src/consumer/runner');
const { fetch } = prototype;

/** From now on a fetcher whose consumer has stopped is told so by an error, which ends it. May be called again. */
export function letConsumersStop(): void {
  prototype.fetch = function (nodeId) {
    return this.running ? fetch.call(this, nodeId) : Promise.reject(new Error('the consumer has stopped'));
  };
}
