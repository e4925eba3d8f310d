/** What a decision costs where there is much to look at; without a cluster. */
import { preferredAway, restartRisk, underReplicated } from '../../operators/kafka/restart-risk.ts';
import { clusterOf } from '../../operators/kafka/testing/kafka.ts';
import { type Large, partitionsOn } from './large.ts';

export interface Decision {
  what: string;
  /** The median of some rounds. */
  milliseconds: number;
}

const rounds = 21;

export function timeDecisions(services: readonly Large[]): Decision[] {
  const nodeIds = Array.from({ length: 100 }, (_, nodeId) => nodeId);
  const partitions = partitionsOn(nodeIds);
  const { brokers, quorum } = clusterOf({ brokers: nodeIds });
  const controllers = new Set([0, 1, 2]);
  const restart = { nodeIds: new Set([1]), brokers, partitions, quorum, controllers, unreplicated: 'Wait' } as const;
  const many = partitions.length.toLocaleString('en');
  return [
    median(`may this broker go down, ${many} partitions`, () => restartRisk(restart)),
    median(`what is under-replicated, ${many} partitions`, () => underReplicated(partitions)),
    median(`what is to go back to a leader, ${many} partitions`, () => preferredAway(1, partitions)),
    ...services.map(({ what, plan }) => median(`all plans of ${what}`, plan)),
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
