/** Services as a user handles them: applied with kubectl, then looked at. */
import assert from 'node:assert/strict';
import type { KubeObject, Resource } from '../../../operators/kube/resource.ts';
import type { EventuallyOptions } from '../../lib/eventually.ts';
import { cassandras, kafkas } from '../../lib/resources.ts';
import { assertCurrent, conditionOf, type Service } from '../../lib/services.ts';
import { type Place, until } from './place.ts';

/** A process that lives for minutes is not repaid for what the optimizing compiler costs, two fifths of its time. */
const shortLived = ['-XX:TieredStopAtLevel=1'];

/** A Kafka member that fits beside many others. */
export const smallKafka = {
  storage: { volumes: [{ name: 'data', size: '1Gi' }] },
  jvm: { options: shortLived },
  resources: { requests: { cpu: '100m', memory: '640Mi' }, limits: { memory: '640Mi' } },
} as const;

/** One member that is everything. */
export function singleKafka(extra: object = {}): object {
  return { name: 'kafka', roles: ['Controller', 'Broker'], replicas: 1, ...smallKafka, ...extra };
}

/** A Cassandra member that fits beside many others. */
export const smallCassandra = {
  storage: { size: '1Gi' },
  resources: { requests: { cpu: '100m', memory: '1280Mi' }, limits: { memory: '1280Mi' } },
  jvm: { heap: '512Mi', options: shortLived },
} as const;

export async function apply(place: Place, resource: Resource, name: string, spec: object): Promise<void> {
  const metadata = { name, namespace: place.namespace };
  const object = { apiVersion: 'stateward.dev/v1alpha1', kind: resource.kind, metadata, spec };
  await place.tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
}

export async function applySecret(place: Place, name: string, stringData: Record<string, string>): Promise<void> {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: place.namespace }, stringData };
  await place.tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
}

export async function read<T extends KubeObject>(place: Place, resource: Resource<T>, name: string): Promise<T> {
  const found = await place.api.read(resource, { namespace: place.namespace, name }, { signal: place.signal });
  assert.ok(found, `there is no ${resource.kind} ${name}`);
  return found;
}

export function list<T extends KubeObject>(place: Place, resource: Resource<T>): Promise<T[]> {
  const { namespace, signal } = place;
  return place.api.list(resource, { namespace, signal }).then(({ items }) => items);
}

/** Looks until the service as stored passes; answers it. */
export function untilService<T extends Service>(
  place: Place,
  resource: Resource<T>,
  name: string,
  check: (service: T) => void,
  options: Partial<EventuallyOptions> = {},
): Promise<T> {
  const look = async () => {
    const service = await read(place, resource, name);
    check(service);
    return service;
  };
  return until(place, look, options);
}

/** At its present generation, Ready, and at rest. */
export function untilReady<T extends Service>(place: Place, resource: Resource<T>, name: string): Promise<T> {
  return untilService(place, resource, name, assertCurrent);
}

export function untilKafkaReady(place: Place, name: string) {
  return untilReady(place, kafkas, name);
}

export function untilCassandraReady(place: Place, name: string) {
  return untilReady(place, cassandras, name);
}

/** Deletes the object as a user does and waits until it is gone. */
export async function remove(place: Place, resource: Resource, name: string): Promise<void> {
  await place.tools.kubectl(['delete', resource.plural, name, '-n', place.namespace], { timeoutMs: 120_000 });
}

/** A member was away and the service says so no more. */
export function assertNoRecovery(service: Service & { status?: { plans?: { name: string }[] | undefined } }): void {
  const plans = service.status?.plans ?? [];
  assert.deepEqual(
    plans.map(({ name }) => name),
    ['deploy'],
    JSON.stringify(conditionOf(service, 'Ready')),
  );
}
