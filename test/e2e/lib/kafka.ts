/** An application's and an administrator's view of a Kafka service. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { clusterLookup } from '../../../hack/clients/dns.ts';
import {
  accessBy,
  consumeAll,
  createTopic,
  type KafkaAccess,
  kafkaClient,
  produce,
  type Range,
} from '../../../hack/clients/kafka.ts';
import type { ClusterView } from '../../../operators/kafka/admin/admin.ts';
import { protocolAdmin } from '../../../operators/kafka/admin/protocol-admin.ts';
import { ports } from '../../../operators/kafka/names.ts';
import { pods, secrets } from '../../../operators/kube/resource.ts';
import type { KeyPair } from '../../../operators/tls/issue.ts';
import { kafkas, kafkaUsers } from '../../lib/resources.ts';
import { operatorAccess } from './access.ts';
import { cluster } from './cluster.ts';
import { type Place, until } from './place.ts';
import { podsOf, serviceLabel } from './pods.ts';
import { apply, read, untilReady } from './services.ts';

/** What status promises, listener by listener. */
export async function endpointsOf(place: Place, name: string) {
  const { status } = await read(place, kafkas, name);
  return status?.endpoints ?? [];
}

const everything = ['Topic', 'Group', 'TransactionalId'].map((type) => ({
  resource: { type, name: '*' },
  operations: ['All'],
}));

/** Everything that there is. */
export const acls = [...everything, { resource: { type: 'Cluster' }, operations: ['All'] }];

const testers = { ScramSha512: 'tester', Tls: 'certified-tester' } as const;

/** As a user who may do everything, by a password unless it is said otherwise; made when it is first asked for. */
export async function accessTo(
  place: Place,
  name: string,
  type: keyof typeof testers = 'ScramSha512',
): Promise<KafkaAccess> {
  return userOf(place, `${name}-${testers[type]}`, { cluster: name, acls, authentication: { type } });
}

/** As a user like this; made when there is none. */
export async function userOf(place: Place, user: string, spec: object): Promise<KafkaAccess> {
  await apply(place, kafkaUsers, user, spec);
  await untilReady(place, kafkaUsers, user);
  const secret = await read(place, secrets, `${user}-kafka-user`);
  return { ...accessBy(secret.data ?? {}), lookup: clusterLookup(cluster.kubeconfig) };
}

/** By way of these addresses. */
export async function clientAt(place: Place, name: string, bootstrap: string[]): Promise<Kafka> {
  return kafkaClient({ ...(await accessTo(place, name)), bootstrap });
}

/** By the members' names of the first listener. */
export async function clientOf(place: Place, name: string): Promise<Kafka> {
  const [first] = await endpointsOf(place, name);
  return clientAt(place, name, first?.dns ?? []);
}

/** At once, and once: a refusal is no reason to try again. */
export const impatient = { retry: { retries: 0 } };

/** Rejects where whoever has this is not let in. */
export async function connected(access: KafkaAccess): Promise<void> {
  const admin = kafkaClient(access, impatient).admin();
  try {
    await admin.connect();
    await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

/** What the service itself says, asked at one member; at a broker, as the operator, unless it is said otherwise. */
export async function describe(
  place: Place,
  pod: string,
  port: number = ports.internal,
  identity?: KeyPair,
): Promise<ClusterView> {
  const { metadata, status } = await read(place, pods, pod);
  const service = metadata.labels?.[serviceLabel] ?? '';
  const known = await operatorAccess(place, service, 'kafka');
  const access = { ...known, ...(identity && { identity }) };
  const address = { host: status?.podIP ?? '', port, name: `${pod}.${service}-kafka-members.${place.namespace}.svc` };
  return protocolAdmin({ controllerPort: ports.controller, access }).describe(address, place.signal);
}

export async function describeAny(place: Place, name: string, port?: number): Promise<ClusterView> {
  const [first] = await podsOf(place, name);
  return describe(place, first?.metadata.name ?? '', port);
}

/** The id of the cluster that answers at an address. */
export async function clusterIdAt(place: Place, name: string, address: string): Promise<string> {
  const admin = (await clientAt(place, name, [address])).admin();
  await admin.connect();
  try {
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}

/** Every record of the range is there. */
export async function assertRecords({ signal }: Place, kafka: Kafka, topic: string, range: Range): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(120_000)]);
  const seen = await consumeAll(kafka, topic, range, limit);
  const missing = range.to - range.from - seen.size;
  assert.equal(missing, 0, `${missing} of ${range.to - range.from} acknowledged records of ${topic} are missing`);
}

/** A topic with records that every later look must find again. */
export async function fill(kafka: Kafka, topic: string, replicas: number, records = 1000): Promise<Range> {
  await createTopic(kafka, { topic, partitions: 6, replicas });
  await produce(kafka, topic, { from: 0, to: records });
  return { from: 0, to: records };
}

export interface Writing {
  /** Ends the writing; answers what was acknowledged, from 0 on. Rejects where a single record was refused for good. */
  stop(): Promise<Range>;
}

/** As many records as possible would take a core from everybody else; some tens a second find what is lost as well. */
const pauseMs = 10;

/** Writes record after record, each acknowledged by all in-sync replicas before the next. */
export async function startWriting({ signal }: Place, kafka: Kafka, topic: string): Promise<Writing> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let next = 0;
  let stopped = false;
  const send = async (): Promise<void> => {
    while (!stopped && !signal.aborted) {
      await producer.send({ topic, acks: -1, messages: [{ key: String(next), value: String(next) }] });
      next += 1;
      await delay(pauseMs);
    }
  };
  const sending = send().finally(() => producer.disconnect());
  sending.catch(() => {}); // told by stop
  const stop = async (): Promise<Range> => {
    stopped = true;
    await sending;
    return { from: 0, to: next };
  };
  return { stop };
}

/** Everything that is in sync is so again: whoever takes a member down next loses nothing. */
export async function untilInSync(place: Place, kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await until(place, async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      for (const { partitionId, isr, replicas } of topics[0]?.partitions ?? [])
        assert.equal(isr.length, replicas.length, `partition ${partitionId} is in sync on ${isr.join(', ')} alone`);
    });
  } finally {
    await admin.disconnect();
  }
}

export interface LeaderWatch {
  /** The active controller as it was last seen before the time (ms since the epoch). */
  before(time: number): number | undefined;
  stop(): Promise<void>;
}

/** Asks again and again who the active controller is: a quorum may choose another one at any time. */
export function watchLeader(place: Place, name: string): LeaderWatch {
  const stopping = new AbortController();
  const signal = AbortSignal.any([place.signal, stopping.signal]);
  const seen: { at: number; leader: number }[] = [];
  const ask = async (): Promise<void> => {
    while (!signal.aborted) {
      const at = Date.now();
      try {
        const { quorum } = await describeAny(
          { ...place, signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) },
          name,
        );
        seen.push({ at, leader: quorum.leaderId });
      } catch {
        // The member that was asked is on its way down.
      }
      await delay(200);
    }
  };
  const asking = ask();
  return {
    before: (time) => seen.findLast(({ at }) => at < time)?.leader,
    stop: async () => {
      stopping.abort();
      await asking;
    },
  };
}
