/** Pure: which brokers get another copy of a partition, or give one up. */
import type { Broker, Move } from '../admin/admin.ts';
import type { KnownTopic } from '../admin/topic-admin.ts';

type Partition = KnownTopic['partitions'][number];

/** How many replicas each broker has, of all topics; counts what is chosen here, too. */
export type Load = Map<number, number>;

/**
 * Moves that give each partition so many copies: new ones in racks that have none yet, then where there are few; those
 * that go are in racks with several, then where there are many. The preferred leader stays. Answers undefined if there
 * are too few brokers.
 */
export function resized(
  topic: string,
  partitions: readonly Partition[],
  copies: number,
  brokers: readonly Broker[],
  load: Load,
): Move[] | undefined {
  const serving = brokers.filter(({ fenced }) => !fenced);
  const moves = partitions
    .filter(({ replicas }) => replicas.length !== copies)
    .map(({ index, replicas }) => ({ topic, index, replicas: resize(replicas, copies, serving, load) }));
  return moves.some(({ replicas }) => replicas.length < copies) ? undefined : moves;
}

function resize(replicas: readonly number[], copies: number, brokers: readonly Broker[], load: Load): number[] {
  const chosen = [...replicas];
  while (chosen.length < copies) {
    const next = best(
      brokers.filter(({ nodeId }) => !chosen.includes(nodeId)),
      chosen,
      brokers,
      load,
    );
    if (next === undefined) return chosen;
    chosen.push(next);
    load.set(next, (load.get(next) ?? 0) + 1);
  }
  while (chosen.length > copies) {
    const last = worst(chosen.slice(1), chosen, brokers, load);
    chosen.splice(chosen.indexOf(last), 1);
    load.set(last, (load.get(last) ?? 0) - 1);
  }
  return chosen;
}

function best(
  candidates: readonly Broker[],
  chosen: readonly number[],
  brokers: readonly Broker[],
  load: Load,
): number | undefined {
  const [first] = candidates.toSorted(
    (one, other) =>
      sharing(one.nodeId, chosen, brokers) - sharing(other.nodeId, chosen, brokers) ||
      (load.get(one.nodeId) ?? 0) - (load.get(other.nodeId) ?? 0) ||
      one.nodeId - other.nodeId,
  );
  return first?.nodeId;
}

function worst(
  candidates: readonly number[],
  chosen: readonly number[],
  brokers: readonly Broker[],
  load: Load,
): number {
  const [first] = candidates.toSorted(
    (one, other) =>
      sharing(other, chosen, brokers) - sharing(one, chosen, brokers) ||
      (load.get(other) ?? 0) - (load.get(one) ?? 0) ||
      other - one,
  );
  return first ?? -1;
}

/** How many others of them are in the rack of this one; a broker that is gone shares none. */
function sharing(nodeId: number, chosen: readonly number[], brokers: readonly Broker[]): number {
  const rackOf = (id: number): string | undefined => brokers.find((broker) => broker.nodeId === id)?.rack;
  const rack = rackOf(nodeId);
  if (rack === undefined) return 0;
  return chosen.filter((other) => other !== nodeId && rackOf(other) === rack).length;
}
