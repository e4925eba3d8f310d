/** What plans have come to: a bounded list in status, newest first. */
import type { FinishedPlan, PlanStatus } from '../../crds/status.ts';

/** How many finished plans are kept. */
const kept = 10;

/**
 * Compares what status shows with what is to be shown: a plan that had something to do and has nothing any more is
 * finished. `ended` says how a plan ended that is no longer there.
 */
export function nextHistory(
  before: readonly PlanStatus[],
  after: readonly PlanStatus[],
  history: readonly FinishedPlan[],
  now: string,
): FinishedPlan[] {
  const finished = before.flatMap((plan) => {
    const next = after.find((candidate) => candidate.name === plan.name);
    const end = ending(plan, next);
    return end === undefined ? [] : [finish(plan, end, now)];
  });
  return [...finished, ...history].slice(0, kept);
}

type Ending = Pick<FinishedPlan, 'outcome' | 'message'>;

function ending(plan: PlanStatus, next: PlanStatus | undefined): Ending | undefined {
  if (plan.status === 'Complete' || plan.startedAt === undefined) return undefined;
  if (next === undefined) return { outcome: endsUnseen(plan) ? 'Complete' : 'Cancelled' };
  if (next.revision !== plan.revision) {
    return { outcome: 'Superseded', message: `by revision ${next.revision}: ${standing(plan)}` };
  }
  return next.status === 'Complete' ? { outcome: 'Complete' } : undefined;
}

/**
 * A recovery ends by there being nothing left to mend, certificates by everybody presenting what is wanted, a superuser
 * by applications having what its Secret says, and listeners by the status that shows their last steps; an operation that
 * is not done can only have been deleted.
 */
function endsUnseen({ name, phases }: PlanStatus): boolean {
  if (name === 'recovery' || name === 'certificates' || name === 'superuser') return true;
  const last = phases.flatMap(({ steps }) => steps.slice(-1));
  return name === 'listeners' && last.every(({ status }) => status === 'Starting' || status === 'Complete');
}

/** Where a plan stood, in one line. */
export function standing(plan: PlanStatus): string {
  const steps = plan.phases.flatMap((phase) => phase.steps);
  const step = steps.find(({ status }) => status === 'Error') ?? steps.find(({ status }) => status !== 'Complete');
  if (step === undefined) return plan.status;
  return `${step.name} was ${step.status}${step.message === undefined ? '' : `: ${step.message}`}`
    .slice(0, 300)
    .toWellFormed();
}

function finish(plan: PlanStatus, end: Ending, now: string): FinishedPlan {
  const startedAt = plan.startedAt ?? now;
  return {
    name: plan.name,
    ...(plan.revision === undefined ? {} : { revision: plan.revision }),
    ...end,
    startedAt,
    finishedAt: now,
    seconds: Math.max(0, Math.round((Date.parse(now) - Date.parse(startedAt)) / 1000)),
    steps: plan.phases.reduce((sum, phase) => sum + phase.steps.length, 0),
  };
}
