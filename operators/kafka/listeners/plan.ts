/** Pure: how a listener closes that the spec no longer has. Status is its memory: what it no longer shows is closed. */
import { createHash } from 'node:crypto';
import type { KafkaClusterStatus, KafkaEndpoint } from '../../../crds/kafka-cluster.ts';
import type { Plan, PlanDraft, Progress } from '../../plan/plan.ts';
import { listenersPlan } from '../../workload/status.ts';
import type { KafkaModel } from '../index.ts';
import type { KafkaMember, KafkaSnapshot } from '../observe.ts';
import { endpointOf, isInUse, isOpen } from './open.ts';

/** How long clients have once all brokers have what they are to move to: they are restarted, or follow, in their own time. */
const moveMs = 24 * 3_600_000;

/** Done by the status that shows this step: from then on brokers are to restart without the listener. */
export interface CloseListener {
  kind: 'CloseListener';
  listener: string;
}

const closeStep = 'listener:[close]';

/** None while brokers have no other listeners than the spec. */
export function planListeners(
  { leaving, service }: KafkaModel,
  { endpoints = [] }: KafkaClusterStatus,
  now: number,
): PlanDraft<CloseListener>[] {
  const known = endpoints.filter(({ name, leavingSince }) => leavingSince !== undefined && leaving.includes(name));
  if (known.length === 0) return [];
  const phases = known.map((endpoint): PlanDraft<CloseListener>['phases'][number] => ({
    name: endpoint.name,
    strategy: 'Serial',
    steps: [
      { name: 'clients:[move]', reason: 'SpecChanged', progress: moveProgress(endpoint, service.name, now) },
      { name: closeStep, reason: 'SpecChanged', progress: closeProgress(endpoint) },
    ],
  }));
  return [{ name: listenersPlan, revision: revisionOf(known), strategy: 'Parallel', phases }];
}

/** Who leaves another time is not forced by what was forced this time. */
function revisionOf(leaving: readonly KafkaEndpoint[]): string {
  const what = leaving.map(({ name, leavingSince }) => `${name} ${leavingSince}`).join();
  return createHash('sha256').update(what).digest('hex').slice(0, 10);
}

/** Who still uses a listener is not ours to see. Whoever knows may count this step as complete (`plan force`). */
function moveProgress({ name, port, closesAt }: KafkaEndpoint, service: string, now: number): Progress<CloseListener> {
  const clients = `clients of listener ${name} (port ${port})`;
  if (closesAt === undefined)
    return { kind: 'Waiting', message: `brokers have yet to open what ${clients} are to move to` };
  if (Date.parse(closesAt) <= now) return { kind: 'Complete' };
  const force = `kubectl stateward plan force-complete ${service} ${listenersPlan} ${name} 'clients:[move]'`;
  return { kind: 'Waiting', message: `${clients} have until ${closesAt} to move to another; if they have: ${force}` };
}

function closeProgress({ name, port }: KafkaEndpoint): Progress<CloseListener> {
  const action: CloseListener = { kind: 'CloseListener', listener: name };
  return { kind: 'Due', action, message: `closes listener ${name} (port ${port}): brokers restart without it` };
}

/** Names of those whose time is over. */
export function closingListeners(plans: readonly Plan<unknown>[]): string[] {
  const phases = plans.filter(({ name }) => name === listenersPlan).flatMap((plan) => plan.phases);
  return phases
    .filter(({ steps }) =>
      steps.some(({ name, status }) => name === closeStep && status !== 'Pending' && status !== 'Waiting'),
    )
    .map(({ name }) => name);
}

/** Where a listener stands, as its endpoint says it. */
export type Standing = Pick<KafkaEndpoint, 'opening' | 'leavingSince' | 'closesAt'>;

export function standings(
  model: KafkaModel,
  { members }: Pick<KafkaSnapshot, 'members'>,
  status: KafkaClusterStatus,
  now: number,
): ReadonlyMap<string, Standing> {
  const opening = openingListeners(model, members, status);
  const leave = (name: string): Standing => {
    const known = endpointOf(status, name);
    const closesAt = known?.closesAt ?? (opening.length === 0 ? timeOf(now + moveMs) : undefined);
    return { leavingSince: known?.leavingSince ?? timeOf(now), ...(closesAt === undefined ? {} : { closesAt }) };
  };
  return new Map([
    ...opening.map((name): [string, Standing] => [name, { opening: true }]),
    ...model.leaving.map((name): [string, Standing] => [name, leave(name)]),
  ]);
}

function openingListeners({ spec }: KafkaModel, members: readonly KafkaMember[], status: KafkaClusterStatus): string[] {
  const brokers = members.filter(({ joined, leaving, pool }) => joined && !leaving && pool.roles.includes('Broker'));
  if (!isInUse(status) || brokers.every(({ outdated }) => outdated === undefined)) return [];
  return spec.listeners.map(({ name }) => name).filter((name) => !isOpen(endpointOf(status, name)));
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
