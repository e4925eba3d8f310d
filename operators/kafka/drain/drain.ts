/** Pure: which replicas go from brokers that leave to which brokers that stay, a bounded number of them at a time. */
import { counted, listed } from '../../plan/listed.ts';
import type { Broker, Move, Partition } from '../admin/admin.ts';
import { nameOf } from '../restart-risk.ts';
import { type Placed, place, reserve, targetsOf } from './targets.ts';
import {
  type DrainInput,
  destinationOf,
  isAffected,
  isGone,
  isMovable,
  type Job,
  jobOf,
  type Movable,
  missingAt,
  sum,
  sumIfKnown,
  type View,
  viewOf,
} from './view.ts';

export type { DrainInput };

/** What may be on its way at one moment, in the whole cluster. A partition with more bytes than that goes alone. */
export interface DrainLimits {
  partitions: number;
  bytes: number;
}

/** `partitions` have, or are about to have, a replica on a broker that leaves. */
export type Drain =
  | { kind: 'Empty' }
  /** To be begun now. `bytes` are still to be copied in all; undefined while nobody knows. */
  | { kind: 'Moves'; moves: Move[]; partitions: number; bytes: number | undefined }
  /** As much as may be is on its way. */
  | { kind: 'Moving'; partitions: number; bytes: number | undefined }
  /** Nothing is on its way, and nothing can be begun now. */
  | { kind: 'Waiting'; partitions: number; message: string }
  /** It cannot end as things are. */
  | { kind: 'Refused'; message: string };

const nothingNew: DrainLimits = { partitions: 0, bytes: 0 };

/** Our throttle: Kafka's own would have to be set and taken back on every broker and topic (KIP-73). */
const usualLimits: DrainLimits = { partitions: 100, bytes: 20 * 2 ** 30 };

export function drainMoves(input: DrainInput, limits: DrainLimits = usualLimits): Drain {
  const view = viewOf(input);
  const affected = input.partitions.filter((partition) => isAffected(partition, view));
  if (affected.length === 0) return ownWord(input);
  const jobs = affected.flatMap((partition) => jobOf(partition, view));
  const targets = targetsOf(view);
  const absent = view.staying.filter(({ nodeId }) => !targets.some((target) => target.nodeId === nodeId));
  const { placed, homeless } = place(jobs.filter(isMovable), targets, absent, view);
  const trouble = tooFewBrokers(jobs, view) ?? (absent.length === 0 ? tooLittleSpace(homeless) : undefined);
  const flying = affected.some((partition) => view.flights.has(nameOf(partition)));
  if (trouble !== undefined && !flying) return { kind: 'Refused', message: trouble };
  const moves = batchOf(placed, view, trouble === undefined ? limits : nothingNew);
  const rest = { partitions: affected.length, bytes: bytesLeft(affected, view) };
  if (moves.length > 0) return { kind: 'Moves', moves, ...rest };
  if (flying || placed.length > 0) return { kind: 'Moving', ...rest };
  return { kind: 'Waiting', partitions: rest.partitions, message: obstacles(jobs, absent) };
}

/** No partition says so any more. A broker that answers is believed only once it says the same. */
function ownWord({ leaving, disks }: DrainInput): Drain {
  const dirs = [...disks].filter(([nodeId]) => leaving.has(nodeId)).flatMap(([, own]) => own);
  const names = dirs.flatMap(({ replicas }) => replicas.map(nameOf));
  if (names.length === 0) return { kind: 'Empty' };
  const message = `what has moved away is still on the disks of the brokers that leave: ${listed(names)}`;
  return { kind: 'Waiting', partitions: names.length, message };
}

function tooFewBrokers(jobs: readonly Job[], { staying }: View): string | undefined {
  const topics = new Map<string, { topic: string; replicas: number; brokers: number }>();
  for (const { partition, replicas, leavers } of jobs) {
    const others = staying.filter(({ nodeId }) => !replicas.includes(nodeId)).length;
    const { topic } = partition;
    if (others >= leavers.length || replicas.length <= (topics.get(topic)?.replicas ?? 0)) continue;
    topics.set(topic, { topic, replicas: replicas.length, brokers: replicas.length - leavers.length + others });
  }
  if (topics.size === 0) return undefined;
  const names = listed([...topics.values()], ({ topic, replicas, brokers }) => {
    return `topic ${topic} has ${replicas} replicas and ${counted(brokers, 'broker')} would be left`;
  });
  const needed = Math.max(...[...topics.values()].map(({ replicas }) => replicas));
  return `${names}: lower ${topics.size === 1 ? 'its' : 'their'} replicas, or keep ${counted(needed, 'broker')}`;
}

/** What is on its way to the wrong place at once; the rest as far as the limits go, in order, so that all have a turn. */
function batchOf(placed: readonly Placed[], view: View, limits: DrainLimits): Move[] {
  const turned = placed.filter(({ flying }) => flying);
  let partitions = view.reassignments.length;
  let bytes = sum([...view.flights.keys()].map((name) => flightBytes(name, view) ?? 0));
  const begun: Placed[] = [];
  for (const job of placed.filter(({ flying }) => !flying)) {
    const more = job.bytes * job.leavers.length;
    if (partitions >= limits.partitions || (partitions > 0 && bytes + more > limits.bytes)) break;
    begun.push(job);
    partitions += 1;
    bytes += more;
  }
  return [...turned, ...begun].map(({ partition: { topic, index }, to }) => ({ topic, index, replicas: to }));
}

function flightBytes(name: string, { flights, sizes }: View): number | undefined {
  return sumIfKnown((flights.get(name)?.adding ?? []).map((nodeId) => missingAt(nodeId, name, sizes)));
}

function bytesLeft(affected: readonly Partition[], view: View): number | undefined {
  return sumIfKnown(
    affected.flatMap((partition) => {
      const name = nameOf(partition);
      const flight = view.flights.get(name);
      const leavers = destinationOf(partition, flight).filter((nodeId) => isGone(nodeId, view));
      const whole = leavers.map(() => view.sizes.whole.get(name));
      return flight === undefined || leavers.length > 0 ? whole : [flightBytes(name, view)];
    }),
  );
}

function tooLittleSpace(homeless: readonly Movable[]): string | undefined {
  if (homeless.length === 0) return undefined;
  const names = listed(homeless, ({ partition, bytes }) => `${nameOf(partition)} (${told(bytes)})`);
  const what = counted(homeless.length, 'partition');
  const rule = `${reserve} % of each disk are to stay free`;
  return `no broker that stays has room for ${what}: ${names}; ${rule}: raise the size of their volumes, or keep more brokers`;
}

function obstacles(jobs: readonly Job[], absent: readonly Broker[]): string {
  const leaderless = jobs.filter(({ partition }) => partition.leader < 0).map(({ partition }) => nameOf(partition));
  const unknown = jobs.filter(({ partition, bytes }) => partition.leader >= 0 && bytes === undefined);
  const brokers = absent.map(({ nodeId }) => nodeId).sort((one, other) => one - other);
  const all = [
    ...(leaderless.length > 0 ? [`without a leader nothing can be copied: ${listed(leaderless)}`] : []),
    ...(unknown.length > 0
      ? [`no broker says how large these are: ${listed(unknown, ({ partition }) => nameOf(partition))}`]
      : []),
    ...(brokers.length > 0
      ? [`brokers that are to take replicas do not serve or do not answer: ${listed(brokers)}`]
      : []),
  ];
  return all.length > 0 ? all.join('; ') : 'the brokers do not agree yet on where partitions are';
}

function told(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
