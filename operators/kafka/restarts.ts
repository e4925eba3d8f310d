/** Pure: in which order the members of a Kafka service are taken down, and when the service can bear it. */
import type { KafkaClusterStatus } from '../../crds/kafka-cluster.ts';
import { listed } from '../plan/listed.ts';
import type { Progress } from '../plan/plan.ts';
import type { Facts } from '../workload/facts.ts';
import type { RestartService } from '../workload/restart.ts';
import type { Partition } from './admin/admin.ts';
import { controllersOf } from './config/server-properties.ts';
import type { KafkaModel } from './index.ts';
import { drained, forgotten, released } from './leave.ts';
import type { KafkaMember, KafkaSnapshot } from './observe.ts';
import { hasVote, type KafkaAction, memberProgress } from './plan.ts';
import {
  byNode,
  nameOf,
  preferredAway,
  restartRisk,
  settledMessage,
  standing,
  underReplicated,
} from './restart-risk.ts';

const silent = 'no broker answers: what the service can bear is unknown';

export function kafkaRestarts(
  model: KafkaModel,
  seen: KafkaSnapshot,
  _facts: Facts<KafkaClusterStatus>,
  now: number,
): RestartService<KafkaMember, KafkaAction> {
  const { partitions, reassignments = [] } = seen;
  const snapshot: KafkaSnapshot = {
    ...seen,
    partitions: partitions === undefined ? undefined : standing(partitions, reassignments),
  };
  // Where nobody is to restart nobody asks.
  let held: Map<number, Partition[]> | undefined;
  const risk = (members: readonly KafkaMember[]): string | undefined => {
    held ??= byNode(snapshot.partitions ?? []);
    return riskOf(members, model, snapshot, held);
  };
  return {
    ordered: inOrder(snapshot).filter(({ leaving }) => !leaving),
    leaving: snapshot.members.filter(({ leaving }) => leaving),
    drainHolds: false,
    atRisk: atRisk(model, snapshot),
    risk: (member, beside) => risk([member, ...beside]),
    rackOf: ({ zone }) => zone,
    lossRisk: (member) => risk([member]) ?? lostMajority(member, snapshot) ?? onlyCopies(member, snapshot),
    starting: (member) => memberProgress(member, now),
    settled: (member) => settled(member, snapshot),
    drained: (member) => drained(member, model, seen, now),
    released: (member) => released(member, seen),
    forgotten: (member) => forgotten(member, seen),
  };
}

/** Brokers rack by rack, then controllers, and the active one last: so it moves once only. */
function inOrder({ members, cluster }: KafkaSnapshot): KafkaMember[] {
  const rank = ({ nodeId, pool }: KafkaMember): number => {
    if (nodeId === cluster?.quorum.leaderId) return 2;
    return pool.roles.includes('Controller') ? 1 : 0;
  };
  return members.toSorted(
    (one, other) =>
      rank(one) - rank(other) || (one.zone ?? '').localeCompare(other.zone ?? '') || one.nodeId - other.nodeId,
  );
}

function riskOf(
  members: readonly KafkaMember[],
  model: KafkaModel,
  { cluster, partitions }: KafkaSnapshot,
  held: ReadonlyMap<number, Partition[]>,
): string | undefined {
  if (cluster === undefined || partitions === undefined) return silent;
  const nodeIds = members.map(({ nodeId }) => nodeId);
  return restartRisk({
    nodeIds: new Set(nodeIds),
    brokers: cluster.brokers,
    partitions: [...new Set(nodeIds.flatMap((nodeId) => held.get(nodeId) ?? []))],
    quorum: cluster.quorum,
    controllers: new Set(controllersOf(model).map((controller) => controller.nodeId)),
    unreplicated: model.updates.unreplicated,
  });
}

/** A quorum gives a vote to a new volume only by a majority that it has without the old one. */
function lostMajority({ nodeId }: KafkaMember, { cluster }: KafkaSnapshot): string | undefined {
  const voters = cluster?.quorum.voters ?? [];
  const others = voters.filter((voter) => voter.nodeId !== nodeId);
  if (others.length === voters.length || 2 * others.length > voters.length) return undefined;
  return `the quorum of ${voters.length} controllers could never give its new volume a vote: it needs three or more`;
}

/** Whatever the user accepts: what nobody else has would be gone. */
function onlyCopies({ nodeId }: KafkaMember, { partitions = [] }: KafkaSnapshot): string | undefined {
  const only = partitions.filter(
    ({ replicas, inSync }) => replicas.includes(nodeId) && inSync.every((id) => id === nodeId),
  );
  if (only.length === 0) return undefined;
  return `no other broker has all of ${listed(only, nameOf)}: raise the replicas of the topic, or delete it`;
}

/** Back means: a vote where it had one, unfenced, every replica in sync, and leader again where it is to lead. */
function settled(member: KafkaMember, snapshot: KafkaSnapshot): Progress<KafkaAction> {
  const { cluster, partitions } = snapshot;
  if (member.pool.roles.includes('Controller') && !hasVote(member, cluster)) {
    return { kind: 'InProgress', message: 'has no vote in the quorum yet' };
  }
  if (!member.pool.roles.includes('Broker')) return { kind: 'Complete' };
  const broker = cluster?.brokers.find(({ nodeId }) => nodeId === member.nodeId);
  if (partitions === undefined || broker === undefined) return { kind: 'InProgress', message: silent };
  if (broker.fenced) return { kind: 'InProgress', message: 'the controllers keep it fenced' };
  const behind = settledMessage(member.nodeId, partitions);
  if (behind !== undefined) return { kind: 'InProgress', message: behind };
  const away = preferredAway(member.nodeId, partitions).map(({ topic, index }) => ({ topic, index }));
  if (away.length === 0) return { kind: 'Complete' };
  const message = `takes back the leadership of ${away.length} partitions`;
  return { kind: 'Due', action: { kind: 'ElectPreferred', partitions: away }, message };
}

/** Only once clients use it: while it is set up nothing is lost by an eviction. */
function atRisk({ formed }: KafkaModel, { partitions }: KafkaSnapshot): string | undefined {
  if (!formed || partitions === undefined) return undefined;
  const behind = underReplicated(partitions);
  if (behind.length === 0) return undefined;
  return `${behind.length} partitions are under-replicated: ${listed(behind, nameOf)}`;
}
