/** Which broker takes the place of one that leaves: another rack first, then room on its disks and few replicas. */
import type { Broker, LogDir } from '../admin/admin.ts';
import { isShut, type Job, type Movable, missingAt, sum, sumIfKnown, type View } from './view.ts';

/** Of each disk, in percent: what comes in meanwhile needs room too. */
export const reserve = 10;

export interface Target {
  nodeId: number;
  rack: string | undefined;
  /** Bytes that it may still take in all, and of one partition. */
  room: number;
  largest: number;
  used: number;
  total: number;
  replicas: number;
}

/** Brokers that take replicas now: they serve, and it is known how much room is left on their disks. */
export function targetsOf(view: View): Target[] {
  return view.staying.flatMap(({ nodeId, rack, fenced }) => {
    const dirs = (view.disks.get(nodeId) ?? []).filter((dir) => !isShut(dir));
    const coming = comingTo(nodeId, view);
    const isKnown = dirs.length > 0 && dirs.every(({ usableBytes }) => usableBytes >= 0n);
    if (fenced || !isKnown || coming === undefined) return [];
    // The broker picks the directory, so the fullest one counts.
    const largest = Math.min(...dirs.map(roomOf));
    const total = sum(dirs.map(({ totalBytes }) => Number(totalBytes)));
    const used = total - sum(dirs.map(({ usableBytes }) => Number(usableBytes))) + coming;
    const room = largest * dirs.length - coming;
    return [{ nodeId, rack, room, largest, used, total, replicas: view.counts.get(nodeId) ?? 0 }];
  });
}

function roomOf({ usableBytes, totalBytes }: LogDir): number {
  return Number(usableBytes) - Math.ceil((Number(totalBytes) * reserve) / 100);
}

/** Bytes on their way to a broker; what it has of them already is on its disk. */
function comingTo(nodeId: number, { flights, sizes }: View): number | undefined {
  const names = [...flights].filter(([, { adding }]) => adding.includes(nodeId)).map(([name]) => name);
  return sumIfKnown(names.map((name) => missingAt(nodeId, name, sizes)));
}

export interface Placed extends Movable {
  to: number[];
}

/**
 * All of them, so that what cannot end is not begun. The largest first: they fit only while there is most room. The next
 * decision comes to the same for what is left, if nothing else has changed meanwhile.
 */
export function place(jobs: readonly Movable[], targets: readonly Target[], absent: readonly Broker[], view: View) {
  const placed: Placed[] = [];
  const homeless: Movable[] = [];
  const average = Math.max(1, sum([...view.counts.values()]) / targets.length);
  for (const job of jobs.toSorted((one, other) => other.bytes - one.bytes)) {
    const chosen = choose(job, { targets, absent, average }, view);
    if (chosen === undefined) {
      homeless.push(job);
      continue;
    }
    for (const target of chosen) {
      target.room -= job.bytes;
      target.used += job.bytes;
      target.replicas += 1;
    }
    placed.push({ ...job, to: replaced(job, chosen) });
  }
  return { placed, homeless };
}

interface Choice {
  targets: readonly Target[];
  /** Brokers that would be targets if they served and answered. */
  absent: readonly Broker[];
  /** Replicas of each target, once all is done. */
  average: number;
}

/** One for each replica that leaves; undefined where there is none now. */
function choose(job: Movable, { targets, absent, average }: Choice, view: View): Target[] | undefined {
  const kept = job.replicas.filter((nodeId) => !job.leavers.includes(nodeId)).map((nodeId) => view.racks.get(nodeId));
  const missed = absent.filter(({ nodeId }) => !job.replicas.includes(nodeId));
  const chosen: Target[] = [];
  for (const _ of job.leavers) {
    const free = targets.filter((target) => hasRoom(target, job) && !chosen.includes(target));
    const racks = [...kept, ...chosen.map(({ rack }) => rack)];
    const best = leastOf(free, [
      ({ rack }) => shared(rack, racks),
      (target) => (isThere(target, job) ? 0 : 1),
      (target) => loadOf(target, average),
      ({ nodeId }) => nodeId,
    ]);
    // A broker that restarts is no reason to share a rack for good.
    if (best === undefined || missed.some(({ rack }) => shared(rack, racks) < shared(best.rack, racks)))
      return undefined;
    chosen.push(best);
  }
  return chosen;
}

function hasRoom(target: Target, job: Movable): boolean {
  if (job.replicas.includes(target.nodeId)) return false;
  return isThere(target, job) || job.bytes <= Math.min(target.room, target.largest);
}

/** It was about to lose the partition to a broker that leaves. */
function isThere({ nodeId }: Target, { partition }: Movable): boolean {
  return partition.replicas.includes(nodeId);
}

/** With how many of them the rack is shared; no rack is shared with nobody. */
function shared(rack: string | undefined, racks: readonly (string | undefined)[]): number {
  return rack === undefined ? 0 : racks.filter((other) => other === rack).length;
}

/** How full its disks are, and how many replicas it has beside the others: neither is all, empty partitions cost too. */
function loadOf({ used, total, replicas }: Target, average: number): number {
  return used / Math.max(1, total) + replicas / average;
}

type Measure = (target: Target) => number;

/** The one with the least of the first measure, among equals of the second, and so on. */
function leastOf(targets: readonly Target[], measures: readonly Measure[]): Target | undefined {
  let best: { target: Target; values: number[] } | undefined;
  for (const target of targets) {
    const values = measures.map((measure) => measure(target));
    if (best === undefined || isLess(values, best.values)) best = { target, values };
  }
  return best?.target;
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const place = one.findIndex((value, index) => value !== other[index]);
  return (one[place] ?? 0) < (other[place] ?? 0);
}

/** Each in the place of the one that it stands in for: who was first is to lead. */
function replaced({ replicas, leavers }: Job, chosen: readonly Target[]): number[] {
  return replicas.map((nodeId) => chosen[leavers.indexOf(nodeId)]?.nodeId ?? nodeId);
}
