/** A change that restarts every member, under an application that never repeats a failed send. */
import { setTimeout as delay } from 'node:timers/promises';
import { clusterLookup } from '../../hack/clients/dns.ts';
import { createTopic, kafkaClient } from '../../hack/clients/kafka.ts';
import type { Tools } from '../../hack/kubectl.ts';
import type { KubeApi } from '../../operators/kube/api.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import { connect } from '../lib/connection.ts';
import { type DownWatch, watchDown } from '../lib/history/down-watch.ts';
import { kafkas } from '../lib/resources.ts';
import { isReady } from '../lib/services.ts';
import { namespace } from './deploy.ts';
import { type Sends, startProducer } from './producer.ts';

export interface RollTiming {
  /** Seconds from the change to Ready. */
  total: number;
  /** Seconds from the change until status showed the plan, and until the first member went down. */
  noticed: number;
  firstDown: number;
  /** Seconds that each was not ready, in the order in which they went. */
  down: { name: string; seconds: number }[];
  /** What an application has seen. */
  sends: Sends;
}

const limitMs = 15 * 60_000;

/** A topic and a consumer group that are new keep the brokers busy for a while: that is not the roll's doing. */
const warmUpMs = 20_000;
const service = 'kafka';
const topic = 'bench';

/** Of the service that `deployAndTime` has left; one setting that is read at the start changes. */
export async function rollAndTime(tools: Tools, kubeconfig: string, signal: AbortSignal): Promise<RollTiming> {
  const { api, close } = await connect(kubeconfig);
  const bootstrap = `${service}-kafka.${namespace}.svc.cluster.local:9092`;
  try {
    await makeTopic(kubeconfig);
    const producer = await startProducer(tools, namespace, { bootstrap, topic }, signal);
    const watch = await watchDown({ api, namespace, kind: 'KafkaCluster', service, clock: systemClock }, signal);
    await delay(warmUpMs, undefined, { signal });
    const from = Date.now();
    const patch = { spec: { config: { 'queued.max.requests': '600' } } };
    await api.patch(kafkas, { namespace, name: service }, patch, { signal });
    const noticed = await untilRolled(api, from, signal);
    const total = (Date.now() - from) / 1000;
    const sends = await producer.stop(from);
    await watch.stop();
    return { total, noticed, sends, ...periods(watch, from) };
  } finally {
    await close();
  }
}

async function makeTopic(kubeconfig: string): Promise<void> {
  const member = `${service}-kafka-0.${service}-kafka-members.${namespace}.svc.cluster.local:9092`;
  const kafka = kafkaClient({ bootstrap: [member], lookup: clusterLookup(kubeconfig) });
  await createTopic(kafka, { topic, partitions: 6, replicas: 3, config: { 'min.insync.replicas': '2' } });
}

/** Ready stays True until the operator has seen the change; answers when that was, in seconds. */
async function untilRolled(api: KubeApi, from: number, signal: AbortSignal): Promise<number> {
  let noticed: number | undefined;
  for (;;) {
    const found = await api.read(kafkas, { namespace, name: service }, { signal });
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
