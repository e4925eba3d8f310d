/** How long many users or topics of one KafkaCluster take to come, to change and to go. */
import { setTimeout as delay } from 'node:timers/promises';
import { topicResource } from '../../operators/kafka/topics/topic.ts';
import { userResource } from '../../operators/kafka/users/user.ts';
import type { KubeApi } from '../../operators/kube/api.ts';
import { type Resource, refOf } from '../../operators/kube/resource.ts';
import { type EntityObject, type EntityStatus, isSettled } from '../../operators/workload/entities/entity.ts';
import { withCache } from './cache.ts';
import { namespace } from './deploy.ts';

/** Seconds, from the first request of the one who asks until each object says that it is so. */
export interface EntityTiming {
  what: string;
  created: number;
  changed: number;
  deleted: number;
}

interface Many<Status extends EntityStatus> {
  resource: Resource<EntityObject<Status>>;
  what: string;
  count: number;
  spec: (name: string) => object;
  /** What the change makes of it. */
  changedSpec: (name: string) => object;
}

const cluster = 'kafka';
const label = 'bench';
const limitMs = 15 * 60_000;
/** Requests on their way at a time, as of an administrator's tool. */
const atOnce = 32;
const lookMs = 50;

export const users = {
  resource: userResource,
  what: 'KafkaUsers with 4 ACLs each',
  count: 500,
  spec: (name: string) => userSpec(name, 'orders'),
  changedSpec: (name: string) => userSpec(name, 'invoices'),
};

/** As the peers were measured: three partitions in two copies, and one setting that changes. */
export const topics = {
  resource: topicResource,
  what: 'KafkaTopics of 3 partitions',
  count: 250,
  spec: () => topicSpec({ partitions: 3, replicas: 2, config: { 'retention.ms': '3600000' } }),
  changedSpec: () => topicSpec({ partitions: 3, replicas: 2, config: { 'retention.ms': '7200000' } }),
};

/** What the operator's memory is measured with. */
export const manyTopics = {
  resource: topicResource,
  what: 'KafkaTopics of 1 partition',
  count: 10_000,
  spec: () => topicSpec({ partitions: 1, replicas: 1 }),
  changedSpec: () => topicSpec({ partitions: 1, replicas: 1 }),
};

function userSpec(name: string, topic: string): object {
  const acls = [
    { resource: { type: 'Topic', name: topic, pattern: 'Prefix' }, operations: ['Read', 'Write', 'Describe'] },
    { resource: { type: 'Group', name, pattern: 'Literal' }, operations: ['Read'] },
  ];
  return { cluster, acls };
}

function topicSpec(more: object): object {
  return { cluster, deletionPolicy: 'Delete', ...more };
}

export async function timeEntities<Status extends EntityStatus>(
  many: Many<Status>,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<EntityTiming> {
  return watching(many, kubeconfig, signal, async (view) => {
    const created = await timed(() => put(many, many.spec, view, signal));
    const changed = await timed(() => put(many, many.changedSpec, view, signal));
    const present = view.objects();
    const deleted = await timed(async () => {
      await each(present, (object) => remove(many, view.api, object, signal));
      await until(() => view.objects().length === 0, signal);
    });
    return { what: `${many.count} ${many.what}`, created, changed, deleted };
  });
}

/** They stay. */
export async function makeEntities<Status extends EntityStatus>(
  many: Many<Status>,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<void> {
  await watching(many, kubeconfig, signal, (view) => put(many, many.spec, view, signal));
}

interface View<Status extends EntityStatus> {
  api: KubeApi;
  /** As the last event told of them: to list them again and again would take time from what is measured. */
  objects: () => EntityObject<Status>[];
}

async function watching<Status extends EntityStatus, Result>(
  { resource, count }: Many<Status>,
  kubeconfig: string,
  signal: AbortSignal,
  work: (view: View<Status>) => Promise<Result>,
): Promise<Result> {
  const watches = [{ resource, labelSelector: `${label}=${labelOf(count)}` }];
  return withCache(kubeconfig, watches, signal, (cache, api) => work({ api, objects: () => cache.list(resource) }));
}

async function put<Status extends EntityStatus>(
  many: Many<Status>,
  specOf: (name: string) => object,
  { api, objects }: View<Status>,
  signal: AbortSignal,
): Promise<void> {
  const { resource, count } = many;
  const generations = new Map<string, number | undefined>();
  await each(namesOf(many), async (name) => {
    const metadata = { namespace, name, labels: { [label]: labelOf(count) } };
    const object = { apiVersion: 'stateward.dev/v1alpha1', kind: resource.kind, metadata, spec: specOf(name) };
    const { metadata: stored } = await api.apply<EntityObject<Status>>(resource, object, { manager: 'bench', signal });
    generations.set(name, stored.generation);
  });
  const isDone = (object: EntityObject<Status>): boolean =>
    isSettled(object) && object.metadata.generation === generations.get(object.metadata.name);
  await until(() => objects().filter(isDone).length === count, signal);
}

function namesOf({ resource, count }: Many<EntityStatus>): string[] {
  const kind = resource.kind.toLowerCase();
  return Array.from({ length: count }, (_, index) => `${kind}-${count}-${index}`);
}

function labelOf(count: number): string {
  return `of-${count}`;
}

async function remove<Status extends EntityStatus>(
  { resource }: Many<Status>,
  api: KubeApi,
  object: EntityObject<Status>,
  signal: AbortSignal,
): Promise<void> {
  const { uid = '' } = object.metadata;
  await api.remove(resource, refOf(object), { preconditions: { uid }, propagation: 'Background', signal });
}

async function until(look: () => boolean, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!look()) {
    if (Date.now() > deadline) throw new Error(`not all are as they should be after ${limitMs / 1000} s`);
    await delay(lookMs, undefined, { signal });
  }
}

export async function timed(work: () => Promise<void>): Promise<number> {
  const start = Date.now();
  await work();
  return (Date.now() - start) / 1000;
}

async function each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce)
    await Promise.all(items.slice(start, start + atOnce).map(act));
}
