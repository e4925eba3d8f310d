/**
 * One partition's producer. kafkajs 2.2.4 loses acknowledged records by itself in three ways, and a witness must not:
 * 1. two sends at once to one partition share a sequence number once the first has timed out: the broker acknowledges
 *    the second as a repetition of the first;
 * 2. after a send that failed for good, the next one carries its sequence number, with the same end;
 * 3. a send to many partitions forgets those whose leader moves, while it is repeated, to a broker that has answered.
 * So each producer has one partition and one send at a time, and ends with the first send that fails for good.
 */
import kafkajs, { type Producer, type ProducerConfig } from 'kafkajs';
import type { Clock } from '../../../operators/kube/clock.ts';
import { textOf } from './pace.ts';

type LaneProducer = Pick<Producer, 'connect' | 'send' | 'disconnect'>;

export interface LaneOptions {
  kafka: { producer(config: ProducerConfig): LaneProducer };
  topic: string;
  partition: number;
  /** Repetitions after a failure, none of them later than Java's `delivery.timeout.ms` of two minutes. */
  retries: number;
  clock: Clock;
}

const deliveryMs = 120_000;
/** The Java client's `retry.backoff.ms` and `retry.backoff.max.ms`. */
const firstPauseMs = 100;
const longestPauseMs = 1_000;
/** How long a broker waits for its followers before it answers with an error. */
const ackTimeoutMs = 10_000;

export class Lane {
  readonly #options: LaneOptions;
  #producer: LaneProducer | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Ends with why it gave up, or with undefined when every in-sync replica has the records. */
  async send(ids: readonly number[], signal: AbortSignal): Promise<string | undefined> {
    const { clock, retries } = this.#options;
    const deadline = clock.now() + deliveryMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#attempt(ids);
        return undefined;
      } catch (error) {
        const isLast = attempt >= retries || clock.now() > deadline || isFinal(error);
        if (isLast || signal.aborted) return this.#giveUp(error);
        await clock.sleep(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 10)), signal).catch(() => {});
      }
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect().catch(() => {});
  }

  async #attempt(ids: readonly number[]): Promise<void> {
    const { topic, partition } = this.#options;
    const messages = ids.map((id) => ({ partition, key: String(partition), value: String(id) }));
    this.#producer ??= await this.#connect();
    await this.#producer.send({ topic, acks: -1, timeout: ackTimeoutMs, messages });
  }

  async #connect(): Promise<LaneProducer> {
    const { kafka, retries } = this.#options;
    // The library allows no idempotent producer without a retry.
    const kind = retries === 0 ? { idempotent: false } : { idempotent: true, retry: { retries: 1 } };
    const producer = kafka.producer({
      ...kind,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      // A request that times out does not make the library look for another leader; this does.
      metadataMaxAge: 5_000,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect().catch(() => {});
      throw error;
    }
  }

  async #giveUp(error: unknown): Promise<string> {
    if (this.#options.retries > 0) await this.close();
    return textOf(causeOf(error));
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? causeOf(error.cause) : error;
}

/** An answer that no repetition changes, e.g. a record that is too large. */
function isFinal(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof kafkajs.KafkaJSProtocolError && !cause.retriable;
}
