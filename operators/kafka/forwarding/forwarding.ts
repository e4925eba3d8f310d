/**
 * Pure: which brokers follow the controllers and pass no requests on to them.
 *
 * A broker whose metadata log is cut off below the voters that it has read does not read them again before its next start
 * (`KRaftControlRecordStateMachine` of Kafka 4.3). It goes on fetching from the leader, and has no address to send to.
 */
import type { KafkaClusterStatus, KafkaMemberStatus } from '../../../crds/kafka-cluster.ts';
import type { Facts } from '../../workload/facts.ts';
import type { MemberView } from '../../workload/members/members.ts';
import type { ClusterView } from '../admin/admin.ts';
import type { KafkaMember, KafkaSnapshot } from '../observe.ts';
import { presentReplica } from '../plan.ts';

export type NotForwarding = NonNullable<KafkaMemberStatus['notForwarding']>;

/** How much later than others a broker may have fetched, by the leader's clock; it does twice a second. */
const fetchMs = 5_000n;

/** Who is asked each time: those of which it is known, and those that are to pass something on of themselves. */
export function doubtful(members: readonly MemberView[], { status }: Facts<KafkaClusterStatus>): Set<string> {
  const known = (status.members ?? []).filter((member) => member.notForwarding !== undefined || member.leaving);
  const leaving = members.filter((member) => member.leaving);
  return new Set([...known, ...leaving].map(({ name }) => name));
}

/** Somebody has reached the leader meanwhile, and the leader hears of this one. */
export function onlyFollows({ nodeId }: KafkaMember, { cluster, forwarding }: KafkaSnapshot): boolean {
  return forwarding.get(nodeId) === false && cluster !== undefined && follows(nodeId, cluster);
}

/** One that does not is cut off from the controllers, and is not helped by a restart. */
function follows(nodeId: number, { quorum }: ClusterView): boolean {
  const own = presentReplica(nodeId, quorum);
  if (own === undefined || quorum.leaderId < 0) return false;
  return [...quorum.voters, ...quorum.observers].every(({ lastFetch }) => lastFetch - own.lastFetch < fetchMs);
}

/** As status is to show it. It stays until the broker is seen to pass something on: also over its restart. */
export function notForwarding(
  member: KafkaMember,
  snapshot: KafkaSnapshot,
  { status }: Facts<KafkaClusterStatus>,
  now: number,
): NotForwarding | undefined {
  if (snapshot.forwarding.get(member.nodeId) === true) return undefined;
  const known = status.members?.find(({ name }) => name === member.name)?.notForwarding;
  const podUid = member.pod?.metadata.uid ?? '';
  if (known?.podUid === podUid || !onlyFollows(member, snapshot)) return known;
  return { since: new Date(now).toISOString(), podUid, ...(known !== undefined && { restarted: true }) };
}
