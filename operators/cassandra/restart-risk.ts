/** Pure: whether members may go down now, by the word of those that stay, and what a member that is back still lacks. */
import { counted, listed } from '../plan/listed.ts';
import type { Keyspace, MemberWord, Peer } from './admin/admin.ts';

export interface RingMember {
  name: string;
  rack: string;
  address: string | undefined;
  ready: boolean;
  /** Undefined where it does not answer. */
  word: MemberWord | undefined;
}

export interface Restart {
  /** Names of the members that would be down together, usually one. */
  down: ReadonlySet<string>;
  members: readonly RingMember[];
  /** Of these members: one answer for the questions about each of them. */
  objections: readonly Objection[];
  /** Undefined where nobody answers. */
  keyspaces: readonly Keyspace[] | undefined;
  datacenter: string;
  /** What is done about keyspaces that bear no restart of any member. */
  unreplicated: 'Wait' | 'Accept';
  /** Racks of the datacenter that have members. */
  racks: number;
}

/** What one member has against another. */
export interface Objection {
  viewer: string;
  seen: string;
  text: string;
}

/** Of all members that answer; grows with the square of their number. */
export function objectionsOf(members: readonly RingMember[]): Objection[] {
  return members.flatMap((viewer) => {
    if (viewer.word === undefined) return [];
    const peers = new Map(viewer.word.peers.map((peer) => [peer.address, peer]));
    return members.flatMap((seen) => {
      const text = viewer === seen ? undefined : objectionTo(peers.get(seen.address ?? ''), seen.name);
      return text === undefined ? [] : [{ viewer: viewer.name, seen: seen.name, text }];
    });
  });
}

/** Undefined if the members may go down; otherwise what stands against it, in one line. */
export function restartRisk(restart: Restart): string | undefined {
  const staying = restart.members.filter(({ name }) => !restart.down.has(name));
  return (
    ringRisk(staying) ?? movementRisk(staying) ?? viewRisk(restart) ?? schemaRisk(staying) ?? keyspaceRisk(restart)
  );
}

function ringRisk(staying: readonly RingMember[]): string | undefined {
  const away = staying.filter(({ ready, address }) => !ready || address === undefined);
  if (away.length > 0) return `not ready: ${listed(away.map(({ name }) => name))}`;
  const other = staying.filter(({ word }) => word?.operationMode !== 'NORMAL');
  if (other.length === 0) return undefined;
  return listed(
    other.map(({ name, word }) => `${name} ${word === undefined ? 'does not answer' : `is ${word.operationMode}`}`),
  );
}

/** While ranges change hands, writes go to more members than the factor says: which ones can be missed is not known. */
function movementRisk(staying: readonly RingMember[]): string | undefined {
  const words = staying.flatMap(({ word }) => word ?? []);
  const said = (verb: string, addresses: string[]): string[] => addresses.map((address) => `${address} ${verb}`);
  const moves = words.flatMap(({ joining, leaving, moving }) => [
    ...said('joins', joining),
    ...said('leaves', leaving),
    ...said('moves', moving),
  ]);
  return moves.length === 0 ? undefined : listed([...new Set(moves)]);
}

function viewRisk({ objections, down }: Restart): string | undefined {
  const theirs = objections.filter(({ viewer, seen }) => !down.has(viewer) && !down.has(seen));
  return theirs.length === 0 ? undefined : listed(theirs.map(({ viewer, text }) => `${viewer} ${text}`));
}

function peerAt(viewer: RingMember, { address }: RingMember): Peer | undefined {
  return viewer.word?.peers.find((peer) => peer.address === address);
}

function objectionTo(peer: Peer | undefined, who: string): string | undefined {
  if (peer === undefined) return `does not know ${who}`;
  if (peer.status !== 'NORMAL') return `sees ${who} as ${peer.status}`;
  return peer.alive ? undefined : `sees ${who} as down`;
}

function schemaRisk(staying: readonly RingMember[]): string | undefined {
  const versions = new Set(staying.map(({ word }) => word?.schema));
  if (versions.size <= 1 && !versions.has(undefined)) return undefined;
  return `the schema differs: ${listed(staying.map(({ name, word }) => `${name} ${word?.schema?.slice(0, 8) ?? 'unknown'}`))}`;
}

type Verdict = 'Bears' | 'TooMany' | 'Unreplicated';

function keyspaceRisk(restart: Restart): string | undefined {
  const { keyspaces, datacenter } = restart;
  if (keyspaces === undefined) return 'it is not known how keyspaces are replicated: no member answers with CQL';
  const found: Record<Verdict, string[]> = { Bears: [], TooMany: [], Unreplicated: [] };
  for (const keyspace of keyspaces) found[verdictOf(keyspace, restart)].push(described(keyspace, datacenter));
  const { TooMany, Unreplicated } = found;
  if (TooMany.length > 0) {
    const going = listed([...restart.down]);
    return `${counted(TooMany.length, 'keyspace')} would lose the quorum of a range with ${going} together: ${listed(TooMany)}; restart fewer at a time`;
  }
  if (Unreplicated.length === 0) return undefined;
  const its = Unreplicated.length === 1 ? 'bears no restart' : 'bear no restart';
  const way = `raise the replication in ${datacenter} and repair, or set spec.updates.unreplicated: Accept`;
  return `${counted(Unreplicated.length, 'keyspace')} ${its}: ${listed(Unreplicated)}; ${way}`;
}

function verdictOf(keyspace: Keyspace, restart: Restart): Verdict {
  const { members, unreplicated } = restart;
  const factor = replicasOf(keyspace, restart.datacenter);
  if (factor === 0) return 'Bears';
  if (factor === undefined) return unreplicated === 'Accept' ? 'Bears' : 'Unreplicated';
  const quorum = Math.floor(factor / 2) + 1;
  // There are never more replicas than members, whatever the factor says.
  const replicas = Math.min(factor, members.length);
  const lost = replicasLost(factor, keyspace, restart);
  if (replicas - lost >= quorum) return 'Bears';
  // Whoever accepts that a range is without its quorum has not accepted to lose two replicas of it together.
  if (lost > 1) return 'TooMany';
  // Nobody can wait for replicas that there are no members for.
  return unreplicated === 'Wait' && members.length > factor ? 'Unreplicated' : 'Bears';
}

/** Of a row, in the datacenter: undefined where only the strategy itself knows; zero where it has none of the data. */
export function replicasOf({ strategy, replication }: Keyspace, datacenter: string): number | undefined {
  const known =
    strategy === 'NetworkTopologyStrategy' || (strategy === 'SimpleStrategy' && replication.has(datacenter));
  const factor = known ? (replication.get(datacenter) ?? 0) : undefined;
  return Number.isNaN(factor) ? undefined : factor;
}

/**
 * The most replicas of one range that the members can have between them. Once every rack has a replica,
 * NetworkTopologyStrategy takes the rest from wherever the ring leads, and that may be one rack: it does not divide
 * evenly (`acceptableRackRepeats` of its DatacenterEndpoints).
 */
function replicasLost(factor: number, { strategy }: Keyspace, { down, members, racks }: Restart): number {
  const going = members.filter(({ name }) => down.has(name));
  const most = Math.min(factor, going.length);
  if (strategy !== 'NetworkTopologyStrategy') return most;
  const racksHit = new Set(going.map(({ rack }) => rack)).size;
  return Math.min(most, racksHit + Math.max(0, factor - racks));
}

function described(keyspace: Keyspace, datacenter: string): string {
  const factor = keyspace.replication.get(datacenter);
  const replicas = factor === undefined ? keyspace.strategy : counted(factor, 'replica');
  return `${keyspace.name} (${replicas})`;
}

/** Undefined once all who are ready see the member as it is now and have sent it what it missed; otherwise what lacks. */
export function settledMessage(member: RingMember, members: readonly RingMember[]): string | undefined {
  const { word } = member;
  if (word?.generation === undefined || word.hostId === undefined) return 'it does not say who it is yet';
  const { generation, hostId } = word;
  const others = members.filter(({ name, ready }) => ready && name !== member.name);
  const objections = others.flatMap((other) => {
    const objection = staleView(other, member, generation) ?? unsentHints(other, hostId);
    return objection === undefined ? [] : [`${other.name} ${objection}`];
  });
  return objections.length === 0 ? undefined : listed(objections);
}

function staleView(other: RingMember, member: RingMember, generation: number): string | undefined {
  if (other.word === undefined) return 'does not answer';
  const peer = peerAt(other, member);
  const objection = objectionTo(peer, 'it');
  if (objection !== undefined) return objection;
  // Until gossip brings the new generation, NORMAL and alive are memories of the process before.
  return peer?.generation === generation ? undefined : 'has not seen its restart yet';
}

function unsentHints({ word }: RingMember, hostId: string): string | undefined {
  if (word?.hints === undefined) return 'does not say whether it keeps hints for it';
  const files = word.hints.find((hints) => hints.hostId === hostId)?.files ?? 0;
  return files === 0 ? undefined : `still sends it hints (${counted(files, 'file')})`;
}
