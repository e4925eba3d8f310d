/**
 * One-off operations on a service. The reconcile of the service carries them out as plans beside its own, under the same
 * budget, and writes their status: nothing else ever does.
 */
import type { ServiceOperationSpec, ServiceOperationStatus } from '../../../crds/service-operation.ts';
import { parseServiceOperation, serviceOperations } from '../../../crds/service-operation.ts';
import { ApiError } from '../../kube/api.ts';
import { canonicalJson } from '../../kube/json.ts';
import { type KubeObject, type Resource, refOf } from '../../kube/resource.ts';
import { listed } from '../../plan/listed.ts';
import type { Plan } from '../../plan/plan.ts';
import { describePlan, recordPlan, summarizePlans } from '../../plan/record.ts';
import { certificatesPlan } from '../certificates/plan.ts';
import { conditionsOf, type Statement } from '../conditions.ts';
import type { Facts } from '../facts.ts';
import { nowOf, statusManager, type Turn } from '../io.ts';
import type { MemberView } from '../members/members.ts';
import { decommissioned, type Stack, wantedOf } from '../scale.ts';
import { listenersPlan, superuserPlan } from '../status.ts';
import { decommissionName } from './decommission.ts';

export interface OperationObject extends KubeObject {
  spec?: unknown;
  status?: ServiceOperationStatus;
}

export const operationResource: Resource<OperationObject> = serviceOperations;

/** An operation that has begun, with what it began with. */
export interface Operation {
  object: OperationObject;
  name: string;
  /** Names the plan's revision. */
  uid: string;
  spec: ServiceOperationSpec;
  status: ServiceOperationStatus;
  /** The operation before it that has to end first. */
  behind: string | undefined;
}

/** What is wrong with an operation, or that it may go on. */
export type Reading =
  | { kind: 'Operation'; operation: Operation }
  | { kind: 'Refused'; object: OperationObject; message: string };

/** In the order of their making. One that is done, or that is kept down on purpose, is in nobody's way. */
export function readOperations(facts: Facts, members: readonly MemberView[], stacks: readonly Stack[]): Reading[] {
  let behind: string | undefined;
  return inOrder(facts.operations).map((object): Reading => {
    const parsed = parseServiceOperation(object.spec);
    if (!parsed.ok) {
      const message = parsed.problems.map(({ path, message: problem }) => `${path}: ${problem}`).join('; ');
      return { kind: 'Refused', object, message };
    }
    const wrong = reservedName(object) ?? unknownNames(parsed.value, members) ?? notLast(parsed.value, stacks, facts);
    if (wrong !== undefined && object.status?.startedAt === undefined) {
      return { kind: 'Refused', object, message: wrong };
    }
    const { name, uid = '' } = object.metadata;
    const operation: Operation = { object, name, uid, spec: parsed.value, status: object.status ?? {}, behind };
    const idle = operation.spec.suspend && operation.status.startedAt === undefined;
    const open = !idle && operation.status.finishedAt === undefined && operation.status.plan?.status !== 'Complete';
    if (open && behind === undefined) behind = name;
    return { kind: 'Operation', operation };
  });
}

function inOrder(operations: readonly OperationObject[]): OperationObject[] {
  const key = ({ metadata }: OperationObject): string => `${metadata.creationTimestamp ?? ''}/${metadata.name}`;
  return operations.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** The plans that follow the spec of a service, whether they have anything to do or not. */
export const lastingPlans: readonly string[] = [
  'deploy',
  'recovery',
  decommissionName,
  certificatesPlan,
  listenersPlan,
  superuserPlan,
];

/** Its plan is called as it is. */
function reservedName({ metadata: { name } }: OperationObject): string | undefined {
  return lastingPlans.includes(name) ? `${name} is the name of a plan of the service: choose another` : undefined;
}

function unknownNames(spec: ServiceOperationSpec, members: readonly MemberView[]): string | undefined {
  const names = members.map(({ name }) => name);
  const groups = [...new Set(members.map(({ group }) => group.group))];
  const member = spec.members?.find((name) => !names.includes(name));
  if (member !== undefined) return `there is no member ${member}; there are ${listed(names, String, 10)}`;
  const group = spec.groups?.find((name) => !groups.includes(name));
  return group === undefined ? undefined : `there is no pool or rack ${group}; there are ${listed(groups, String, 10)}`;
}

/** A StatefulSet gives up its last member first. */
function notLast(
  { type, members = [] }: ServiceOperationSpec,
  stacks: readonly Stack[],
  facts: Facts,
): string | undefined {
  if (type !== 'Decommission') return undefined;
  const told = decommissioned(facts);
  const last = stacks.flatMap(({ members: names, least }) => {
    const stay = names.slice(0, wantedOf(names, told));
    return stay.length > least ? stay.slice(-1) : [];
  });
  const wrong = members.find((name) => !last.includes(name));
  if (wrong === undefined) return undefined;
  const who = last.length === 0 ? 'no member can be spared' : `only the last of its kind can leave: ${listed(last)}`;
  return `${wrong} cannot leave: ${who}`;
}

/** The members that an operation is about. */
export function wantedMembers<Member extends MemberView>(
  spec: ServiceOperationSpec,
  members: readonly Member[],
): Member[] {
  if (spec.members === undefined && spec.groups === undefined) return [...members];
  return members.filter(({ name, group }) => spec.members?.includes(name) || spec.groups?.includes(group.group));
}

/** Written before anything is done: which pods and volumes there were, so that what is done is known after a crash. */
export function beginning(operation: Operation, members: readonly MemberView[], now: string): ServiceOperationStatus {
  const targets = wantedMembers(operation.spec, members).map(({ name, pod, claims }) => ({
    name,
    ...(pod?.metadata.uid === undefined ? {} : { pod: pod.metadata.uid }),
    claims: claims.flatMap(({ metadata }) => metadata.uid ?? []),
  }));
  return { startedAt: now, targets };
}

/** What status shows of an operation from its plan. */
export function operationStatus(
  operation: Operation,
  plan: Plan<unknown>,
  stacks: readonly Stack[],
  now: string,
): ServiceOperationStatus {
  const { object, status } = operation;
  const still = standing(operation, stacks);
  const finished = status.finishedAt ?? (plan.status === 'Complete' && still === undefined ? now : undefined);
  const generation = object.metadata.generation ?? 0;
  return {
    ...status,
    observedGeneration: generation,
    conditions: conditionsOf(statementsOf(plan, still), status.conditions ?? [], generation, now),
    progress: summarizePlans([plan]),
    ...(finished === undefined ? {} : { finishedAt: finished }),
    plan: recordPlan(plan, status.plan, now),
  };
}

/** For what an operation stays when all is done; undefined if for nothing. */
function standing({ spec }: Operation, stacks: readonly Stack[]): string | undefined {
  switch (spec.type) {
    case 'Restart':
    case 'Replace':
      return undefined;
    case 'Pause':
      return 'keeps the member down until it is deleted';
    case 'Decommission': {
      const name = spec.members?.find((member) => stacks.some(({ members }) => members.includes(member)));
      if (name === undefined) return undefined;
      return `keeps the place of ${name} empty until the spec asks for fewer members: lower replicas there`;
    }
    default:
      return spec.type satisfies never;
  }
}

function statementsOf(plan: Plan<unknown>, still: string | undefined): Statement[] {
  const message = plan.status === 'Complete' && still !== undefined ? `done; ${still}` : describePlan(plan);
  if (plan.status === 'Complete') return [{ type: 'Ready', status: 'True', reason: 'Complete', message }];
  const waits: Statement = { type: 'Ready', status: 'False', reason: 'PlanNotComplete', message };
  const type = plan.status === 'Error' ? 'Stalled' : 'Reconciling';
  return [waits, { type, status: 'True', reason: type === 'Stalled' ? 'StepFailed' : 'PlanInProgress', message }];
}

export function refusedStatus(object: OperationObject, message: string, now: string): ServiceOperationStatus {
  const reason = 'InvalidOperation';
  return unmovedStatus(object, { type: 'Stalled', status: 'True', reason, message }, now);
}

/** What it has done so far stays as it is. */
export function unmovedStatus(object: OperationObject, why: Statement, now: string): ServiceOperationStatus {
  const generation = object.metadata.generation ?? 0;
  const statements: Statement[] = [{ ...why, type: 'Ready', status: 'False' }, why];
  const conditions = conditionsOf(statements, object.status?.conditions ?? [], generation, now);
  return { ...object.status, observedGeneration: generation, conditions };
}

/** Writes the status of an operation if it differs from what is stored; true if it did. */
export async function writeOperation(
  object: OperationObject,
  status: ServiceOperationStatus,
  turn: Pick<Turn, 'api' | 'signal'>,
): Promise<boolean> {
  if (canonicalJson(object.status ?? {}) === canonicalJson(status)) return false;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = '', uid = '' } = metadata;
  const applied = { apiVersion, kind, metadata: { name, namespace, uid }, status };
  const { signal } = turn;
  await turn.api.apply<OperationObject>(operationResource, applied, {
    manager: statusManager,
    subresource: 'status',
    signal,
  });
  return true;
}

/** Removes an operation whose time after its end is over. */
export async function expire(operation: Operation, turn: Turn): Promise<void> {
  const { finishedAt } = operation.status;
  const { object, spec } = operation;
  if (finishedAt === undefined || turn.clock.now() < Date.parse(finishedAt) + spec.ttlSeconds * 1000) return;
  try {
    const preconditions = { uid: operation.uid };
    await turn.api.remove(operationResource, refOf(object), {
      preconditions,
      propagation: 'Background',
      signal: turn.signal,
    });
  } catch (error) {
    if (!(error instanceof ApiError && error.isConflict)) throw error;
  }
}

/** How many operations are looked at together; status has room for no more plans. */
const mostOpen = 20;

/**
 * Reads the operations on a service; refuses what is wrong, removes what is over, and begins the first that may. Answers
 * those that are not finished.
 */
export async function beginOperations(
  facts: Facts,
  { members }: { members: readonly MemberView[] },
  { stacks }: { stacks: readonly Stack[] },
  turn: Turn,
): Promise<Operation[]> {
  const open: Operation[] = [];
  for (const reading of readOperations(facts, members, stacks)) {
    if (reading.kind === 'Refused') await refuse(reading, turn);
    else if (reading.operation.status.finishedAt !== undefined) await expire(reading.operation, turn);
    else if (open.length < mostOpen) open.push(await begin(reading.operation, members, turn));
  }
  return open;
}

async function refuse({ object, message }: { object: OperationObject; message: string }, turn: Turn): Promise<void> {
  await writeOperation(object, refusedStatus(object, message, nowOf(turn)), turn);
}

async function begin(operation: Operation, members: readonly MemberView[], turn: Turn): Promise<Operation> {
  const { behind, spec } = operation;
  if (operation.status.startedAt !== undefined || behind !== undefined || spec.suspend) return operation;
  const status = { ...operation.status, ...beginning(operation, members, nowOf(turn)) };
  await writeOperation(operation.object, status, turn);
  return { ...operation, status };
}

/** Written before anything is done: the steps that are begun are known by it. */
export async function showOperations(
  operations: Operation[],
  plans: Plan<unknown>[],
  { stacks }: { stacks: readonly Stack[] },
  turn: Turn,
): Promise<void> {
  for (const operation of operations) {
    const plan = plans.find(({ name }) => name === operation.name);
    if (plan === undefined) continue;
    await writeOperation(operation.object, operationStatus(operation, plan, stacks, nowOf(turn)), turn);
  }
}
