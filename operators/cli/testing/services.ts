/** Services as the API server shows them, for tests. */
import type { PlanStatus, StepStatus } from '../../../crds/status.ts';
import { aggregate } from '../../plan/status.ts';
import type { CommonStatus, MemberStatus } from '../../workload/facts.ts';
import type { ServiceKind } from '../../workload/identity.ts';
import { operationResource, type ServiceOperation } from '../operations.ts';
import { type Service, serviceResources } from '../services.ts';
import type { TestContext } from './context.ts';

export interface ServiceParts {
  kind?: ServiceKind;
  namespace?: string;
  spec?: NonNullable<Service['spec']>;
  status?: Partial<CommonStatus>;
}

/** A KafkaCluster in `shop` that is an hour old, and ready unless its status says otherwise. */
export function serviceOf(name: string, parts: ServiceParts = {}): Service {
  const { kind = 'KafkaCluster', namespace = 'shop', spec = {}, status = {} } = parts;
  return {
    apiVersion: 'stateward.dev/v1alpha1',
    kind,
    metadata: { name, namespace, generation: 1, creationTimestamp: '2029-12-31T23:00:00Z' },
    spec,
    status: { observedGeneration: 1, conditions: [conditionOf('Ready', 'True', 'AllMembersReady')], ...status },
  };
}

export type TestCondition = NonNullable<CommonStatus['conditions']>[number];

export function conditionOf(
  type: string,
  status: TestCondition['status'],
  reason: string,
  message = 'all 3 members are ready',
): TestCondition {
  return { type, status, reason, message, lastTransitionTime: '2029-12-31T23:58:00Z', observedGeneration: 1 };
}

export function memberOf(name: string, parts: Partial<MemberStatus> = {}): MemberStatus {
  return { name, group: 'kafka', ready: true, state: 'Ready', ...parts };
}

/** One phase, `restart`, of revision `r1`. */
export function planOf(name: string, steps: StepStatus[], parts: Partial<PlanStatus> = {}): PlanStatus {
  const status = aggregate(steps.map((step) => step.status));
  const phases: PlanStatus['phases'] = [{ name: 'restart', strategy: 'Serial', status, steps }];
  return { name, revision: 'r1', status, strategy: 'Serial', phases, ...parts };
}

export function stepOf(name: string, status: StepStatus['status'], message?: string): StepStatus {
  const step = { name, status, since: '2029-12-31T23:57:00Z' };
  return message === undefined ? step : { ...step, message };
}

/** Stored as somebody else's write; the calls so far are forgotten. */
export async function put({ api }: TestContext, ...services: Service[]): Promise<void> {
  for (const service of services) await api.apply(serviceResources[service.kind], service);
  api.calls.length = 0;
}

export async function putOperation(
  { api }: TestContext,
  name: string,
  spec: ServiceOperation['spec'],
  status?: ServiceOperation['status'],
): Promise<ServiceOperation> {
  const { group, version, kind } = operationResource;
  const metadata = { name, namespace: 'shop', generation: 1 };
  const operation = {
    apiVersion: `${group}/${version}`,
    kind,
    metadata,
    spec,
    ...(status === undefined ? {} : { status }),
  };
  const stored = await api.apply(operationResource, operation);
  api.calls.length = 0;
  return stored;
}
