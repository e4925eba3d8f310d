/** Writing services as a user does, and waiting for what becomes of them. */
import assert from 'node:assert/strict';
import type { Condition } from '../../crds/status.ts';
import type { KubeObject, Resource } from '../../operators/kube/resource.ts';
import { type EventuallyOptions, eventually } from './eventually.ts';
import { type CassandraCluster, cassandras, type KafkaCluster, kafkas } from './resources.ts';
import type { Scene } from './scene.ts';

export interface Service extends KubeObject {
  spec?: unknown;
  status?: { conditions?: Condition[] | undefined; observedGeneration?: number | undefined; plans?: unknown };
}

/** Small enough that hundreds fit on a node. */
export const small = {
  resources: { requests: { cpu: '10m', memory: '1Gi' }, limits: { memory: '1Gi' } },
} as const;

/** A pool of members that are both brokers and controllers. */
export function pool(extra: object = {}): object {
  return { name: 'kafka', roles: ['Controller', 'Broker'], ...small, ...extra };
}

const user = 'test-user';

function applied<T extends KubeObject>(scene: Scene, resource: Resource<T>, object: T): Promise<T> {
  return scene.api.apply(resource, object, { manager: user, signal: scene.signal });
}

function bare(scene: Scene, kind: string, name: string, namespace = scene.namespace): KubeObject {
  return { apiVersion: 'stateward.dev/v1alpha1', kind, metadata: { name, namespace } };
}

/** What the spec says nothing of returns to its default, as with `kubectl apply`. */
export function applyKafka(scene: Scene, name: string, spec: object, namespace?: string): Promise<KafkaCluster> {
  return applied(scene, kafkas, {
    ...bare(scene, 'KafkaCluster', name, namespace),
    spec: { pools: [pool()], ...spec },
  });
}

export function applyCassandra(
  scene: Scene,
  name: string,
  spec: object,
  namespace?: string,
): Promise<CassandraCluster> {
  const object = bare(scene, 'CassandraCluster', name, namespace);
  return applied(scene, cassandras, { ...object, spec: { ...small, jvm: { heap: '512Mi' }, ...spec } });
}

export async function mustRead<T extends KubeObject>(
  scene: Scene,
  resource: Resource<T>,
  name: string,
  namespace = scene.namespace,
): Promise<T> {
  const found = await scene.api.read(resource, { namespace, name }, { signal: scene.signal });
  assert.ok(found, `there is no ${resource.kind} ${name}`);
  return found;
}

export function conditionOf(service: Service, type: string): Condition | undefined {
  return service.status?.conditions?.find((condition) => condition.type === type);
}

/** By the rules of kstatus: the present generation was seen, nothing moves, nothing is stuck, Ready is True. */
export function assertCurrent(service: Service): void {
  const shown = JSON.stringify(service.status?.conditions ?? service.status ?? 'no status');
  assert.equal(service.status?.observedGeneration, service.metadata.generation, `not observed: ${shown}`);
  assert.equal(conditionOf(service, 'Ready')?.status, 'True', shown);
  assert.equal(conditionOf(service, 'Reconciling'), undefined, shown);
  assert.equal(conditionOf(service, 'Stalled'), undefined, shown);
}

/** Looks until the service as stored passes; answers it. */
export function untilService<T extends Service>(
  scene: Scene,
  resource: Resource<T>,
  name: string,
  check: (service: T) => void,
  options: Partial<EventuallyOptions> & { namespace?: string } = {},
): Promise<T> {
  const look = async (): Promise<T> => {
    const service = await mustRead(scene, resource, name, options.namespace);
    check(service);
    return service;
  };
  return eventually(look, { signal: scene.signal, ...options });
}

export function untilCurrent<T extends Service>(
  scene: Scene,
  resource: Resource<T>,
  name: string,
  namespace = scene.namespace,
): Promise<T> {
  return untilService(scene, resource, name, assertCurrent, { namespace });
}

/** Stuck for this reason, with these words, at the present generation. */
export function assertStalled(service: Service, reason: string, words: string | RegExp): void {
  const stalled = conditionOf(service, 'Stalled');
  const shown = JSON.stringify(service.status?.conditions ?? 'no status');
  assert.equal(service.status?.observedGeneration, service.metadata.generation, `not observed: ${shown}`);
  assert.equal(stalled?.status, 'True', shown);
  assert.equal(stalled.reason, reason, shown);
  if (typeof words === 'string') assert.ok(stalled.message.includes(words), shown);
  else assert.match(stalled.message, words);
}

/** The names of the objects of one kind; without those that every namespace has. */
export async function listNames(scene: Scene, resource: Resource, namespace = scene.namespace): Promise<string[]> {
  const { items } = await scene.api.list(resource, { namespace, signal: scene.signal });
  return items.map(({ metadata }) => metadata.name).sort();
}

/** Deletes the object that is there now, and does not wait for its end. */
export async function deleteObject(scene: Scene, resource: Resource, name: string): Promise<void> {
  const { namespace } = scene;
  const { uid = '' } = (await mustRead(scene, resource, name)).metadata;
  const options = { preconditions: { uid }, propagation: 'Background', signal: scene.signal } as const;
  await scene.api.remove(resource, { namespace, name }, options);
}

export function untilGone(scene: Scene, resource: Resource, name: string): Promise<void> {
  const { api, namespace, signal } = scene;
  const look = async (): Promise<void> => {
    const found = await api.read(resource, { namespace, name }, { signal });
    assert.equal(found?.metadata.name, undefined, `${resource.kind} ${name} is still there`);
  };
  return eventually(look, { signal });
}

export function isReady(service: Service): boolean {
  return conditionOf(service, 'Ready')?.status === 'True';
}

/** Everything that a watch shows of one service from now on, up to the first state for which `last` holds. */
export async function statesUntil<T extends Service>(
  { api, namespace, signal }: Scene,
  resource: Resource<T>,
  name: string,
  last: (service: T) => boolean,
): Promise<T[]> {
  const { resourceVersion } = await api.list(resource, { namespace, signal });
  const states: T[] = [];
  for await (const event of api.watch(resource, { namespace, resourceVersion, timeoutSeconds: 60, signal })) {
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== name) continue;
    states.push(event.object);
    if (last(event.object)) return states;
  }
  throw new Error(`the watch ended after ${states.length} states`);
}
