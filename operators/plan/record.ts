/** How a plan is written to `status.plans` and summed up in one line. */
import type { PhaseStatus, PlanStatus, StepStatus } from '../../crds/status.ts';
import { standing } from './history.ts';
import { currentStep, type Plan, type Step, stepsOf } from './plan.ts';

/** Longest message kept for one step, in characters: 500 members must fit in one object. */
const messageLimit = 400;

/** `previous` is what status shows now: a step that has not changed keeps its `since`. */
export function recordPlan(plan: Plan<unknown>, previous: PlanStatus | undefined, now: string): PlanStatus {
  const phases = plan.phases.map((phase) => {
    const before = previous?.phases.find((candidate) => candidate.name === phase.name);
    const steps = phase.steps.map((step) => recordStep(step, before, now));
    return { name: phase.name, strategy: phase.strategy, status: phase.status, steps };
  });
  const { name, revision, strategy, status } = plan;
  const message = superseding(plan, previous);
  const startedAt = beginning(plan, previous, now);
  return {
    name,
    revision,
    strategy,
    status,
    ...(message === undefined ? {} : { message }),
    ...(startedAt === undefined ? {} : { startedAt }),
    phases,
  };
}

/** A plan begins when it first has something to do. */
function beginning(plan: Plan<unknown>, previous: PlanStatus | undefined, now: string): string | undefined {
  const same = previous?.revision === plan.revision ? previous : undefined;
  if (plan.status === 'Complete') return same?.startedAt;
  return (same?.status === 'Complete' ? undefined : same?.startedAt) ?? now;
}

/** Said for as long as the plan has something to do. */
function superseding(plan: Plan<unknown>, previous: PlanStatus | undefined): string | undefined {
  if (plan.status === 'Complete' || previous?.revision === undefined) return undefined;
  if (previous.revision === plan.revision) return previous.message;
  if (previous.status === 'Complete') return undefined;
  return `takes the place of revision ${previous.revision}: ${standing(previous)}`;
}

function recordStep(step: Step<unknown>, before: PhaseStatus | undefined, now: string): StepStatus {
  const { name, status, reason, member } = step;
  const old = before?.steps.find((candidate) => candidate.name === name);
  const since = step.since ?? (old?.status === status ? old.since : undefined) ?? now;
  const message = step.message.slice(0, messageLimit).toWellFormed();
  const isHeldBack = status === 'Waiting' || status === 'Pending';
  return {
    name,
    status,
    reason,
    ...(member === undefined ? {} : { member }),
    ...(message === '' ? {} : { message }),
    ...(isHeldBack && hasBegun(old) ? { begun: true } : {}),
    since,
  };
}

/** The step has done something that it has yet to end; said of one that is held back again, too. */
export function hasBegun(step: StepStatus | undefined): boolean {
  return step?.begun === true || ['Starting', 'InProgress', 'Error'].includes(step?.status ?? '');
}

/** For instance `deploy InProgress 3/7`: the printer column. */
export function summarizePlans(plans: readonly Plan<unknown>[]): string {
  const shown = plans.find((plan) => plan.status !== 'Complete') ?? plans[0];
  if (shown === undefined) return '';
  const steps = stepsOf(shown);
  const complete = steps.filter((step) => step.status === 'Complete').length;
  // An operation may have a name of 253 characters.
  return `${shown.name.slice(0, 200)} ${shown.status} ${complete}/${steps.length}`;
}

/** One sentence on what a plan is doing, for conditions and events. */
export function describePlan(plan: Plan<unknown>): string {
  const step = currentStep(plan);
  if (step === undefined) return `plan ${plan.name} is complete`;
  return step.message === '' ? `${step.name}: ${step.status}` : `${step.name}: ${step.message}`;
}
