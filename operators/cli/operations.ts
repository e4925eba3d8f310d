/** `ServiceOperation`s as the command line makes, finds and follows them. */
import {
  type OperationType,
  type ServiceOperationSpecInput,
  type ServiceOperationStatus,
  serviceOperations,
} from '../../crds/service-operation.ts';
import type { Condition } from '../../crds/status.ts';
import { apiVersionOf, type KubeObject, type Resource, refOf } from '../kube/resource.ts';
import { planTreeAt } from '../plan/tree.ts';
import { type Context, exit } from './command.ts';
import { conclude, type End, follow, stallWatch } from './follow.ts';
import { progressOf } from './progress.ts';
import { listAll, namespaceOf, type Service } from './services.ts';

export interface ServiceOperation extends KubeObject {
  spec: ServiceOperationSpecInput;
  status?: ServiceOperationStatus;
}

export const operationResource: Resource<ServiceOperation> = serviceOperations;

/** As Kubernetes has it for generated names: no vowels, no words. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** What it is about: one member, one group, or all members. */
export type Scope = { member: string } | { group: string } | 'all';

export function operationOf(context: Context, service: Service, type: OperationType, scope: Scope): ServiceOperation {
  const { kind, metadata } = service;
  const suffix = Array.from({ length: 5 }, () => LETTERS[Math.floor(context.random() * LETTERS.length)]).join('');
  const name = [type.toLowerCase(), metadata.name, wordOf(scope, metadata.name), suffix].join('-');
  return {
    apiVersion: apiVersionOf(operationResource),
    kind: operationResource.kind,
    metadata: { name, namespace: namespaceOf(service) },
    spec: { service: { kind, name: metadata.name }, type, ...partOf(scope) },
  };
}

/** Members carry the name of their service, and once is enough. */
function wordOf(scope: Scope, service: string): string {
  if (scope === 'all') return 'all';
  if ('group' in scope) return scope.group;
  return scope.member.startsWith(`${service}-`) ? scope.member.slice(service.length + 1) : scope.member;
}

function partOf(scope: Scope): Pick<ServiceOperationSpecInput, 'members' | 'groups'> {
  if (scope === 'all') return {};
  return 'group' in scope ? { groups: [scope.group] } : { members: [scope.member] };
}

export async function listOperations(
  { api, signal }: Pick<Context, 'api' | 'signal'>,
  service: Service,
): Promise<ServiceOperation[]> {
  const all = await listAll(api, operationResource, namespaceOf(service), signal);
  return all.filter((operation) => isAbout(operation, service));
}

export function isAbout({ spec }: ServiceOperation, { kind, metadata }: Service): boolean {
  return spec.service.kind === kind && spec.service.name === metadata.name;
}

/** The one that is there now: a successor of the same name is left alone. */
export async function removeOperation({ api, signal }: Context, operation: ServiceOperation): Promise<void> {
  const { uid = '' } = operation.metadata;
  await api.remove(operationResource, refOf(operation), { preconditions: { uid }, propagation: 'Background', signal });
}

/** Shows the plan while it moves; answers the exit code. */
export async function followOperation(
  context: Context,
  operation: ServiceOperation,
  timeoutMs: number | undefined,
): Promise<number> {
  const stalled = stallWatch(context.clock);
  const end = await follow<ServiceOperation, End>(context, {
    resource: operationResource,
    ref: refOf(operation),
    timeoutMs,
    look: (seen) => {
      if (seen === undefined) return { code: exit.failure, say: 'is gone before it was complete: it was cancelled' };
      show(context, seen);
      return endOf(seen, stalled(conditionOf(seen, 'Stalled')?.status === 'True'));
    },
  });
  const late = { code: exit.timeout, say: 'is not complete in time; it goes on' };
  return conclude(context.out, `operation ${operation.metadata.name}`, end === 'Timeout' ? late : end);
}

function show({ out, clock }: Context, { status }: ServiceOperation): void {
  const plan = status?.plan;
  if (plan !== undefined) out.draw(out.isTerminal ? planTreeAt(plan, clock.now()) : progressOf(plan));
}

function endOf(operation: ServiceOperation, isStuck: boolean): End | undefined {
  const ready = conditionOf(operation, 'Ready');
  if (ready?.status === 'True') return { code: exit.ok, say: 'is complete' };
  const why = ready?.message ?? 'no reason is given';
  if (operation.status?.finishedAt !== undefined) return { code: exit.failure, say: `ended without success: ${why}` };
  const trouble = conditionOf(operation, 'Stalled');
  if (!isStuck || trouble === undefined) return undefined;
  return { code: exit.failure, say: `cannot go on by itself (${trouble.reason}): ${trouble.message}` };
}

function conditionOf({ status }: ServiceOperation, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
