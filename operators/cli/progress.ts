/** How far a plan is, in one line that changes only when something moves. */
import type { PlanStatus } from '../../crds/status.ts';

/** For instance `deploy InProgress 3/7, orders-kafka-1:[start]: waits for its volume`. */
export function progressOf({ name, status, phases }: PlanStatus): string {
  const steps = phases.flatMap((phase) => phase.steps);
  const complete = steps.filter((step) => step.status === 'Complete').length;
  const current = steps.find((step) => step.status === 'Error') ?? steps.find((step) => step.status !== 'Complete');
  const what = current === undefined ? '' : `, ${current.name}: ${current.message ?? current.status}`;
  return `${name} ${status} ${complete}/${steps.length}${what}`;
}
