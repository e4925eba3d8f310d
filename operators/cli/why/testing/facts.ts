/** A cluster as the checks see it, for tests. */
import assert from 'node:assert/strict';
import type { Condition, PlanStatus, StepStatus } from '../../../../crds/status.ts';
import type { Lease, Node, Pod, StatefulSet } from '../../../kube/resource.ts';
import { claimOf, podOf, readyPod, storageClassOf } from '../../../workload/testing/objects.ts';
import { serviceOf } from '../../../workload/testing/services.ts';
import type { Service } from '../../services.ts';
import { type EventObject, type Facts, type MemberFacts, membersOf, type Reading } from '../facts.ts';
import type { Finding } from '../finding.ts';

export const now = Date.UTC(2030, 0, 1);

/** So many seconds ago. */
export function ago(seconds: number): string {
  return new Date(now - seconds * 1000).toISOString();
}

export function read<T>(...items: T[]): Reading<T> {
  return { ok: true, items };
}

export function forbidden<T>(what: string): Reading<T> {
  return { ok: false, why: `${what} is forbidden` };
}

export const identity = serviceOf();

export function service(parts: { kind?: Service['kind']; spec?: object; status?: Service['status'] } = {}): Service {
  const { kind = 'KafkaCluster', spec = {}, status = { observedGeneration: 3 } } = parts;
  const { apiVersion, namespace, name, uid } = identity;
  return { apiVersion, kind, metadata: { namespace, name, uid, generation: 3 }, spec, status };
}

export function condition(type: string, status: Condition['status'], message = '', reason = 'Because'): Condition {
  return { type, status, reason, message, lastTransitionTime: ago(60) };
}

export function plan(name: string, steps: StepStatus[], status: PlanStatus['status'] = 'InProgress'): PlanStatus {
  const phases = [{ name: 'members', strategy: 'Serial' as const, status, steps }];
  return { name, revision: 'r1', strategy: 'Serial', status, phases };
}

export function set(replicas = 3): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'demo-kafka', namespace: 'ns', uid: 'uid-set' },
    spec: {
      serviceName: 'demo',
      replicas,
      selector: {},
      template: {},
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
    },
  };
}

export function event(kind: string, name: string, reason: string, note: string, seconds = 10): EventObject {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${name}.${seconds}`, namespace: 'ns' },
    reason,
    note,
    type: 'Warning',
    regarding: { kind, name },
    eventTime: ago(seconds),
  };
}

export interface NodeParts {
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
  cordoned?: boolean;
  allocatable?: Record<string, string>;
  ready?: 'True' | 'False' | 'Unknown';
}

/** With 4 cores and 8Gi unless told otherwise. */
export function node(name: string, parts: NodeParts = {}): Node {
  const { labels = {}, taints, cordoned, allocatable = {}, ready = 'True' } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: {
      ...(taints === undefined ? {} : { taints }),
      ...(cordoned === undefined ? {} : { unschedulable: cordoned }),
    },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable },
      conditions: [{ type: 'Ready', status: ready, message: 'kubelet is silent', lastTransitionTime: ago(300) }],
    },
  };
}

export function operatorPod(env: Record<string, string> = {}, pod: Pod = readyPod('stateward-1')): Pod {
  const variables = Object.entries({ STATEWARD_LEASE_NAME: 'stateward', ...env });
  const container = { name: 'operator', env: variables.map(([name, value]) => ({ name, value })) };
  return {
    ...pod,
    metadata: { ...pod.metadata, namespace: 'stateward-system' },
    spec: { ...pod.spec, containers: [container] },
  };
}

export function lease(renewedSecondsAgo: number, holderIdentity = 'stateward-1', name = 'stateward'): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'stateward-system' },
    spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: ago(renewedSecondsAgo) },
  };
}

export const memberNames = ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'];

/** The third one as given, absent where `undefined`; the others are well. */
export function podsWith(third: Pod | undefined): Pod[] {
  const [first = '', second = ''] = memberNames;
  return [readyPod(first), readyPod(second), ...(third === undefined ? [] : [third])];
}

export function unplacedPod(message = '0/3 nodes are available', spec: object = {}): Pod {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  const pod = podOf('demo-kafka-2', { conditions });
  return { ...pod, spec: { containers: [], ...spec } };
}

/** A service of three members that are well, as far as it is not told otherwise. */
export function factsOf(parts: Partial<Facts> & { pod?: Pod | 'Absent' } = {}): Facts {
  const { pod = readyPod('demo-kafka-2'), ...given } = parts;
  const sets = given.sets ?? read(set());
  const pods = given.pods ?? read(...podsWith(pod === 'Absent' ? undefined : pod));
  const claims = given.claims ?? read(...memberNames.map((name) => claimOf(`data-${name}`, identity)));
  const about = given.service ?? service();
  const items = <T>(reading: Reading<T>): readonly T[] => (reading.ok ? reading.items : []);
  const members: MemberFacts[] = membersOf(about, items(sets), items(pods), items(claims));
  return {
    now,
    service: about,
    members,
    operators: read(operatorPod()),
    leases: read(lease(3)),
    sets,
    pods,
    claims,
    events: read(),
    quotas: read(),
    budgets: read(),
    operations: read(),
    nodes: read(node('node-a')),
    storageClasses: read(storageClassOf('fast', { isDefault: true })),
    volumes: read(),
    neighbours: read(),
    ...given,
  };
}

/** `PASS finding`, `UNKNOWN finding`, `FAIL finding => fix`. */
export function shown(findings: Finding[]): string[] {
  return findings.map((found) => {
    const text = `${found.verdict.toUpperCase()} ${found.finding}`;
    return found.verdict === 'Fail' ? `${text} => ${found.fix}` : text;
  });
}

/** What a check says of a service that is well but for the parts. */
export type Case = [name: string, parts: Parameters<typeof factsOf>[0], expected: string[]];

export function told(check: (facts: Facts) => Finding[], table: Case[]): void {
  for (const [name, parts, expected] of table) {
    it(name, () => assert.deepEqual(shown(check(factsOf(parts))), expected));
  }
}
