/** Plans as metrics: what a dashboard shows of a service's changes. */
import { Gauge, type Registry } from 'prom-client';

export interface PlanOwner {
  kind: string;
  namespace: string;
  name: string;
}

export interface PlanGauge {
  plan: string;
  status: string;
  /** Status to number of steps. */
  steps: Record<string, number>;
}

export interface PlanMetrics {
  /**
   * Replaces all that is shown of this service; no plans, no series. `statuses`: every status there can be, so that
   * a series falls to 0 instead of vanishing when its plan moves on.
   */
  show(owner: PlanOwner, plans: PlanGauge[], statuses: readonly string[]): void;
}

const labelNames = ['kind', 'namespace', 'name', 'plan', 'status'] as const;
type Labels = Record<(typeof labelNames)[number], string>;

export function planMetrics(registry: Registry): PlanMetrics {
  const status = new Gauge({
    name: 'stateward_plan_status',
    help: 'Status of each plan: 1 for the current status, 0 for every other',
    labelNames,
    registers: [registry],
  });
  const steps = new Gauge({
    name: 'stateward_plan_steps',
    help: 'Steps of each plan by their status',
    labelNames,
    registers: [registry],
  });
  const shown = new Map<string, Labels[]>();

  const hide = (owner: string): void => {
    for (const labels of shown.get(owner) ?? []) {
      status.remove(labels);
      steps.remove(labels);
    }
    shown.delete(owner);
  };

  const show: PlanMetrics['show'] = (owner, plans, statuses) => {
    const id = `${owner.kind}/${owner.namespace}/${owner.name}`;
    hide(id);
    for (const each of plans) {
      const series = statuses.map((value): Labels => ({ ...owner, plan: each.plan, status: value }));
      shown.set(id, [...(shown.get(id) ?? []), ...series]);
      for (const labels of series) {
        status.set(labels, labels.status === each.status ? 1 : 0);
        steps.set(labels, each.steps[labels.status] ?? 0);
      }
    }
  };
  return { show };
}
