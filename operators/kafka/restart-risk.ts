/**
 * Pure: whether members may go down now, by the service's own word. The rules are those of Strimzi's
 * KafkaAvailability and KafkaQuorumCheck, made stricter where these let a partition go that more replicas would save.
 */
import { counted, listed } from '../plan/listed.ts';
import type { Broker, Partition, PartitionId, Quorum, Reassignment, Voter } from './admin/admin.ts';

export interface Restart {
  /** Members that would be down together, usually one. */
  nodeIds: ReadonlySet<number>;
  brokers: readonly Broker[];
  /** At least those that have a replica there. */
  partitions: readonly Partition[];
  quorum: Quorum;
  /** Members that are to vote, whether they do already or not. */
  controllers: ReadonlySet<number>;
  /** What is done about partitions that bear no restart of any broker they are on. */
  unreplicated: 'Wait' | 'Accept';
}

/** Undefined if the members may go down; otherwise what stands against it, in one line. */
export function restartRisk(restart: Restart): string | undefined {
  const risks = [quorumRisk(restart), ...partitionRisks(restart)].filter((risk) => risk !== undefined);
  return risks.length === 0 ? undefined : risks.join('; ');
}

/** The default of `controller.quorum.fetch.timeout.ms`: a follower that is further behind would call an election. */
const fetchTimeoutMs = 2_000n;

/** Without a leader nobody could elect the next leaders of partitions either, so this stops brokers too. */
function quorumRisk({ nodeIds, quorum, controllers }: Restart): string | undefined {
  const { leaderId, voters } = quorum;
  if (leaderId < 0) return 'the quorum has no leader';
  const leader = voters.find(({ nodeId }) => nodeId === leaderId);
  if (leader === undefined) return `the leader of the quorum, node ${leaderId}, is about to lose its vote`;
  const voting = new Set([...controllers, ...voters.map(({ nodeId }) => nodeId)]);
  if (![...nodeIds].some((nodeId) => voting.has(nodeId))) return undefined;
  const staying = voters.filter(({ nodeId }) => !nodeIds.has(nodeId));
  const behind = staying.filter((voter) => !isCaughtUp(voter, leader));
  const left = staying.length - behind.length;
  const needed = neededOf(voters.length);
  if (left >= needed) return undefined;
  const lags = listed(behind, (voter) => `node ${voter.nodeId} ${lagOf(voter, leader)}`);
  const why = lags === '' ? '' : `: ${lags}`;
  return `${left} of ${voters.length} voters of the quorum would be left, caught up, and ${needed} are needed${why}`;
}

/** A majority. One voter alone and one of two are never that: they may go if nothing better can be had. */
function neededOf(voters: number): number {
  return voters <= 2 ? voters - 1 : Math.floor(voters / 2) + 1;
}

export function isCaughtUp(voter: Voter, leader: Voter): boolean {
  if (voter.nodeId === leader.nodeId) return true;
  return isKnown(voter) && isKnown(leader) && leader.lastCaughtUp - voter.lastCaughtUp < fetchTimeoutMs;
}

function lagOf(voter: Voter, leader: Voter): string {
  if (!isKnown(voter) || !isKnown(leader)) return 'has not been seen caught up';
  return `has been behind for more than ${atLeast(leader.lastCaughtUp - voter.lastCaughtUp)}`;
}

/** In few words that stay the same for long: each other word is a write of status. */
function atLeast(ms: bigint): string {
  if (ms >= 3_600_000n) return 'an hour';
  if (ms >= 600_000n) return 'ten minutes';
  if (ms >= 60_000n) return 'a minute';
  return ms >= 10_000n ? 'ten seconds' : 'two seconds';
}

function isKnown({ lastCaughtUp }: Voter): boolean {
  return lastCaughtUp >= 0n;
}

type Verdict = 'Bears' | 'Leaderless' | 'BelowMinimum' | 'WouldFall' | 'Unreplicated';
type Found = Record<Verdict, Partition[]>;

function partitionRisks(restart: Restart): string[] {
  const found: Found = { Bears: [], Leaderless: [], BelowMinimum: [], WouldFall: [], Unreplicated: [] };
  for (const partition of restart.partitions) found[verdictOf(partition, restart)].push(partition);
  return [
    ...told(found.Leaderless, 'has no leader', 'have no leader'),
    ...told(found.BelowMinimum, 'is below min.insync.replicas', 'are below min.insync.replicas'),
    ...told(found.WouldFall, 'would fall below min.insync.replicas', 'would fall below min.insync.replicas'),
    ...unreplicatedRisk(found.Unreplicated),
  ];
}

function verdictOf(partition: Partition, restart: Restart): Verdict {
  const { leader, replicas, inSync } = partition;
  const going = replicas.filter((nodeId) => restart.nodeIds.has(nodeId)).length;
  if (going === 0) return 'Bears';
  if (leader < 0) return 'Leaderless';
  const minimum = minimumOf(partition);
  if (inSync.length < minimum) return 'BelowMinimum';
  if (inSync.filter((nodeId) => !restart.nodeIds.has(nodeId)).length >= minimum) return 'Bears';
  // Only a restart of one broker is let through: whoever accepts that has not accepted to lose two replicas together.
  if (going > 1 || replicas.length > minimum) return 'WouldFall';
  return restart.unreplicated === 'Wait' && couldHaveMore(partition, restart) ? 'Unreplicated' : 'Bears';
}

/** As a broker counts: a topic with fewer replicas than its `min.insync.replicas` takes writes with all of them. */
function minimumOf({ replicas, minInSync }: Partition): number {
  return Math.min(minInSync, replicas.length);
}

/** Nobody can wait for replicas that there are no brokers for. No known broker is no word about brokers. */
function couldHaveMore({ replicas }: Partition, { brokers }: Restart): boolean {
  return brokers.length === 0 || brokers.length > replicas.length;
}

function told(partitions: readonly Partition[], one: string, many: string): string[] {
  if (partitions.length === 0) return [];
  const names = listed(partitions, (each) => `${nameOf(each)} (isr ${ids(each.inSync)} of ${ids(each.replicas)})`);
  return [`${counted(partitions.length, 'partition')} ${partitions.length === 1 ? one : many}: ${names}`];
}

function unreplicatedRisk(partitions: readonly Partition[]): string[] {
  const topics = new Map(partitions.map((partition) => [partition.topic, partition]));
  if (topics.size === 0) return [];
  const names = listed(
    [...topics.values()],
    ({ topic, replicas, minInSync }) =>
      `${topic} (${counted(replicas.length, 'replica')}, min.insync.replicas ${minInSync})`,
  );
  const way = `raise ${topics.size === 1 ? 'its' : 'their'} replicas, or set spec.updates.unreplicated: Accept`;
  return [`${counted(topics.size, 'topic')} ${topics.size === 1 ? 'bears' : 'bear'} no restart: ${names}; ${way}`];
}

/** By the nodes that have, or are to have, a replica: one pass for the questions about each of them. */
export function byNode(partitions: readonly Partition[]): Map<number, Partition[]> {
  const found = new Map<number, Partition[]>();
  for (const partition of partitions) {
    for (const nodeId of partition.replicas) {
      const held = found.get(nodeId);
      if (held === undefined) found.set(nodeId, [partition]);
      else held.push(partition);
    }
  }
  return found;
}

/** Undefined once every replica on the node is in sync; otherwise which are not yet. */
export function settledMessage(nodeId: number, partitions: readonly Partition[]): string | undefined {
  const behind = partitions.filter(({ replicas, inSync }) => replicas.includes(nodeId) && !inSync.includes(nodeId));
  if (behind.length === 0) return undefined;
  return `${counted(behind.length, 'partition')} under-replicated: ${listed(behind, nameOf)}`;
}

/** Partitions that the node is to lead, could lead, and that another leads meanwhile. */
export function preferredAway(nodeId: number, partitions: readonly Partition[]): Partition[] {
  return partitions.filter(
    ({ leader, replicas, inSync }) =>
      replicas[0] === nodeId && leader >= 0 && leader !== nodeId && inSync.includes(nodeId),
  );
}

/** Partitions as they stand: a replica that a move is still adding is missed by nobody. */
export function standing(partitions: readonly Partition[], reassignments: readonly Reassignment[]): Partition[] {
  const adding = new Map(reassignments.map((move) => [nameOf(move), move.adding]));
  return partitions.map((partition) => {
    const coming = adding.get(nameOf(partition));
    if (coming === undefined) return partition;
    return { ...partition, replicas: partition.replicas.filter((nodeId) => !coming.includes(nodeId)) };
  });
}

/** Partitions with a replica that is not in sync. */
export function underReplicated(partitions: readonly Partition[]): Partition[] {
  return partitions.filter(({ replicas, inSync }) => replicas.some((nodeId) => !inSync.includes(nodeId)));
}

export function nameOf({ topic, index }: PartitionId): string {
  return `${topic}-${index}`;
}

function ids(nodeIds: readonly number[]): string {
  return nodeIds.length === 0 ? 'nobody' : nodeIds.toSorted((one, other) => one - other).join(',');
}
