/** How long many users of one KafkaCluster take to come, to change and to go. */
import { setTimeout as delay } from 'node:timers/promises';
import { type UserObject, userResource } from '../../operators/kafka/users/user.ts';
import type { KubeApi } from '../../operators/kube/api.ts';
import { connect } from '../lib/connection.ts';
import { namespace } from './deploy.ts';

export interface UserTiming {
  count: number;
  /** Seconds. */
  created: number;
  changed: number;
  deleted: number;
}

const count = 500;
const cluster = 'kafka';
const limitMs = 5 * 60_000;

/** Requests on their way at a time, as of an administrator's tool. */
const atOnce = 32;

/** From the first request of the one who asks until each says that it is so. */
export async function timeUsers(kubeconfig: string, signal: AbortSignal): Promise<UserTiming> {
  const { api, close } = await connect(kubeconfig);
  try {
    const names = Array.from({ length: count }, (_, index) => `user-${index}`);
    const put = (topic: string) => each(names, (name) => apply(api, name, topic, signal));
    const created = await timed(() => put('orders').then(() => untilAll(api, isSettled, signal)));
    const changed = await timed(() => put('invoices').then(() => untilAll(api, isSettled, signal)));
    const deleted = await timed(async () => {
      await each(names, (name) => remove(api, name, signal));
      await untilNone(api, signal);
    });
    return { count, created, changed, deleted };
  } finally {
    await close();
  }
}

async function apply(api: KubeApi, name: string, topic: string, signal: AbortSignal): Promise<void> {
  const acls = [
    { resource: { type: 'Topic', name: topic, pattern: 'Prefix' }, operations: ['Read', 'Write', 'Describe'] },
    { resource: { type: 'Group', name, pattern: 'Literal' }, operations: ['Read'] },
  ];
  const metadata = { namespace, name, labels: { bench: 'users' } };
  const object = { apiVersion: 'stateward.dev/v1alpha1', kind: 'KafkaUser', metadata, spec: { cluster, acls } };
  await api.apply<UserObject>(userResource, object, { manager: 'bench', signal });
}

async function remove(api: KubeApi, name: string, signal: AbortSignal): Promise<void> {
  const found = await api.read(userResource, { namespace, name }, { signal });
  const uid = found?.metadata.uid;
  if (uid === undefined) return;
  await api.remove(userResource, { namespace, name }, { preconditions: { uid }, propagation: 'Background', signal });
}

function isSettled({ metadata, status }: UserObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && status?.observedGeneration === metadata.generation;
}

function list(api: KubeApi, signal: AbortSignal): Promise<UserObject[]> {
  return api
    .list(userResource, { namespace, labelSelector: 'bench=users', limit: count, signal })
    .then(({ items }) => items);
}

function untilAll(api: KubeApi, check: (user: UserObject) => boolean, signal: AbortSignal): Promise<void> {
  return until(async () => (await list(api, signal)).every(check), signal);
}

function untilNone(api: KubeApi, signal: AbortSignal): Promise<void> {
  return until(async () => (await list(api, signal)).length === 0, signal);
}

async function until(look: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`not all users are as they should be after ${limitMs / 1000} s`);
    await delay(200, undefined, { signal });
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = Date.now();
  await work();
  return (Date.now() - start) / 1000;
}

async function each(names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < names.length; start += atOnce)
    await Promise.all(names.slice(start, start + atOnce).map(act));
}
