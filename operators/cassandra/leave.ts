/** Pure: whether a member may leave the ring now, and whether it has left. */
import { counted, listed } from '../plan/listed.ts';
import type { Keyspace, MemberWord, Peer } from './admin/admin.ts';
import { objectionsOf, type RingMember, replicasOf, restartRisk } from './restart-risk.ts';

export interface LeaveWish {
  /** Name of the member. */
  leaving: string;
  /** All members of the datacenter, this one among them. */
  members: readonly RingMember[];
  /** Undefined where nobody answers. */
  keyspaces: readonly Keyspace[] | undefined;
  datacenter: string;
}

/** Undefined if the member may be told to leave; otherwise what stands against it, in one line. */
export function leaveRisk(wish: LeaveWish): string | undefined {
  const staying = wish.members.filter(({ name }) => name !== wish.leaving);
  const leaving = wish.members.find(({ name }) => name === wish.leaving);
  if (leaving === undefined) return `${wish.leaving} is no member`;
  if (staying.length === 0) return 'no member would be left';
  return ringRisk(wish) ?? strangerRisk(wish) ?? replicaRisk(wish, staying.length) ?? spaceRisk(leaving, staying);
}

/** The ring is whole, at rest and of one mind: asked as for a restart of nobody. */
function ringRisk({ members, datacenter }: LeaveWish): string | undefined {
  const objections = objectionsOf(members);
  return restartRisk({
    down: new Set(),
    members,
    objections,
    keyspaces: [],
    datacenter,
    unreplicated: 'Accept',
    racks: 1,
  });
}

/** Gossip keeps showing who has left (LEFT) or was removed by others (removed) for three days. */
const gone = new Set(['LEFT', 'removed']);

/**
 * Members of other datacenters, whom nobody asks: a range may go to any of them. An address that a member had before, or
 * one whose place it took, is shown as down for minutes and owns nothing.
 */
function strangerRisk({ members }: LeaveWish): string | undefined {
  const own = new Set(members.map(({ address }) => address));
  const away = members.flatMap(
    ({ word }) => word?.peers.filter((peer) => !own.has(peer.address) && isAway(peer)) ?? [],
  );
  if (away.length === 0) return undefined;
  return `down, or not known well: ${listed([...new Set(away.map(({ address }) => address))])}`;
}

function isAway({ status, alive, member }: Peer): boolean {
  return !gone.has(status) && (alive ? status !== 'NORMAL' : member);
}

/** Cassandra refuses the same, but only once it has been told to go (StorageService.decommission). */
function replicaRisk({ keyspaces, datacenter }: LeaveWish, staying: number): string | undefined {
  if (keyspaces === undefined) return 'it is not known how keyspaces are replicated: no member answers with CQL';
  const unknown = keyspaces.filter((keyspace) => replicasOf(keyspace, datacenter) === undefined);
  if (unknown.length > 0) {
    return `it is not known how many members these take: ${listed(unknown, ({ name, strategy }) => `${name} (${strategy})`)}`;
  }
  const factors = keyspaces.map((each) => ({ name: each.name, factor: replicasOf(each, datacenter) ?? 0 }));
  const wide = factors.filter(({ factor }) => factor > staying);
  if (wide.length === 0) return undefined;
  const shown = listed(wide, ({ name, factor }) => `${name} (${counted(factor, 'replica')})`);
  return `${counted(staying, 'member')} would be left for ${shown}: lower the replication in ${datacenter} first`;
}

/** What is left of a disk's free space for other things than data that comes. */
const reserve = 0.1;

/** A compaction of what has come holds it twice for a while. */
const compaction = 2;

/**
 * A bound for a ring that is balanced, as ours are: what the member has on its disk goes in equal parts to the others of
 * its rack, or to all others where it is alone in it. With NetworkTopologyStrategy and a replica in each rack that is
 * where its ranges go; with fewer replicas than racks a part of them goes elsewhere, and these receive less.
 */
function spaceRisk(leaving: RingMember, staying: readonly RingMember[]): string | undefined {
  const load = leaving.word?.load;
  if (load === undefined) return `${leaving.name} does not say how much data it has`;
  const rack = staying.filter((member) => member.rack === leaving.rack);
  const receivers = rack.length > 0 ? rack : staying;
  const needed = (load / receivers.length) * compaction;
  const objections = receivers.flatMap(({ name, word }) => {
    const usable = word?.disk?.usableBytes;
    if (usable === undefined) return [`${name} does not say how much space its disk has`];
    const short = usable * (1 - reserve) < needed;
    return short ? [`${name} has ${mebibytes(usable)} of space and may need ${mebibytes(needed / (1 - reserve))}`] : [];
  });
  return objections.length === 0 ? undefined : listed(objections);
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}

/** `Member`: it owns a part of the ring, and nothing changes about it. `Unknown`: too few say anything. */
export type Standing = 'Left' | 'Leaving' | 'Member' | 'Unknown';

export interface Departure {
  /** As it was recorded while it was a member. */
  hostId: string;
  /** What its own pod says, if it answers. */
  own: MemberWord | undefined;
  /** One for each of the members that stay; undefined where it does not answer. */
  peers: readonly (MemberWord | undefined)[];
}

/**
 * By its own word, and where that is missing by that of two of its peers. Both may show it as LEFT or not at all: gossip
 * forgets it when all of them restart, while a member that is merely down is known to everybody from disk. A single peer,
 * where there is no other, has to say it.
 */
export function hasLeft({ hostId, own, peers }: Departure): Standing {
  const standing = own?.hostId === hostId ? ownStanding(own) : undefined;
  if (standing !== undefined) return standing;
  const words = peers.filter((word) => word !== undefined);
  const shown = words.flatMap((word) => word.peers).filter((peer) => peer.hostId === hostId);
  const present = shown.filter(({ status }) => !gone.has(status));
  if (present.length > 0) return present.some(({ status }) => status === 'LEAVING') ? 'Leaving' : 'Member';
  // One that starts, or joins, has not heard everything yet.
  const witnesses = words.filter(({ operationMode }) => operationMode === 'NORMAL');
  const enough = peers.length === 1 ? witnesses.length === 1 && shown.length > 0 : witnesses.length >= 2;
  return enough ? 'Left' : 'Unknown';
}

/** Undefined where its mode says nothing of its place in the ring. */
function ownStanding({ operationMode }: MemberWord): Standing | undefined {
  switch (operationMode) {
    case 'DECOMMISSIONED':
      return 'Left';
    case 'LEAVING':
      return 'Leaving';
    case 'STARTING':
    case 'DRAINING':
    case 'DRAINED':
      return undefined;
    default:
      return 'Member';
  }
}
