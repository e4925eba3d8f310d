/** Topics of one Kafka: who leads, who is in sync, and where every record that was acknowledged lies. */
import type { Move, Partition, PartitionId, Reassignment } from '../../../operators/kafka/admin/admin.ts';
import type { Process } from './kafka-process.ts';
import type { Disk } from './kubelet.ts';

/** Steps from the start of a broker until its replicas are in sync again. */
const syncSteps = 4;

const names = ['__consumer_offsets', 'events'];
const partitionsEach = 3;
const mostReplicas = 3;

interface State extends PartitionId {
  leader: number;
  replicas: number[];
  inSync: number[];
  /** Where it is to be, while it is on its way there; `replicas` are both until then. */
  target: number[] | undefined;
  /** Where it was before that. */
  before: number[];
  /** How many records were acknowledged; each disk in sync has that many. */
  acknowledged: number;
}

/** Brokers that serve, by node id. */
export type Serving = ReadonlyMap<number, Process>;

export class Topics {
  readonly #violate: (what: string) => void;
  #partitions: State[] = [];
  minInSync = 2;

  constructor(violate: (what: string) => void) {
    this.#violate = violate;
  }

  /** By the users of the service, as soon as there are brokers enough. */
  create(brokers: number[]): void {
    if (this.#partitions.length > 0 || brokers.length < mostReplicas) return;
    const sorted = brokers.toSorted((one, other) => one - other);
    for (const topic of names) {
      for (let index = 0; index < partitionsEach; index += 1) {
        const around = sorted.map((_, place) => sorted[(place + index) % sorted.length] ?? 0);
        const replicas = around.slice(0, mostReplicas);
        this.#partitions.push({
          topic,
          index,
          leader: -1,
          replicas,
          inSync: [...replicas],
          target: undefined,
          before: [...replicas],
          acknowledged: 0,
        });
      }
    }
  }

  /** Only a controller changes who leads and who is in sync. */
  step(serving: Serving, controlled: boolean): void {
    for (const partition of this.#partitions) {
      if (controlled) {
        this.#shrink(partition, serving);
        this.#lead(partition, serving);
        grow(partition, serving);
        arrive(partition);
      }
      this.#produce(partition, serving);
    }
  }

  list(): Partition[] {
    return this.#partitions.map(({ topic, index, leader, replicas, inSync }) => ({
      topic,
      index,
      leader,
      replicas: [...replicas],
      inSync: [...inSync],
      minInSync: this.minInSync,
    }));
  }

  /** What has a replica there, or is to have one. */
  heldBy(nodeId: number): string[] {
    return this.#partitions.filter(({ replicas }) => replicas.includes(nodeId)).map(nameOf);
  }

  moves(): Reassignment[] {
    return this.#partitions.flatMap(({ topic, index, target, before, replicas }) => {
      if (target === undefined) return [];
      const adding = target.filter((nodeId) => !before.includes(nodeId));
      return [{ topic, index, adding, removing: replicas.filter((nodeId) => !target.includes(nodeId)) }];
    });
  }

  reassign(moves: readonly Move[]): void {
    for (const { topic, index, replicas } of moves) {
      const partition = this.#partitions.find((each) => each.topic === topic && each.index === index);
      if (partition === undefined) continue;
      if (partition.target === undefined) partition.before = partition.replicas;
      partition.target = replicas ?? partition.before;
      partition.replicas = [...new Set([...partition.target, ...partition.before])];
      partition.inSync = partition.inSync.filter((nodeId) => partition.replicas.includes(nodeId));
    }
  }

  electPreferred(wanted: readonly PartitionId[], serving: Serving): void {
    for (const { topic, index } of wanted) {
      const partition = this.#partitions.find((each) => each.topic === topic && each.index === index);
      const preferred = partition?.replicas[0] ?? -1;
      if (partition?.inSync.includes(preferred) && serving.has(preferred)) partition.leader = preferred;
    }
  }

  /** Partitions that would take no writes any more without this broker, and take them now. */
  harmOfStop(nodeId: number): string[] {
    return this.#partitions
      .filter(({ replicas, inSync }) => inSync.includes(nodeId) && replicas.length > this.minInSync)
      .filter(({ inSync }) => inSync.length <= this.minInSync)
      .map((partition) => `took ${nameOf(partition)} below min ISR by stopping node ${nodeId}`);
  }

  /** Acknowledged records that enough others do not have. */
  harmOfLoss(nodeId: number, serving: Serving): string[] {
    const others = (partition: State): number =>
      partition.inSync.filter((id) => id !== nodeId && hasAll(partition, serving.get(id)?.disk)).length;
    return this.#partitions
      .filter(({ replicas, acknowledged }) => replicas.includes(nodeId) && acknowledged > 0)
      .filter((partition) => others(partition) < Math.min(this.minInSync, partition.replicas.length - 1))
      .map((partition) => `destroyed node ${nodeId}, and ${others(partition)} others have all of ${nameOf(partition)}`);
  }

  #shrink(partition: State, serving: Serving): void {
    const left = partition.inSync.filter((nodeId) => serving.has(nodeId));
    // The last one stays: nobody else may lead without its records.
    partition.inSync = left.length > 0 ? left : partition.inSync.slice(0, 1);
  }

  #lead(partition: State, serving: Serving): void {
    if (serving.has(partition.leader)) return;
    const { replicas, inSync, acknowledged } = partition;
    partition.leader = replicas.find((nodeId) => inSync.includes(nodeId) && serving.has(nodeId)) ?? -1;
    if (partition.leader < 0 || hasAll(partition, serving.get(partition.leader)?.disk)) return;
    this.#violate(
      `lost acknowledged records of ${nameOf(partition)}: node ${partition.leader} has not ${acknowledged}`,
    );
    partition.acknowledged = 0;
  }

  /** One more record, if all that are in sync take it, and if they are enough. */
  #produce(partition: State, serving: Serving): void {
    const { inSync, leader, replicas } = partition;
    if (!serving.has(leader) || !inSync.every((nodeId) => serving.has(nodeId))) return;
    if (inSync.length < Math.min(this.minInSync, replicas.length)) return;
    partition.acknowledged += 1;
    for (const nodeId of inSync) store(partition, serving.get(nodeId)?.disk);
  }
}

function grow(partition: State, serving: Serving): void {
  if (!serving.has(partition.leader)) return;
  for (const nodeId of partition.replicas) {
    const process = serving.get(nodeId);
    if (process === undefined || partition.inSync.includes(nodeId) || process.age < syncSteps) continue;
    partition.inSync = [...partition.inSync, nodeId];
    store(partition, process.disk);
  }
}

/** The move ends when all that are to have it have it. */
function arrive(partition: State): void {
  const { target, inSync } = partition;
  if (target === undefined || !target.every((nodeId) => inSync.includes(nodeId))) return;
  partition.replicas = target;
  partition.inSync = target;
  partition.target = undefined;
  if (!target.includes(partition.leader)) partition.leader = target[0] ?? -1;
}

function store(partition: State, disk: Disk | undefined): void {
  disk?.set(nameOf(partition), String(partition.acknowledged));
}

function hasAll(partition: State, disk: Disk | undefined): boolean {
  return Number(disk?.get(nameOf(partition)) ?? 0) >= partition.acknowledged;
}

function nameOf({ topic, index }: PartitionId): string {
  return `${topic}-${index}`;
}
