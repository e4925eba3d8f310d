/** What one test has to itself: namespaces, simulated services, and operators that see nothing but these. */

import type { KubeApi } from '../../operators/kube/api.ts';
import { type KubeObject, type Pod, pods, secrets } from '../../operators/kube/resource.ts';
import type { OperatorParts } from '../../operators/operator.ts';
import { LogRecorder } from '../../operators/runtime/testing/log-recorder.ts';
import { certificateNames, groupFilesOf } from '../../operators/workload/certificates/secrets.ts';
import { kubeconfig } from './cluster.ts';
import { type Connection, connect } from './connection.ts';
import { fakeCassandra, fakeKafka } from './fake-admins.ts';
import { createNamespace, removeNamespace } from './namespace.ts';
import { type OperatorOptions, type RunningOperator, startOperator } from './operator.ts';
import { cassandras, kafkas } from './resources.ts';

export interface Scene {
  connection: Connection;
  /** An administrator's. */
  api: KubeApi;
  /** The first of `namespaces`. */
  namespace: string;
  namespaces: string[];
  admins: OperatorParts['admins'];
  log: LogRecorder;
  signal: AbortSignal;
  /** One more operator; it stops with the scene unless stopped before. */
  operator(options?: Partial<OperatorOptions>): Promise<RunningOperator>;
}

export interface SceneOptions {
  namespaces?: number;
}

interface Stage extends Scene {
  running: Set<RunningOperator>;
}

async function open({ namespaces: count = 1 }: SceneOptions, signal: AbortSignal): Promise<Stage> {
  const connection = await connect(kubeconfig);
  const { api } = connection;
  const namespaces = await Promise.all(Array.from({ length: count }, () => createNamespace(api, signal)));
  const lists = () => Promise.all(namespaces.map((namespace) => api.list(pods, { namespace, signal })));
  const listPods = remembered(async () => (await lists()).flatMap(({ items }) => items));
  const presented = (pod: Pod) => leafOf(api, pod, signal);
  const [kafka, cassandra] = [fakeKafka(listPods, presented), fakeCassandra(listPods, presented)];
  const admins = { kafka: () => kafka, cassandra: () => cassandra };
  const running = new Set<RunningOperator>();
  const log = new LogRecorder();
  const operator = async (options: Partial<OperatorOptions> = {}) => {
    const started = await startOperator({ api, namespaces, admins, log, ...options }, signal);
    running.add(started);
    const stop = () => {
      running.delete(started);
      return started.stop();
    };
    return { ...started, stop };
  };
  const [namespace = ''] = namespaces;
  return { connection, api, namespace, namespaces, admins, log, signal, operator, running };
}

/** What the Secret of its group holds for it: nobody here is late. */
async function leafOf(api: KubeApi, { metadata }: Pod, signal: AbortSignal): Promise<string> {
  const { namespace = '', name } = metadata;
  const set = metadata.ownerReferences?.find(({ controller }) => controller === true)?.name ?? '';
  const secret = await api.read(secrets, { namespace, name: certificateNames.members(set) }, { signal });
  return groupFilesOf(secret).leaves.get(name)?.certificate ?? '';
}

/** A reconcile asks its service many things: as if all were answered at one moment, a tenth of a second long. */
function remembered<T>(look: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at > 100) last = { at: performance.now(), answer: look() };
    return last.answer;
  };
}

async function close({ connection, namespaces, running }: Stage): Promise<void> {
  const { signal } = new AbortController();
  await Promise.all([...running].map((operator) => operator.stop()));
  for (const namespace of namespaces) {
    await letGo(connection.api, namespace, signal);
    await removeNamespace(connection.api, namespace, signal);
  }
  await connection.close();
}

/** A test that failed may leave services that wait for their operator. */
async function letGo(api: KubeApi, namespace: string, signal: AbortSignal): Promise<void> {
  for (const resource of [kafkas, cassandras]) {
    const { items } = await api.list<KubeObject>(resource, { namespace, signal });
    for (const { metadata } of items.filter((item) => item.metadata.finalizers !== undefined)) {
      const { name, uid } = metadata;
      await api.patch<KubeObject>(resource, { namespace, name }, { metadata: { uid, finalizers: [] } }, { signal });
    }
  }
}

/** The body of a test. */
export function inScene(body: (scene: Scene) => Promise<void>, options: SceneOptions = {}): () => Promise<void> {
  return async () => {
    const ending = new AbortController();
    const stage = await open(options, ending.signal);
    try {
      await body(stage);
    } finally {
      await close(stage);
      ending.abort();
    }
  };
}

/** As `inScene`, with one operator that runs from the start. */
export function inService(body: (scene: Scene) => Promise<void>, options: SceneOptions = {}): () => Promise<void> {
  return inScene(async (scene) => {
    await scene.operator();
    await body(scene);
  }, options);
}
