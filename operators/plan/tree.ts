/** A plan as the tree that DC/OS users remember. */
import type { PlanStatus } from '../../crds/status.ts';

/**
 * ```
 * deploy (Serial strategy) (InProgress)
 * └─ kafka (parallel strategy) (InProgress)
 *    ├─ demo-kafka-0:[start] (Complete)
 *    └─ demo-kafka-1:[start] (InProgress) waits for its volume
 * ```
 */
export function planTree(plan: PlanStatus): string {
  const lines = [`${plan.name} (${plan.strategy} strategy) (${plan.status})`];
  plan.phases.forEach((phase, index) => {
    const last = index === plan.phases.length - 1;
    lines.push(`${last ? '└─' : '├─'} ${phase.name} (${phase.strategy} strategy) (${phase.status})`);
    phase.steps.forEach((step, stepIndex) => {
      const branch = stepIndex === phase.steps.length - 1 ? '└─' : '├─';
      const message = step.message === undefined ? '' : ` ${step.message}`;
      lines.push(`${last ? '   ' : '│  '}${branch} ${step.name} (${step.status})${message}`);
    });
  });
  return lines.join('\n');
}
