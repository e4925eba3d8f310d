/** Consumers that read a topic of `kafka-writer.ts`: along with it, and from its beginning to its end. */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { subscribe } from '../../../hack/clients/kafka.ts';
import type { Keyed } from './history.ts';
import { letConsumersStop } from './kafkajs-stop.ts';
import { textOf } from './pace.ts';

letConsumersStop();

/** The Java client's `auto.commit.interval.ms`. */
const commitMs = 5_000;

type OnBatch = (batch: EachBatchPayload['batch']) => void;

export interface Reader {
  /** Why it reads no longer; undefined while it does. */
  failure(): string | undefined;
  close(): Promise<void>;
}

/** A group of its own, from the beginning; resolves once it has joined. */
export async function startReader(kafka: Kafka, topic: string, onBatch: OnBatch): Promise<Reader> {
  let closed = false;
  let failure: string | undefined;
  const consumer = kafka.consumer({
    groupId: `history-${Date.now()}-${Math.random()}`,
    // With an answer for each record alone, and a commit for each answer, brokers would do little else.
    minBytes: 1_000_000,
    maxWaitTimeInMs: 500,
    // One that had to start anew waits for so long until the group has given up its former self.
    sessionTimeout: 10_000,
    metadataMaxAge: 5_000,
    retry: { retries: 5, restartOnFailure: async () => !closed },
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) failure = textOf(error);
  });
  const close = (): Promise<void> => {
    closed = true;
    return consumer.disconnect();
  };
  await joinGroup(consumer, topic, onBatch).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { failure: () => failure, close };
}

async function joinGroup(consumer: Consumer, topic: string, onBatch: OnBatch): Promise<void> {
  await consumer.connect();
  await subscribe(consumer, topic);
  await consumer.run({ autoCommitInterval: commitMs, eachBatch: async ({ batch }) => onBatch(batch) });
}

/** Every record up to the high watermarks of now, by partition in the order of the log. */
export async function readAll(kafka: Kafka, topic: string, signal: AbortSignal): Promise<Keyed[]> {
  const missing = await openRanges(kafka, topic, signal);
  const read: Keyed[] = [];
  const { promise: complete, resolve, reject } = Promise.withResolvers<void>();
  if (missing.size === 0) return read;
  const reader = await startReader(kafka, topic, (batch) => {
    const range = missing.get(batch.partition);
    if (range !== undefined) take(batch, range, read);
    if (range !== undefined && range.next >= range.end) missing.delete(batch.partition);
    if (missing.size === 0) resolve();
  });
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    if (signal.aborted) aborted();
    await complete;
    return read;
  } finally {
    signal.removeEventListener('abort', aborted);
    await reader.close();
  }
}

interface Range {
  /** The first offset that was not read yet. */
  next: bigint;
  end: bigint;
}

type OffsetsClient = { admin(): Pick<Admin, 'connect' | 'disconnect' | 'fetchTopicOffsets'> };

const againMs = 200;

/**
 * What there is to read of each partition that has anything. A leader that is new does not know its high watermark before
 * a follower has asked it: since KIP-207 it says so, and does not answer with an older one. The library gives up then,
 * and also where the leader has moved; here it is asked until the signal ends it.
 */
export async function openRanges(
  kafka: OffsetsClient,
  topic: string,
  signal: AbortSignal,
): Promise<Map<number, Range>> {
  for (;;) {
    const offsets = await offsetsOf(kafka, topic).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!(error instanceof kafkajs.KafkaJSError && error.retriable)) throw error;
      return undefined;
    });
    if (offsets !== undefined) return rangesOf(offsets);
    await delay(againMs, undefined, { signal });
  }
}

type Offsets = Awaited<ReturnType<Admin['fetchTopicOffsets']>>;

/** By a client of its own, which knows of no former leader. */
async function offsetsOf(kafka: OffsetsClient, topic: string): Promise<Offsets> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await admin.fetchTopicOffsets(topic);
  } finally {
    await admin.disconnect();
  }
}

function rangesOf(offsets: Offsets): Map<number, Range> {
  const ranges = offsets.map(({ partition, low, high }) => ({ partition, next: BigInt(low), end: BigInt(high) }));
  return new Map(ranges.filter(({ next, end }) => next < end).map(({ partition, ...range }) => [partition, range]));
}

/** A consumer that starts anew begins at the beginning again: what was read already is no duplicate. */
function take(batch: EachBatchPayload['batch'], range: Range, read: Keyed[]): void {
  for (const { offset, value } of batch.messages) {
    if (BigInt(offset) < range.next || BigInt(offset) >= range.end) continue;
    read.push({ key: `partition ${batch.partition}`, id: Number(value?.toString()) });
    range.next = BigInt(offset) + 1n;
  }
}
