/** An application's view of Kafka: kafkajs, which shares no code with the operator. */
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import kafkajs, {
  type Admin,
  type Consumer,
  type ISocketFactory,
  Kafka,
  type KafkaConfig,
  logLevel,
  type Producer,
  type RetryOptions,
} from 'kafkajs';
import { letConnectionsRest } from './kafkajs-timers.ts';

letConnectionsRest();

type ClientTls = Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>;

export interface KafkaAccess {
  /** `host:port` list. */
  bootstrap: string[];
  /** The system's own unless given. */
  lookup?: LookupFunction;
  /** Whom it trusts, and who it is, asked for each connection where that may change; in clear unless given. */
  tls?: ClientTls | (() => ClientTls);
  /** By SCRAM-SHA-512. */
  login?: { username: string; password: string };
  /** By a token of OAuth, asked for each time that one is to be shown. */
  token?: () => string;
}

/** As the user whose Secret this is (`data` of a Secret of servicebinding.io). */
export function accessBy(data: Readonly<Record<string, string>>): KafkaAccess {
  const entry = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const certificate = data['user.crt'] === undefined ? {} : { cert: entry('user.crt'), key: entry('user.key') };
  return {
    bootstrap: [entry('bootstrap-servers')],
    ...(data['password'] === undefined ? {} : { login: { username: entry('username'), password: entry('password') } }),
    ...(data['ca.crt'] === undefined ? {} : { tls: { ca: entry('ca.crt'), ...certificate } }),
  };
}

export interface KafkaTuning {
  retry?: RetryOptions;
  /** How long an answer may take before the client tries elsewhere; ms. */
  requestTimeout?: number;
  /** Cuts every connection and allows no other: the library itself goes on trying after its `disconnect`. */
  signal?: AbortSignal;
}

const patient: RetryOptions = { retries: 20, initialRetryTime: 200, maxRetryTime: 2_000 };

export function kafkaClient(access: KafkaAccess, tuning: KafkaTuning = {}): Kafka {
  return new Kafka({
    clientId: 'stateward-demo',
    // With nowhere to go the library gives up at once; with sockets that fail it would go on trying.
    brokers: async () => (tuning.signal?.aborted === true ? [] : access.bootstrap),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: tuning.requestTimeout ?? 30_000,
    retry: tuning.retry ?? patient,
    socketFactory: socketFactory(access, tuning),
    ...saslOf(access),
  });
}

function saslOf({ login, token }: KafkaAccess): Pick<KafkaConfig, 'sasl'> {
  if (login !== undefined) return { sasl: { mechanism: 'scram-sha-512', ...login } };
  if (token === undefined) return {};
  return { sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: token() }) } };
}

function socketFactory({ lookup, tls }: KafkaAccess, { signal }: KafkaTuning): ISocketFactory {
  const open = new Set<Socket>();
  signal?.addEventListener('abort', () => open.forEach(cut), { once: true });
  return ({ host, port, onConnect }) => {
    signal?.throwIfAborted();
    const secure = typeof tls === 'function' ? tls() : tls;
    const target = { host, port, ...(lookup === undefined ? {} : { lookup }) };
    const secured = () =>
      connectTls({ ...target, ...secure, ...(isIP(host) === 0 ? { servername: host } : {}) }, onConnect);
    const socket = (secure === undefined ? connect(target, onConnect) : secured()).setKeepAlive(true);
    open.add(socket);
    return socket.once('close', () => open.delete(socket));
  };
}

/** The library takes notice of errors alone. */
function cut(socket: Socket): void {
  socket.destroy(new Error('the client was stopped'));
}

export interface TopicSpec {
  topic: string;
  partitions: number;
  replicas: number;
  /** Settings of the topic, e.g. `min.insync.replicas`. */
  config?: Record<string, string>;
}

/** Resolves once a broker knows a leader for every partition. */
export async function createTopic(kafka: Kafka, spec: TopicSpec): Promise<void> {
  const { topic, partitions, replicas, config = {} } = spec;
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      // The library takes a broker that has not heard of the topic yet for a failure.
      waitForLeaders: false,
      // A busy controller may take longer than the 5 s that the library allows it.
      timeout: 30_000,
      topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries: entriesOf(config) }],
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

function entriesOf(config: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(config).map(([name, value]) => ({ name, value }));
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

/** From the beginning. The library gives up at the first broker that has not heard of a new topic yet; this asks again. */
export async function subscribe(consumer: Pick<Consumer, 'subscribe'>, topic: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await consumer.subscribe({ topic, fromBeginning: true });
    } catch (error) {
      if (!isUnknownTopic(error) || Date.now() > deadline) throw error;
    }
    await delay(200);
  }
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof kafkajs.KafkaJSProtocolError && error.type === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** Reads from the beginning until every number in the range was seen; resolves with the ones that were. */
export async function consumeAll(
  kafka: Kafka,
  topic: string,
  { from, to }: Range,
  signal: AbortSignal,
): Promise<Set<number>> {
  const consumer: Consumer = kafka.consumer({ groupId: `demo-reader-${Date.now()}-${Math.random()}` });
  const seen = new Set<number>();
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await consumer.connect();
  try {
    await subscribe(consumer, topic);
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
