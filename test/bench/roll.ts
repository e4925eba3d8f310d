/** A change that restarts every member. */
import { setTimeout as delay } from 'node:timers/promises';
import { clusterLookup } from '../../hack/clients/dns.ts';
import { createTopic, type KafkaAccess, kafkaClient } from '../../hack/clients/kafka.ts';
import { kafkaAccess, kafkaSecret } from '../../hack/clients/kafka-user.ts';
import type { Tools } from '../../hack/kubectl.ts';
import type { KubeApi } from '../../operators/kube/api.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import type { Resource } from '../../operators/kube/resource.ts';
import type { ServiceKind } from '../../operators/workload/identity.ts';
import { connect } from '../lib/connection.ts';
import { type DownWatch, watchDown } from '../lib/history/down-watch.ts';
import { cassandras, kafkas } from '../lib/resources.ts';
import { isReady, type Service } from '../lib/services.ts';
import { namespace } from './deploy.ts';
import { type Sends, startProducer } from './producer.ts';

export interface RollTiming {
  kind: ServiceKind;
  /** Seconds from the change to Ready. */
  total: number;
  /** Seconds from the change until status showed the plan, and until the first member went down. */
  noticed: number;
  firstDown: number;
  /** Seconds that each was not ready, in the order in which they went. */
  down: { name: string; seconds: number }[];
}

export interface Change {
  kind: ServiceKind;
  resource: Resource<Service>;
  name: string;
  /** A setting that is read at the start. */
  config: Record<string, string | number>;
}

export const kafkaChange: Change = {
  kind: 'KafkaCluster',
  resource: kafkas,
  name: 'kafka',
  config: { 'queued.max.requests': '600' },
};

export const cassandraChange: Change = {
  kind: 'CassandraCluster',
  resource: cassandras,
  name: 'cassandra',
  config: { concurrent_reads: 64 },
};

const limitMs = 15 * 60_000;

/** A topic and a client that are new keep the brokers busy for a while: that is not the roll's doing. */
const warmUpMs = 20_000;
const topic = 'demo-bench';

/** Of the service that `deployAndTime` has left. */
export async function rollAndTime(kubeconfig: string, change: Change, signal: AbortSignal): Promise<RollTiming> {
  const { kind, resource, name, config } = change;
  const { api, close } = await connect(kubeconfig);
  try {
    const watch = await watchDown({ api, namespace, kind, service: name, clock: systemClock }, signal);
    await delay(warmUpMs, undefined, { signal });
    const from = Date.now();
    await api.patch(resource, { namespace, name }, { spec: { config } }, { signal });
    const noticed = await untilRolled(api, change, from, signal);
    const total = (Date.now() - from) / 1000;
    await watch.stop();
    return { kind, total, noticed, ...periods(watch, from) };
  } finally {
    await close();
  }
}

/** Under an application that never repeats a failed send; its words are those since the change. */
export async function rollKafkaAndTime(
  tools: Tools,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<{ roll: RollTiming; sends: Sends }> {
  const access = await kafkaAccess(tools, namespace);
  await makeTopic(access, kubeconfig);
  const [bootstrap = ''] = access.bootstrap;
  const producer = await startProducer(tools, namespace, { bootstrap, topic, secret: kafkaSecret }, signal);
  const from = Date.now() + warmUpMs;
  const roll = await rollAndTime(kubeconfig, kafkaChange, signal);
  return { roll, sends: await producer.stop(from) };
}

async function makeTopic(access: KafkaAccess, kubeconfig: string): Promise<void> {
  const kafka = kafkaClient({ ...access, lookup: clusterLookup(kubeconfig) });
  await createTopic(kafka, { topic, partitions: 6, replicas: 3, config: { 'min.insync.replicas': '2' } });
}

/** Ready stays True until the operator has seen the change; answers when that was, in seconds. */
async function untilRolled(
  api: KubeApi,
  { resource, name }: Change,
  from: number,
  signal: AbortSignal,
): Promise<number> {
  let noticed: number | undefined;
  for (;;) {
    const found = await api.read(resource, { namespace, name }, { signal });
    const ready = found !== undefined && isReady(found);
    if (ready && noticed !== undefined) return noticed;
    if (!ready) noticed ??= (Date.now() - from) / 1000;
    if (Date.now() - from > limitMs) throw new Error(`the roll is not over after ${limitMs / 60_000} minutes`);
    await delay(50, undefined, { signal });
  }
}

function periods(watch: DownWatch, from: number): Pick<RollTiming, 'firstDown' | 'down'> {
  const states = watch.states().filter(({ at }) => at >= from);
  const down = states.flatMap(({ at, down: [name] }, index) => {
    const end = states[index + 1]?.at;
    return name === undefined || end === undefined ? [] : [{ name, seconds: (end - at) / 1000 }];
  });
  const first = states.find(({ down: names }) => names.length > 0);
  return { firstDown: first === undefined ? Number.NaN : (first.at - from) / 1000, down };
}
