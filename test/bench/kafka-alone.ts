/** What Kafka alone takes for topics: told by the operator's own requests, without Kubernetes. No operator can be faster. */
import { setTimeout as delay } from 'node:timers/promises';
import { protocolAdmin } from '../../operators/kafka/admin/protocol-admin.ts';
import type { NewTopic } from '../../operators/kafka/admin/topic-admin.ts';
import { type Reached, reach } from '../../operators/kafka/entities.ts';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { ports } from '../../operators/kafka/names.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import { issuer } from '../../operators/tls/issue.ts';
import { watches } from '../../operators/watches.ts';
import { type Access, Identities } from '../../operators/workload/certificates/access.ts';
import { withCache } from './cache.ts';
import { namespace } from './deploy.ts';
import { type EntityTiming, timed, topics } from './entities.ts';

const lookMs = 200;
const limitMs = 60_000;
const retention = 'retention.ms';
const prefix = 'alone-';
/** As those of the KafkaTopics that are measured. */
const [partitions, replicas] = [3, 2];

/** Of the service that `deployAndTime` has left; from the first request until all brokers have done it. */
export async function timeKafkaAlone(kubeconfig: string, signal: AbortSignal): Promise<EntityTiming> {
  const kafka = await find(kubeconfig, signal);
  const { admin, addresses } = kafka;
  const [first] = addresses;
  if (first === undefined) throw new Error('no broker of the KafkaCluster is ready');
  const wanted = topicsOf('3600000');
  const names = wanted.map(({ name }) => name);
  const created = await timed(async () => {
    await admin.createTopics(first, wanted, signal);
    await until(async () => (await copies(kafka, signal)) === names.length * partitions * replicas, signal);
  });
  const changed = await timed(async () => {
    const config = new Map([[retention, '7200000']]);
    await admin.alterTopics(first, new Map(names.map((name) => [name, config])), signal);
    await until(async () => (await settings(kafka, names, signal)).every((value) => value === '7200000'), signal);
  });
  const deleted = await timed(async () => {
    await admin.deleteTopics(first, names, signal);
    await until(async () => (await copies(kafka, signal)) === 0, signal);
  });
  return { what: `${names.length} topics of ${partitions} partitions, Kafka alone`, created, changed, deleted };
}

/** A broker answers before it has made them. */
async function copies({ admin, addresses }: Reached, signal: AbortSignal): Promise<number> {
  const dirs = (await Promise.all(addresses.map((address) => admin.logDirs(address, signal)))).flat();
  return dirs.flatMap((dir) => dir.replicas).filter(({ topic }) => topic.startsWith(prefix)).length;
}

/** Of the last, at each broker: they learn of what one request has changed in its order. */
async function settings(
  { admin, addresses }: Reached,
  names: readonly string[],
  signal: AbortSignal,
): Promise<(string | undefined)[]> {
  const found = await Promise.all(addresses.map((address) => admin.topics(address, names.slice(-1), signal)));
  return found.flatMap((topics) => [...topics.values()].map(({ config }) => config.get(retention)));
}

function topicsOf(milliseconds: string): NewTopic[] {
  const config = new Map([[retention, milliseconds]]);
  return Array.from({ length: topics.count }, (_, index) => ({
    name: `${prefix}${index}`,
    partitions,
    replicas,
    config,
  }));
}

function find(kubeconfig: string, signal: AbortSignal): Promise<Reached> {
  const connect = (access: Access) => protocolAdmin({ controllerPort: ports.controller, access });
  const parts = { connect, identities: new Identities(issuer) };
  return withCache(kubeconfig, watches([kafkaResource]), signal, async (cache) => {
    const found = await reach(`${namespace}/kafka`, parts, { cache, clock: systemClock });
    if (found.kind === 'Reached') return found;
    throw new Error(found.message);
  });
}

async function until(look: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`the brokers have not done it after ${limitMs / 1000} s`);
    await delay(lookMs, undefined, { signal });
  }
}
