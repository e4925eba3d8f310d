/** Pure: how a member of a Kafka service hands over what it has, and what Kafka still knows of it afterwards. */
import type { KafkaClusterStatus } from '../../crds/kafka-cluster.ts';
import type { Progress, StepDraft } from '../plan/plan.ts';
import type { Facts } from '../workload/facts.ts';
import { podProgress, type WorkloadAction } from '../workload/members/steps.ts';
import { compareVersions } from '../workload/versions.ts';
import type { Move } from './admin/admin.ts';
import { type Drain, drainMoves } from './drain/drain.ts';
import type { KafkaModel } from './index.ts';
import type { KafkaMember, KafkaSnapshot } from './observe.ts';
import type { ChangeVoters } from './plan.ts';
import { isCaughtUp } from './restart-risk.ts';

export type LeaveAction =
  /** Let a broker take new replicas, or none any more. */
  | { kind: 'Cordon'; nodeId: number; cordoned: boolean }
  | { kind: 'Reassign'; moves: Move[] }
  /** Forget a broker whose process has ended. */
  | { kind: 'Unregister'; nodeId: number };

type LeaveProgress = Progress<LeaveAction | ChangeVoters | WorkloadAction>;

const silent = { kind: 'Waiting', message: 'no broker answers: what the member has is unknown' } as const;
const complete = { kind: 'Complete' } as const;

/** What others have they take from each other: also a broker that is down can leave. */
export function drained(member: KafkaMember, model: KafkaModel, snapshot: KafkaSnapshot, now: number): LeaveProgress {
  const own = member.retired ? undefined : podProgress(member, now);
  if (own?.kind === 'Due') return own;
  if (!member.pool.roles.includes('Broker')) return complete;
  const drain = drainOfAll(member, snapshot);
  if (drain === undefined) return silent;
  if (drain.kind !== 'Refused' && canCordon(model) && !member.retired && isShut(member, snapshot) === false) {
    const action: LeaveAction = { kind: 'Cordon', nodeId: member.nodeId, cordoned: true };
    return toldItself(member, action, 'is told to take no new replicas', snapshot);
  }
  return drainProgress(drain);
}

/** With all that leave, so that nothing moves twice; one that has stopped is judged by what it has itself. */
function drainOfAll(member: KafkaMember, snapshot: KafkaSnapshot): Drain | undefined {
  const own = drainOf([member], snapshot);
  if (own === undefined || own.kind === 'Empty' || member.retired) return own;
  return drainOf(
    snapshot.members.filter((other) => other.leaving),
    snapshot,
  );
}

function drainOf(members: KafkaMember[], snapshot: KafkaSnapshot): Drain | undefined {
  const { cluster, partitions, reassignments, disks } = snapshot;
  if (cluster === undefined || partitions === undefined || reassignments === undefined) return undefined;
  const leaving = new Set(members.map(({ nodeId }) => nodeId));
  return drainMoves({ leaving, brokers: cluster.brokers, partitions, reassignments, disks });
}

function drainProgress(drain: Drain): LeaveProgress {
  switch (drain.kind) {
    case 'Empty':
      return complete;
    case 'Moves':
      return {
        kind: 'Due',
        action: { kind: 'Reassign', moves: drain.moves },
        message: handsOver(drain),
      };
    case 'Moving':
      return { kind: 'InProgress', message: handsOver(drain) };
    case 'Waiting':
      return { kind: 'Waiting', message: drain.message };
    case 'Refused':
      return { kind: 'Error', message: drain.message };
    default:
      return drain satisfies never;
  }
}

function handsOver({ partitions, bytes }: { partitions: number; bytes: number | undefined }): string {
  const size = bytes === undefined ? '' : `, ${Math.ceil(bytes / 2 ** 20)} MiB to copy`;
  return `hands over ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}${size}`;
}

/** Its vote, before its process ends: so the others are a majority of themselves at any moment (KIP-853). */
export function released({ nodeId }: KafkaMember, { cluster }: KafkaSnapshot): Progress<ChangeVoters> {
  if (cluster === undefined) return silent;
  const { quorum } = cluster;
  const own = quorum.voters.find((voter) => voter.nodeId === nodeId);
  if (own === undefined) return complete;
  const leader = quorum.voters.find((voter) => voter.nodeId === quorum.leaderId);
  if (leader === undefined) return { kind: 'InProgress', message: 'waits until the quorum has a leader' };
  const behind = quorum.voters.filter((voter) => voter !== own && !isCaughtUp(voter, leader));
  if (behind.length > 0) {
    const names = behind.map((voter) => `node ${voter.nodeId}`).join(', ');
    return { kind: 'Waiting', message: `keeps its vote until ${names} has caught up` };
  }
  const action: ChangeVoters = { kind: 'RemoveVoter', nodeId, directoryId: own.directoryId };
  return { kind: 'Due', action, message: 'gives its vote back' };
}

/** A broker that is registered would be counted on, fenced for ever. */
export function forgotten({ nodeId, pool }: KafkaMember, { cluster }: KafkaSnapshot): Progress<LeaveAction> {
  if (!pool.roles.includes('Broker')) return complete;
  if (cluster === undefined || cluster.brokers.length === 0) return silent;
  const own = cluster.brokers.find((broker) => broker.nodeId === nodeId);
  if (own === undefined) return complete;
  if (!own.fenced) return { kind: 'InProgress', message: 'waits until the controllers see that it is gone' };
  return { kind: 'Due', action: { kind: 'Unregister', nodeId }, message: 'is taken from the list of brokers' };
}

/** Nobody else takes it, and a broker that passes nothing on would have to be waited for each time. */
function toldItself(
  { nodeId }: KafkaMember,
  action: LeaveAction,
  message: string,
  { forwarding }: KafkaSnapshot,
): Progress<LeaveAction> {
  if (forwarding.get(nodeId) !== false) return { kind: 'Due', action, message };
  return { kind: 'Waiting', message: `${message} once it passes requests on to the controllers` };
}

/** Brokers that were told to leave and stay after all take replicas again. */
export function returnSteps(snapshot: KafkaSnapshot, facts: Facts<KafkaClusterStatus>): StepDraft<LeaveAction>[] {
  return snapshot.members.flatMap((member): StepDraft<LeaveAction>[] => {
    const isToAsk = isReturning(member, facts) && member.pool.roles.includes('Broker');
    if (!isToAsk || isShut(member, snapshot) === false) return [];
    const action: LeaveAction = { kind: 'Cordon', nodeId: member.nodeId, cordoned: false };
    const progress: Progress<LeaveAction> =
      isShut(member, snapshot) === true
        ? toldItself(member, action, 'takes replicas again', snapshot)
        : { kind: 'InProgress', message: 'does not answer whether it takes replicas' };
    return [{ name: `${member.name}:[uncordon]`, reason: 'SpecChanged', progress }];
  });
}

/** It was to leave, and is wanted again. */
export function isReturning({ name, leaving }: KafkaMember, { status }: Facts<KafkaClusterStatus>): boolean {
  return !leaving && status.members?.find((member) => member.name === name)?.leaving === true;
}

/** Whether the broker takes no new replicas; undefined while it does not say. */
export function isShut({ nodeId }: KafkaMember, { disks }: KafkaSnapshot): boolean | undefined {
  return disks.get(nodeId)?.some(({ cordoned }) => cordoned);
}

/** KIP-1066. */
export function canCordon({ version }: KafkaModel): boolean {
  return compareVersions(version, '4.3.0') >= 0;
}
