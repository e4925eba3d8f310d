/** What a drain decides on: where every partition is or will be, how large it is, and who may take it. */
import type { Broker, LogDir, Partition, Reassignment } from '../admin/admin.ts';
import { nameOf } from '../restart-risk.ts';

export interface DrainInput {
  /** Brokers that are to have nothing in the end. */
  leaving: ReadonlySet<number>;
  /** All that are registered. */
  brokers: readonly Broker[];
  partitions: readonly Partition[];
  /** Of the whole cluster, whoever began them. Best asked for before the partitions: what ends in between has arrived. */
  reassignments: readonly Reassignment[];
  /** By node id, of each broker that says what it has; any other is given nothing. */
  disks: ReadonlyMap<number, readonly LogDir[]>;
}

export interface View extends DrainInput {
  /** By the name of the partition. */
  flights: ReadonlyMap<string, Reassignment>;
  sizes: Sizes;
  racks: ReadonlyMap<number, string | undefined>;
  /** Replicas of each broker, with those that are on their way. */
  counts: ReadonlyMap<number, number>;
  /** Brokers that may take replicas, now or once they serve again. */
  staying: readonly Broker[];
}

/** In bytes, by the name of the partition. */
interface Sizes {
  /** As large as its largest replica that is not a copy in the making. */
  whole: ReadonlyMap<string, number>;
  /** What each broker that answers has. */
  held: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

export function viewOf(input: DrainInput): View {
  const flights = new Map(input.reassignments.map((flight) => [nameOf(flight), flight]));
  const racks = new Map(input.brokers.map(({ nodeId, rack }) => [nodeId, rack]));
  const staying = input.brokers.filter(
    ({ nodeId }) => !input.leaving.has(nodeId) && input.disks.get(nodeId)?.every(isShut) !== true,
  );
  const [sizes, counts] = [sizesOf(input.disks, flights), countsOf(input.partitions, flights)];
  return { ...input, flights, sizes, racks, counts, staying };
}

/** Kafka puts no new replica there. What somebody assigns by hand it would take, but somebody did not want that. */
export function isShut({ failed, cordoned }: LogDir): boolean {
  return failed || cordoned;
}

function sizesOf(disks: DrainInput['disks'], flights: View['flights']): Sizes {
  const held = new Map([...disks].map(([nodeId, dirs]) => [nodeId, heldIn(dirs)]));
  const whole = new Map<string, number>();
  for (const [nodeId, own] of held) {
    for (const [name, bytes] of own) {
      const isCopy = flights.get(name)?.adding.includes(nodeId) === true;
      if (!isCopy) whole.set(name, Math.max(bytes, whole.get(name) ?? 0));
    }
  }
  return { whole, held };
}

/** Without what is being copied from one disk to another of the same broker. */
function heldIn(dirs: readonly LogDir[]): Map<string, number> {
  const replicas = dirs.flatMap((dir) => dir.replicas).filter(({ future }) => !future);
  return new Map(replicas.map((replica) => [nameOf(replica), Number(replica.bytes)]));
}

function countsOf(partitions: readonly Partition[], flights: View['flights']): Map<number, number> {
  const counts = new Map<number, number>();
  for (const partition of partitions) {
    for (const nodeId of destinationOf(partition, flights.get(nameOf(partition)))) {
      counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
    }
  }
  return counts;
}

/** Unregistered brokers as well: Kafka takes no assignment that names one. */
export function isGone(nodeId: number, { leaving, racks }: View): boolean {
  return leaving.has(nodeId) || !racks.has(nodeId);
}

export function isAffected(partition: Partition, { leaving, flights }: View): boolean {
  const adding = flights.get(nameOf(partition))?.adding ?? [];
  return [...partition.replicas, ...adding].some((nodeId) => leaving.has(nodeId));
}

/** A partition that is to be elsewhere than where it is, or than where it is on its way to. */
export interface Job {
  partition: Partition;
  replicas: readonly number[];
  leavers: readonly number[];
  flying: boolean;
  /** Undefined while no broker that has it answers. */
  bytes: number | undefined;
}

/** A partition on its way is left alone, unless it is on its way to a broker that leaves. */
export function jobOf(partition: Partition, view: View): Job[] {
  const name = nameOf(partition);
  const flight = view.flights.get(name);
  const replicas = destinationOf(partition, flight);
  const leavers = replicas.filter((nodeId) => isGone(nodeId, view));
  const isWrong = (nodeId: number) =>
    flight === undefined ? !isNews(nodeId, name, view) : flight.adding.includes(nodeId);
  if (!leavers.some(isWrong)) return [];
  return [{ partition, replicas, leavers, flying: flight !== undefined, bytes: view.sizes.whole.get(name) }];
}

/**
 * A broker that answers has nothing of the partition: it has moved away, and not every broker has heard of it. Whoever
 * has not still counts the old replica beside the new one, which may be more than there are brokers for.
 */
function isNews(nodeId: number, name: string, { disks, sizes }: View): boolean {
  const dirs = disks.get(nodeId) ?? [];
  return dirs.length > 0 && dirs.every(({ failed }) => !failed) && sizes.held.get(nodeId)?.has(name) === false;
}

/** Also where the view of the partitions is older than that of the reassignments. */
export function destinationOf({ replicas }: Partition, flight: Reassignment | undefined): number[] {
  if (flight === undefined) return replicas;
  const all = [...new Set([...replicas, ...flight.adding])];
  return all.filter((nodeId) => !flight.removing.includes(nodeId));
}

/** Nobody could copy it from a leader that is not there, and it would be on its way for ever. */
export function isMovable(job: Job): job is Job & { bytes: number } {
  return job.partition.leader >= 0 && job.bytes !== undefined;
}

export type Movable = Job & { bytes: number };

/** What of a partition a broker does not have yet. */
export function missingAt(nodeId: number, name: string, { whole, held }: Sizes): number | undefined {
  const bytes = whole.get(name);
  return bytes === undefined ? undefined : bytes - (held.get(nodeId)?.get(name) ?? 0);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function sumIfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : sum(known);
}
