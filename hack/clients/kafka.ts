/** An application's view of Kafka: kafkajs, which shares no code with the operator. */
import { connect, type LookupFunction } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, type Consumer, Kafka, logLevel, type Producer } from 'kafkajs';

export interface KafkaAccess {
  /** `host:port` list. */
  bootstrap: string[];
  lookup: LookupFunction;
}

export function kafkaClient({ bootstrap, lookup }: KafkaAccess): Kafka {
  return new Kafka({
    clientId: 'stateward-demo',
    brokers: bootstrap,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { retries: 20, initialRetryTime: 200, maxRetryTime: 2_000 },
    socketFactory: ({ host, port, onConnect }) => connect({ host, port, lookup }, onConnect).setKeepAlive(true),
  });
}

export interface TopicSpec {
  topic: string;
  partitions: number;
  replicas: number;
}

/** Resolves once a broker knows a leader for every partition. */
export async function createTopic(kafka: Kafka, { topic, partitions, replicas }: TopicSpec): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      // The library takes a broker that has not heard of the topic yet for a failure.
      waitForLeaders: false,
      // A busy controller may take longer than the 5 s that the library allows it.
      timeout: 30_000,
      topics: [{ topic, numPartitions: partitions, replicationFactor: replicas }],
    });
    const deadline = Date.now() + 60_000;
    while ((await leaders(admin, topic)) < partitions) {
      if (Date.now() > deadline) throw new Error(`topic ${topic} has not all of its leaders after a minute`);
      await delay(200);
    }
  } finally {
    await admin.disconnect();
  }
}

async function leaders(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
  return topics[0]?.partitions.filter(({ leader }) => leader >= 0).length ?? 0;
}

export interface Range {
  /** Numbers `from` to `to - 1` are the records' values. */
  from: number;
  to: number;
}

/** Sends numbered records, each acknowledged by all in-sync replicas; resolves with how many were. */
export async function produce(kafka: Kafka, topic: string, { from, to }: Range, batch = 500): Promise<number> {
  const producer: Producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    for (let start = from; start < to; start += batch) {
      const values = Array.from({ length: Math.min(batch, to - start) }, (_, index) => String(start + index));
      await producer.send({ topic, acks: -1, messages: values.map((value) => ({ key: value, value })) });
    }
    return to - from;
  } finally {
    await producer.disconnect();
  }
}

/** Reads from the beginning until every number in the range was seen; resolves with the ones that were. */
export async function consumeAll(
  kafka: Kafka,
  topic: string,
  { from, to }: Range,
  signal: AbortSignal,
): Promise<Set<number>> {
  const consumer: Consumer = kafka.consumer({ groupId: `reader-${Date.now()}-${Math.random()}` });
  const seen = new Set<number>();
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const message of batch.messages) {
          const number = Number(message.value?.toString());
          if (number >= from && number < to) seen.add(number);
        }
        if (seen.size === to - from) resolve();
      },
    });
    await complete;
    return seen;
  } finally {
    await consumer.disconnect();
  }
}
