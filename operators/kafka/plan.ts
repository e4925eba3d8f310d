/** Pure: what is to be done about a Kafka service, from what is wanted and what is there. */
import type { KafkaClusterStatus } from '../../crds/kafka-cluster.ts';
import type { PhaseDraft, PlanDraft, Progress, StepDraft } from '../plan/plan.ts';
import type { Facts } from '../workload/facts.ts';
import { podProgress, volumeSteps, type WorkloadAction } from '../workload/members/steps.ts';
import type { ClusterView, Quorum, Voter } from './admin/admin.ts';
import { type AlterConfig, clusterPhase, configStep } from './config/configure.ts';
import { controllersOf } from './config/server-properties.ts';
import type { KafkaModel } from './index.ts';
import { type LeaveAction, returnSteps } from './leave.ts';
import { type CloseListener, planListeners } from './listeners/plan.ts';
import type { KafkaMember, KafkaSnapshot } from './observe.ts';
import { zoneAnnotation } from './start.ts';

/** Tell a pod in which zone its node is. */
export interface TellZone {
  kind: 'TellZone';
  pod: string;
  uid: string;
  zone: string;
}

/** Give partitions back to the broker that is to lead them. */
export interface ElectPreferred {
  kind: 'ElectPreferred';
  partitions: { topic: string; index: number }[];
}

/** One change of the quorum at a time. */
export type ChangeVoters =
  | { kind: 'RemoveVoter'; nodeId: number; directoryId: string }
  | { kind: 'AddVoter'; member: string; nodeId: number; directoryId: string };

export type KafkaAction = TellZone | ElectPreferred | AlterConfig | ChangeVoters | LeaveAction | CloseListener;
type AnyAction = KafkaAction | WorkloadAction;

export function planKafka(
  model: KafkaModel,
  snapshot: KafkaSnapshot,
  facts: Facts<KafkaClusterStatus>,
  now: number,
): PlanDraft<AnyAction>[] {
  const deploy: PlanDraft<AnyAction> = {
    name: 'deploy',
    revision: facts.revision,
    strategy: 'Parallel',
    phases: [
      ...volumePhase(model, facts),
      ...model.pools.map((pool): PhaseDraft<AnyAction> => {
        const members = snapshot.members.filter((member) => member.pool === pool && !member.leaving);
        return { name: pool.spec.name, strategy: 'Parallel', steps: members.map((member) => startStep(member, now)) };
      }),
      {
        name: clusterPhase,
        strategy: 'Parallel',
        steps: [
          quorumStep(model, snapshot),
          brokersStep(snapshot),
          ...configStep(model, snapshot.config, facts),
          ...returnSteps(snapshot, facts),
        ],
      },
    ],
  };
  const recovery = recoveryPlan(snapshot, now);
  const listeners = planListeners(model, facts.status, now);
  return [deploy, ...(recovery === undefined ? [] : [recovery]), ...listeners];
}

function volumePhase(model: KafkaModel, facts: Facts): PhaseDraft<AnyAction>[] {
  const steps = volumeSteps(model.groups, facts);
  return steps.length === 0 ? [] : [{ name: 'volumes', strategy: 'Parallel', steps }];
}

/** A member that has served before is set up; if it fails later, that is recovery's business. */
function startStep(member: KafkaMember, now: number): StepDraft<AnyAction> {
  const progress: Progress<AnyAction> = member.joined ? { kind: 'Complete' } : memberProgress(member, now);
  return { name: `${member.name}:[start]`, reason: 'FirstSetup', progress, member: member.name };
}

function recoveryPlan(snapshot: KafkaSnapshot, now: number): PlanDraft<AnyAction> | undefined {
  const stay = snapshot.members.filter(({ leaving }) => !leaving);
  const failed = stay.filter((member) => member.joined && member.report.state !== 'Ready');
  const steps = failed.map((member): StepDraft<AnyAction> => {
    const progress = memberProgress(member, now);
    return { name: `${member.name}:[recover]`, reason: 'MemberFailed', progress, member: member.name };
  });
  const phases: PhaseDraft<AnyAction>[] = [
    { name: 'members', strategy: 'Parallel', steps },
    { name: 'quorum', strategy: 'Serial', steps: voteSteps(snapshot) },
  ];
  if (phases.every((phase) => phase.steps.length === 0)) return undefined;
  return { name: 'recovery', revision: 'recovery', strategy: 'Parallel', phases };
}

/**
 * A controller with a new metadata volume is a stranger to its quorum: it follows, and must not vote under its old name.
 * The vote of the old volume is taken back and the new one gets its own, one change at a time (KIP-853).
 */
function voteSteps({ members, cluster }: KafkaSnapshot): StepDraft<AnyAction>[] {
  if (cluster === undefined || !hasFormed(cluster)) return [];
  const controllers = members.filter(
    ({ joined, leaving, pool }) => joined && !leaving && pool.roles.includes('Controller'),
  );
  return controllers.flatMap((member) => {
    const progress = voteProgress(member, cluster);
    return progress === undefined ? [] : [{ name: `${member.name}:[vote]`, reason: 'MemberLost', progress }];
  });
}

/** Most records that a replica may lack when it asks for a vote; Kafka has the last word. */
const caughtUpRecords = 100n;

function voteProgress(member: KafkaMember, { quorum }: ClusterView): Progress<AnyAction> | undefined {
  const { nodeId } = member;
  const present = presentReplica(nodeId, quorum);
  if (present === undefined || quorum.voters.includes(present)) return undefined;
  const old = quorum.voters.find((voter) => voter.nodeId === nodeId);
  if (old !== undefined) {
    const { directoryId } = old;
    const message = `takes back the vote of its lost metadata volume ${directoryId}`;
    return { kind: 'Due', action: { kind: 'RemoveVoter', nodeId, directoryId }, message };
  }
  if (quorum.highWatermark < 0n)
    return { kind: 'InProgress', message: 'waits until the new leader of the quorum is settled' };
  const lag = quorum.highWatermark - present.logEndOffset;
  if (lag > caughtUpRecords) return { kind: 'InProgress', message: `follows the quorum, ${lag} records behind` };
  const action: AnyAction = { kind: 'AddVoter', member: member.name, nodeId, directoryId: present.directoryId };
  return { kind: 'Due', action, message: 'gets a vote in the quorum' };
}

/**
 * A node id stands for the directory that asked last: the quorum goes on listing one that is gone as an observer for five
 * minutes (`LeaderState.clearInactiveObservers`).
 */
export function presentReplica(nodeId: number, { voters, observers }: Quorum): Voter | undefined {
  const own = [...voters, ...observers].filter((replica) => replica.nodeId === nodeId);
  return own.toSorted((one, other) => Number(other.lastFetch - one.lastFetch))[0];
}

export function hasVote({ nodeId }: KafkaMember, cluster: ClusterView | undefined): boolean {
  const present = cluster === undefined ? undefined : presentReplica(nodeId, cluster.quorum);
  return present !== undefined && cluster?.quorum.voters.includes(present) === true;
}

export function memberProgress(member: KafkaMember, now: number): Progress<AnyAction> {
  if (member.report.state === 'Ready') return { kind: 'Complete' };
  return zoneProgress(member) ?? podProgress(member, now) ?? { kind: 'InProgress', message: starting(member) };
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
  const wanted = members.filter(({ leaving, pool }) => !leaving && pool.roles.includes('Broker'));
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
