/** Conditions as kstatus reads them (cli-utils pkg/kstatus): Ready always, Reconciling and Stalled only while True. */
import type { Condition } from '../../crds/status.ts';

export interface Statement {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
}

/** A condition keeps its transition time for as long as its status stays the same. */
export function conditionsOf(
  statements: Statement[],
  previous: readonly Condition[],
  generation: number,
  now: string,
): Condition[] {
  return statements.map((statement) => {
    const old = previous.find((condition) => condition.type === statement.type);
    const lastTransitionTime = old?.status === statement.status ? old.lastTransitionTime : now;
    return {
      ...statement,
      // What is cut in the middle of a character is nothing that the API server takes.
      message: statement.message.slice(0, 4000).toWellFormed(),
      lastTransitionTime,
      observedGeneration: generation,
    };
  });
}

export function isTrue(conditions: readonly Condition[], type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}
