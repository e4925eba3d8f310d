/** How a plan is written to `status.plans` and summed up in one line. */
import type { PhaseStatus, PlanStatus, StepStatus } from '../../crds/status.ts';
import { currentStep, type Plan, type Step } from './plan.ts';

/** Longest message kept for one step, in characters: 500 members must fit in one object. */
const messageLimit = 400;

/** `previous` is what status shows now: a step that has not changed keeps its `since`. */
export function recordPlan(plan: Plan<unknown>, previous: PlanStatus | undefined, now: string): PlanStatus {
  const phases = plan.phases.map((phase) => {
    const before = previous?.phases.find((candidate) => candidate.name === phase.name);
    const steps = phase.steps.map((step) => recordStep(step, before, now));
    return { name: phase.name, strategy: phase.strategy, status: phase.status, steps };
  });
  return { name: plan.name, strategy: plan.strategy, status: plan.status, phases };
}

function recordStep(step: Step<unknown>, before: PhaseStatus | undefined, now: string): StepStatus {
  const { name, status, reason } = step;
  const old = before?.steps.find((candidate) => candidate.name === name);
  const since = (old?.status === status ? old.since : undefined) ?? now;
  const message = step.message.slice(0, messageLimit);
  return message === '' ? { name, status, reason, since } : { name, status, reason, message, since };
}

/** For instance `deploy InProgress 3/7`: the printer column. */
export function summarizePlans(plans: readonly Plan<unknown>[]): string {
  const shown = plans.find((plan) => plan.status !== 'Complete') ?? plans[0];
  if (shown === undefined) return '';
  const steps = shown.phases.flatMap((phase) => phase.steps);
  const complete = steps.filter((step) => step.status === 'Complete').length;
  return `${shown.name} ${shown.status} ${complete}/${steps.length}`;
}

/** One sentence on what a plan is doing, for conditions and events. */
export function describePlan(plan: Plan<unknown>): string {
  const step = currentStep(plan);
  if (step === undefined) return `plan ${plan.name} is complete`;
  return step.message === '' ? `${step.name}: ${step.status}` : `${step.name}: ${step.message}`;
}
