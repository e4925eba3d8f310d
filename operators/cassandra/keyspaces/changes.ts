/**
 * Pure: what has to change in Cassandra so that it has the keyspace that is wanted.
 *
 * The number of replicas changes by one at a time, with a full repair of the keyspace in between. So whatever a quorum
 * has acknowledged is found by each later quorum: of n replicas a majority has it, and it meets each majority of n + 1,
 * and of the n - 1 that are left; the repair then gives it to all of them before the number changes again. A cleanup
 * removes what members hold in excess only after the last repair: until then it may be the only copy.
 */
import type { CassandraKeyspaceStatus } from '../../../crds/cassandra-keyspace.ts';
import { counted } from '../../plan/listed.ts';
import type { Keyspace } from '../admin/admin.ts';
import type { NewKeyspace } from '../admin/schema-admin.ts';

export type Maintenance = NonNullable<CassandraKeyspaceStatus['maintenance']>;

export type Replication = ReadonlyMap<string, number>;

/** The datacenter that the keyspace is in. */
export interface Datacenter {
  name: string;
  racks: number;
  /** Those that have joined. */
  members: readonly string[];
  /** Members that there are to be. */
  replicas: number;
}

export interface KeyspaceWish {
  name: string;
  /** Undefined: as many replicas as is usual. */
  replication: Readonly<Record<string, number>> | undefined;
  durableWrites: boolean;
}

/** What the last look at it has left behind in its status. */
export type KnownKeyspace = Pick<CassandraKeyspaceStatus, 'replication' | 'maintenance'>;

export type KeyspacePlan =
  | { kind: 'Settled' }
  | { kind: 'Create'; keyspace: NewKeyspace }
  /** Whatever maintenance the change needs is known before it is made. */
  | { kind: 'Alter'; keyspace: NewKeyspace; maintenance: Maintenance | undefined }
  | { kind: 'Maintain'; maintenance: Maintenance }
  | { kind: 'Impossible'; message: string };

const topologyStrategy = 'NetworkTopologyStrategy';

/** Of a keyspace that says nothing: any one member can be down, and a quorum answers. */
const usualReplicas = 3;

export function planKeyspace(
  wish: KeyspaceWish,
  found: Keyspace | undefined,
  known: KnownKeyspace,
  datacenter: Datacenter,
  newId: () => string,
): KeyspacePlan {
  const wanted = wantedReplication(wish, datacenter);
  const impossible = tooManyReplicas(wanted, datacenter) ?? otherPlaces(found, datacenter);
  if (impossible !== undefined) return { kind: 'Impossible', message: impossible };
  const keyspace = { name: wish.name, replication: wanted, durableWrites: wish.durableWrites };
  if (found === undefined) return { kind: 'Create', keyspace };
  const present = presentReplication(found);
  const course = courseOf({ wanted, present, found, known, datacenter, newId });
  const replication = course.next;
  const altered = !isSame(present, replication) || found.strategy !== topologyStrategy;
  if (altered || found.durableWrites !== wish.durableWrites)
    return { kind: 'Alter', keyspace: { ...keyspace, replication }, maintenance: course.maintenance };
  return course.maintenance === undefined ? { kind: 'Settled' } : { kind: 'Maintain', maintenance: course.maintenance };
}

function wantedReplication({ replication }: KeyspaceWish, { name, replicas }: Datacenter): Replication {
  return new Map(Object.entries(replication ?? { [name]: Math.min(usualReplicas, replicas) }));
}

/** A datacenter may be named with no replica at all. */
export function presentReplication({ replication }: Keyspace): Replication {
  return new Map([...replication].filter(([, factor]) => factor > 0));
}

function tooManyReplicas(wanted: Replication, { name, members, replicas }: Datacenter): string | undefined {
  const unknown = [...wanted.keys()].filter((key) => key !== name);
  if (unknown.length > 0)
    return `spec.replication names ${unknown.join(', ')}, and the only datacenter is ${name}: name that one, and no other`;
  const most = Math.min(members.length, replicas);
  const factor = wanted.get(name) ?? 0;
  if (factor <= most) return undefined;
  return `spec.replication.${name} is ${factor}, and ${name} has ${counted(most, 'member')}: ask for at most ${counted(most, 'replica')}, or add members`;
}

/** Another strategy has its replicas on other members: what only they have would be repaired by nobody. */
function otherPlaces(found: Keyspace | undefined, { name, racks, members }: Datacenter): string | undefined {
  if (found === undefined || found.strategy === topologyStrategy) return undefined;
  const isSimple = found.strategy === 'SimpleStrategy';
  const everywhere = (found.replication.get(name) ?? 0) >= members.length;
  if (isSimple && (racks === 1 || everywhere)) return undefined;
  const way = `raise its replication_factor to ${members.length} with ALTER KEYSPACE and repair it: then its replicas are on all members, and it can be taken over`;
  return `keyspace ${found.name} is of ${found.strategy}, which has its replicas on other members than ${topologyStrategy}; ${isSimple ? way : 'make another keyspace, and copy its data'}`;
}

interface Situation {
  wanted: Replication;
  present: Replication;
  found: Keyspace;
  known: KnownKeyspace;
  datacenter: Datacenter;
  newId: () => string;
}

/** What the replication is to be next, and what members have to do for that. */
interface Course {
  next: Replication;
  maintenance: Maintenance | undefined;
}

function courseOf(situation: Situation): Course {
  const { wanted, present, known, datacenter, found } = situation;
  const next = found.strategy === topologyStrategy ? nextReplication(present, wanted, datacenter) : present;
  const { maintenance } = known;
  if (maintenance === undefined || !isSame(mapOf(maintenance.replication), present))
    return freshCourse(situation, next);
  if (maintenance.done < maintenance.members.length && !goesBack(maintenance, next))
    return { next: present, maintenance: goingOn(maintenance, situation) };
  if (!isSame(next, present)) return changedCourse(situation, next);
  const isLast = maintenance.task === 'Cleanup' || !maintenance.cleanup;
  return { next, maintenance: isLast ? undefined : begun(situation, { ...maintenance, task: 'Cleanup' }) };
}

/** One step towards what is wanted. Datacenters that are not ours hold nothing that we could repair. */
function nextReplication(present: Replication, wanted: Replication, { name }: Datacenter): Replication {
  const [has, wants] = [present.get(name) ?? 0, wanted.get(name) ?? 0];
  return new Map([[name, has + Math.sign(wants - has)]]);
}

/** From the first member on where other members have come or gone: ranges have moved between those that are left. */
function goingOn(maintenance: Maintenance, situation: Situation): Maintenance {
  const isComplete = isSameList(maintenance.members, situation.datacenter.members);
  return isComplete ? maintenance : begun(situation, maintenance);
}

/** To what was before, and is complete still: a corrected spec waits for nobody. A cleanup has begun to take it away. */
function goesBack({ task, formerReplication }: Maintenance, next: Replication): boolean {
  return task === 'Repair' && isSame(mapOf(formerReplication), next);
}

/** Nothing has been begun for the replication that there is: somebody else has made it, or it has been so for long. */
function freshCourse(situation: Situation, next: Replication): Course {
  const { present, known, found, datacenter } = situation;
  const seen = known.replication === undefined ? present : mapOf(known.replication);
  if (!isSame(seen, present) && !isCloser(seen, { present, next }, datacenter)) {
    const cleanup = lowers(seen, present) || owesCleanup(known);
    return { next: present, maintenance: begun(situation, { ...between(seen, present), cleanup, task: 'Repair' }) };
  }
  if (!isSame(next, present) || found.strategy !== topologyStrategy) return changedCourse(situation, next);
  if (known.maintenance === undefined) return { next, maintenance: undefined };
  return { next, maintenance: begun(situation, { ...known.maintenance, ...between(present, next), task: 'Repair' }) };
}

/** Back on the way that somebody else went: what a quorum had acknowledged before is nearer with each step. */
function isCloser(
  seen: Replication,
  { present, next }: { present: Replication; next: Replication },
  { name }: Datacenter,
): boolean {
  const distance = (replication: Replication): number => Math.abs((replication.get(name) ?? 0) - (seen.get(name) ?? 0));
  return distance(next) < distance(present);
}

function changedCourse(situation: Situation, next: Replication): Course {
  const { present, known } = situation;
  const cleanup = lowers(present, next) || owesCleanup(known);
  const wanted = begun(situation, { ...between(present, next), cleanup, task: 'Repair' });
  const before = known.maintenance;
  // The process that had begun it ended before it changed the keyspace.
  const isBegun = before !== undefined && isSameMaintenance(before, wanted);
  return { next, maintenance: isBegun ? before : wanted };
}

function owesCleanup({ maintenance }: KnownKeyspace): boolean {
  if (maintenance === undefined) return false;
  return maintenance.cleanup && (maintenance.task === 'Repair' || maintenance.done < maintenance.members.length);
}

function between(former: Replication, next: Replication): Pick<Maintenance, 'replication' | 'formerReplication'> {
  return { replication: Object.fromEntries(next), formerReplication: Object.fromEntries(former) };
}

type Kind = Pick<Maintenance, 'task' | 'cleanup' | 'replication' | 'formerReplication'>;

function begun({ datacenter, newId }: Situation, { task, cleanup, replication, formerReplication }: Kind): Maintenance {
  const members = [...datacenter.members];
  return { id: newId(), task, replication, formerReplication, cleanup, members, done: 0 };
}

function isSameMaintenance(one: Maintenance, other: Maintenance): boolean {
  return (
    one.task === other.task &&
    one.cleanup === other.cleanup &&
    one.done === other.done &&
    isSame(mapOf(one.replication), mapOf(other.replication)) &&
    isSame(mapOf(one.formerReplication), mapOf(other.formerReplication)) &&
    isSameList(one.members, other.members)
  );
}

function lowers(from: Replication, to: Replication): boolean {
  return [...from].some(([datacenter, factor]) => factor > (to.get(datacenter) ?? 0));
}

function mapOf(replication: Readonly<Record<string, number>>): Replication {
  return new Map(Object.entries(replication));
}

function isSame(one: Replication, other: Replication): boolean {
  return one.size === other.size && [...one].every(([datacenter, factor]) => other.get(datacenter) === factor);
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, index) => other[index] === item);
}

/** In one line: `dc1: 3`. */
export function replicationText(replication: Iterable<readonly [string, number]>): string {
  return [...replication].map(([datacenter, factor]) => `${datacenter}: ${factor}`).join(', ');
}

/** In words, what is changed; undefined if nothing is. */
export function changeOf(plan: KeyspacePlan, found: Keyspace | undefined): string | undefined {
  if (plan.kind === 'Create') return 'makes it';
  if (plan.kind !== 'Alter' || found === undefined) return undefined;
  const { replication, durableWrites } = plan.keyspace;
  const said = [
    ...(isSame(presentReplication(found), replication)
      ? []
      : [`sets its replication to ${replicationText(replication)}`]),
    ...(found.strategy === topologyStrategy ? [] : [`makes it one of ${topologyStrategy}`]),
    ...(found.durableWrites === durableWrites ? [] : [`turns durable writes ${durableWrites ? 'on' : 'off'}`]),
  ];
  return said.join(', ');
}
