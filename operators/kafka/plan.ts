/** Pure: what is to be done about a Kafka service, from what is wanted and what is there. */
import type { PhaseDraft, PlanDraft, Progress, StepDraft } from '../plan/plan.ts';
import type { Facts } from '../workload/facts.ts';
import { podProgress, volumeSteps, type WorkloadAction } from '../workload/steps.ts';
import type { ClusterView } from './admin/admin.ts';
import type { KafkaModel } from './index.ts';
import type { KafkaMember, KafkaSnapshot } from './observe.ts';
import { controllersOf } from './server-properties.ts';
import { zoneAnnotation } from './start.ts';

/** Tell a pod in which zone its node is. */
export interface TellZone {
  kind: 'TellZone';
  pod: string;
  uid: string;
  zone: string;
}

export type KafkaAction = TellZone;
type AnyAction = KafkaAction | WorkloadAction;

export function planKafka(
  model: KafkaModel,
  snapshot: KafkaSnapshot,
  facts: Facts,
  now: number,
): PlanDraft<AnyAction>[] {
  const deploy: PlanDraft<AnyAction> = {
    name: 'deploy',
    strategy: 'Parallel',
    phases: [
      ...volumePhase(model, facts),
      ...model.pools.map((pool): PhaseDraft<AnyAction> => {
        const members = snapshot.members.filter((member) => member.pool === pool);
        return { name: pool.spec.name, strategy: 'Parallel', steps: members.map((member) => startStep(member, now)) };
      }),
      { name: 'cluster', strategy: 'Parallel', steps: [quorumStep(model, snapshot), brokersStep(snapshot)] },
    ],
  };
  const recovery = recoveryPlan(snapshot, now);
  return recovery === undefined ? [deploy] : [deploy, recovery];
}

function volumePhase(model: KafkaModel, facts: Facts): PhaseDraft<AnyAction>[] {
  const steps = volumeSteps(model.groups, facts);
  return steps.length === 0 ? [] : [{ name: 'volumes', strategy: 'Parallel', steps }];
}

/** A member that has served before is set up; if it fails later, that is recovery's business. */
function startStep(member: KafkaMember, now: number): StepDraft<AnyAction> {
  const name = `${member.name}:[start]`;
  if (!member.joined) return { name, reason: 'FirstSetup', progress: memberProgress(member, now) };
  const replacing = podProgress(member, now);
  if (replacing?.kind === 'Due') return { name, reason: 'SpecChanged', progress: replacing };
  return { name, reason: 'FirstSetup', progress: { kind: 'Complete' } };
}

function recoveryPlan(snapshot: KafkaSnapshot, now: number): PlanDraft<AnyAction> | undefined {
  const failed = snapshot.members.filter((member) => member.joined && member.report.state !== 'Ready');
  if (failed.length === 0) return undefined;
  const steps = failed.map((member): StepDraft<AnyAction> => {
    const progress = lostVoter(member, snapshot.cluster) ?? memberProgress(member, now);
    // The deploy plan owns changes; here only what Kubernetes does by itself is shown.
    const shown: Progress<AnyAction> =
      progress.kind === 'Due' && progress.action.kind !== 'TellZone'
        ? { kind: 'InProgress', message: progress.message }
        : progress;
    return { name: `${member.name}:[restart]`, reason: 'MemberFailed', progress: shown };
  });
  return { name: 'recovery', strategy: 'Parallel', phases: [{ name: 'members', strategy: 'Parallel', steps }] };
}

function memberProgress(member: KafkaMember, now: number): Progress<AnyAction> {
  if (member.report.state === 'Ready') return { kind: 'Complete' };
  return zoneProgress(member) ?? podProgress(member, now) ?? { kind: 'InProgress', message: starting(member) };
}

/** A controller with an empty volume is a stranger to its quorum: it may follow, and must not vote under its old name. */
function lostVoter({ nodeId }: KafkaMember, cluster: ClusterView | undefined): Progress<AnyAction> | undefined {
  const old = cluster?.quorum.voters.find((voter) => voter.nodeId === nodeId);
  const present = cluster?.quorum.observers.find((observer) => observer.nodeId === nodeId);
  if (old === undefined || present === undefined || old.directoryId === present.directoryId) return undefined;
  const message = `its metadata volume is a new one: the quorum counts directory ${old.directoryId}, the volume has ${present.directoryId}; it follows without a vote until it is replaced as a voter`;
  return { kind: 'Error', message };
}

/** Kubernetes tells a pod its zone from 1.35 on (KEP-4742); before that, and for other keys, the operator does. */
function zoneProgress(member: KafkaMember): Progress<AnyAction> | undefined {
  const { pod, zone, node, group } = member;
  if (pod === undefined || node === undefined || member.report.state !== 'Initializing') return undefined;
  const { labels = {}, annotations = {} } = pod.metadata;
  if (labels[group.placement.topologyKey] !== undefined || annotations[zoneAnnotation] !== undefined) return undefined;
  const action: TellZone = { kind: 'TellZone', pod: member.name, uid: pod.metadata.uid ?? '', zone: zone ?? '' };
  return { kind: 'Due', action, message: `tells the pod that node ${node} is in zone ${zone ?? '(none)'}` };
}

function starting(member: KafkaMember): string {
  const roles = member.pool.roles.map((role) => role.toLowerCase()).join(' and ');
  return `the process runs and is not a ready ${roles} yet`;
}

function quorumStep(model: KafkaModel, { cluster }: KafkaSnapshot): StepDraft<AnyAction> {
  return { name: 'quorum:[form]', reason: 'FirstSetup', progress: quorumProgress(model, cluster) };
}

function quorumProgress(model: KafkaModel, cluster: ClusterView | undefined): Progress<AnyAction> {
  if (model.formed) return { kind: 'Complete' };
  if (cluster === undefined) return { kind: 'InProgress', message: 'no controller answers yet' };
  if (hasFormed(cluster)) return { kind: 'Complete' };
  const wanted = controllersOf(model).length;
  return { kind: 'InProgress', message: `the quorum of ${wanted} controllers has no leader yet` };
}

/** A leader is the quorum's own word that a majority has agreed. */
export function hasFormed(cluster: ClusterView): boolean {
  return cluster.quorum.leaderId >= 0;
}

function brokersStep({ members, cluster }: KafkaSnapshot): StepDraft<AnyAction> {
  const wanted = members.filter((member) => member.pool.roles.includes('Broker'));
  return { name: 'brokers:[register]', reason: 'FirstSetup', progress: brokersProgress(wanted, cluster) };
}

function brokersProgress(wanted: KafkaMember[], cluster: ClusterView | undefined): Progress<AnyAction> {
  if (wanted.every((member) => member.joined)) return { kind: 'Complete' };
  if (cluster === undefined) return { kind: 'InProgress', message: 'no broker answers yet' };
  const active = new Set(cluster.brokers.filter((broker) => !broker.fenced).map((broker) => broker.nodeId));
  const missing = wanted.filter((member) => !active.has(member.nodeId)).map((member) => member.name);
  if (missing.length === 0) return { kind: 'Complete' };
  return { kind: 'InProgress', message: `not registered or fenced: ${missing.join(', ')}` };
}
