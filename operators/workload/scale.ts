/** How many members a group is to have, how many it has places for, and which of them leave. */
import type { PersistentVolumeClaim } from '../kube/resource.ts';
import type { Facts } from './facts.ts';
import { keys, labelDomain } from './identity.ts';
import { isReady } from './members/pod-state.ts';
import { ownerUid } from './preflight.ts';

/** On the volumes of a member that has handed over everything: no member ever starts on them again. */
export const retiredLabel = `${labelDomain}/retired`;

export function isRetired(claim: PersistentVolumeClaim): boolean {
  return claim.metadata.labels?.[retiredLabel] === 'true';
}

export interface ScaledGroup {
  /** Name of the StatefulSet. */
  name: string;
  firstOrdinal: number;
  /** How many members there are to be. */
  replicas: number;
}

/** Members as the spec alone asks for them. */
export interface Stack {
  /** Names in the order of coming: the last one goes first. */
  members: string[];
  /** How many have to stay. */
  least: number;
}

/** How many of a stack are wanted, if these have been told to go whatever the spec says. */
export function wantedOf(members: readonly string[], told: readonly string[]): number {
  const first = members.findIndex((name) => told.includes(name));
  return first < 0 ? members.length : first;
}

/** Members that an operation has told to go, for as long as that operation lasts. */
export function decommissioned({ operations }: Pick<Facts, 'operations'>): string[] {
  return operations
    .filter(({ spec, status }) => Object(spec).type === 'Decommission' && status?.finishedAt === undefined)
    .flatMap(({ status }) => status?.targets?.map(({ name }) => name) ?? []);
}

/** Both count from the first ordinal. */
export interface Scale {
  /** Of the StatefulSet: more than is wanted while members leave, fewer while a volume of one that left is in the way. */
  pods: number;
  /** Members that are wanted, and those that have yet to leave. */
  members: number;
}

/**
 * A StatefulSet gives up its last ordinals first, so that is the order of leaving. A member keeps its place until its
 * volumes are marked: the mark is written once its peers have everything that it had.
 */
export function scaleOf(group: ScaledGroup, facts: Facts): Scale {
  const leaving = leavingOf(group, facts);
  const retired = retiredOrdinals(group, facts);
  const kept = leaving.filter((ordinal) => !retired.has(ordinal) && hasPlace(ordinal, group, facts));
  const end = (ordinals: readonly number[]): number => Math.max(0, ...ordinals.map((ordinal) => ordinal + 1));
  const pods = Math.min(Math.max(group.replicas, end(kept)), ...retired);
  return { pods, members: Math.max(group.replicas, end(leaving)) };
}

/** Names of members that are to go, or have gone already and are still known. */
export function leavingMembers(group: ScaledGroup, facts: Facts): string[] {
  return leavingOf(group, facts).map((ordinal) => nameOf(ordinal, group));
}

/** One that never served has nothing to hand over: it simply goes. One that serves now may not be in status yet. */
function leavingOf(group: ScaledGroup, facts: Facts): number[] {
  const retired = retiredOrdinals(group, facts);
  const joined = (facts.status.members ?? []).filter((member) => member.joined === true).map(({ name }) => name);
  const ready = facts.pods.filter(isReady).map(({ metadata }) => metadata.name);
  return [...new Set([...joined, ...ready])]
    .flatMap((name) => ordinalOf(name, group))
    .filter(
      (ordinal) => ordinal >= group.replicas || (retired.has(ordinal) && joined.includes(nameOf(ordinal, group))),
    );
}

function nameOf(ordinal: number, group: ScaledGroup): string {
  return `${group.name}-${group.firstOrdinal + ordinal}`;
}

/** Without volumes to mark it is the StatefulSet that tells whether a member has gone. */
function hasPlace(ordinal: number, group: ScaledGroup, facts: Facts): boolean {
  if (claimOrdinals(group, facts).some((claim) => claim.ordinal === ordinal)) return true;
  const live = facts.sets.find(({ metadata }) => metadata.name === group.name);
  return live === undefined || ordinal < (live.spec?.replicas ?? 0);
}

/** All volumes of the member are marked: after a crash between two marks it has not left. */
function retiredOrdinals(group: ScaledGroup, facts: Facts): Set<number> {
  const claims = claimOrdinals(group, facts);
  const kept = new Set(claims.filter(({ claim }) => !isRetired(claim)).map(({ ordinal }) => ordinal));
  return new Set(claims.map(({ ordinal }) => ordinal).filter((ordinal) => !kept.has(ordinal)));
}

function claimOrdinals(group: ScaledGroup, facts: Facts): { claim: PersistentVolumeClaim; ordinal: number }[] {
  return facts.claims
    .filter((claim) => ownerUid(claim) === facts.service.uid)
    .flatMap((claim) => {
      const volume = claim.metadata.labels?.[keys.volume] ?? '';
      const member = claim.metadata.name.slice(volume.length + 1);
      return ordinalOf(member, group).map((ordinal) => ({ claim, ordinal }));
    });
}

/** None if the name is that of another group's member. */
function ordinalOf(name: string, group: ScaledGroup): number[] {
  if (!name.startsWith(`${group.name}-`)) return [];
  const rest = name.slice(group.name.length + 1);
  return /^\d+$/.test(rest) ? [Number(rest) - group.firstOrdinal] : [];
}
