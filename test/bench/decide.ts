/** What a decision costs where there is much to look at; without a cluster. */
import { preferredAway, restartRisk, underReplicated } from '../../operators/kafka/restart-risk.ts';

export interface Decision {
  what: string;
  /** The median of some rounds. */
  milliseconds: number;
}

const rounds = 21;
const brokers = Array.from({ length: 100 }, (_, nodeId) => ({ nodeId, rack: 'a', fenced: false }));

export function timeDecisions(): Decision[] {
  const partitions = Array.from({ length: 10_000 }, (_, index) => {
    const replicas = [0, 1, 2].map((step) => (index + step * 7) % brokers.length);
    return { topic: `topic-${index % 500}`, index, leader: replicas[0] ?? 0, replicas, inSync: replicas, minInSync: 2 };
  });
  const voters = [0, 1, 2].map((nodeId) => ({
    nodeId,
    directoryId: 'x',
    logEndOffset: 1n,
    lastCaughtUp: 1n,
    lastFetch: 1n,
  }));
  const quorum = { leaderId: 0, highWatermark: 1n, voters, observers: [] };
  const restart = { nodeIds: new Set([1]), brokers, partitions, quorum, controllers: new Set([0, 1, 2]) };
  return [
    median('may this broker go down, 10,000 partitions', () => restartRisk({ ...restart, unreplicated: 'Wait' })),
    median('what is under-replicated, 10,000 partitions', () => underReplicated(partitions)),
    median('what is to go back to a leader, 10,000 partitions', () => preferredAway(1, partitions)),
  ];
}

function median(what: string, decide: () => unknown): Decision {
  const times = Array.from({ length: rounds }, () => {
    const from = performance.now();
    decide();
    return performance.now() - from;
  });
  return { what, milliseconds: times.toSorted((one, other) => one - other)[(rounds - 1) / 2] ?? Number.NaN };
}
