/** The user's hand on a plan: what is paused, what may run all the same, what counts as complete. */
import type { Control } from '../../crds/common.ts';
import type { PhaseDraft, PlanDraft, Progress, StepDraft } from './plan.ts';

/** As `spec.control` names a step; a plan of another revision has other steps. */
export function stepId(plan: { name: string; revision: string }, phase: string, step: string): string {
  return `${plan.name}/${phase}/${step}@${plan.revision}`;
}

/** A pause holds back steps that have not begun; what is begun is finished. */
export function underControl<Action>(draft: PlanDraft<Action>, control: Control): PlanDraft<Action> {
  return { ...draft, phases: draft.phases.map((phase) => controlPhase(draft, phase, control)) };
}

function controlPhase<Action>(
  plan: PlanDraft<Action>,
  phase: PhaseDraft<Action>,
  control: Control,
): PhaseDraft<Action> {
  const pause = [plan.name, `${plan.name}/${phase.name}`].find((entry) => control.paused?.includes(entry));
  const steps = phase.steps.map((step): StepDraft<Action> => {
    const id = stepId(plan, phase.name, step.name);
    if (control.completed?.includes(id)) return { ...step, progress: { kind: 'Complete' } };
    if (pause === undefined || control.allowed?.includes(id)) return step;
    return { ...step, progress: held(step.progress, `paused by spec.control.paused: ${pause}`) };
  });
  return { ...phase, steps };
}

/** The same progress, unless it would begin something. */
export function held<Action>(progress: Progress<Action>, message: string): Progress<Action> {
  return progress.kind === 'Due' && progress.midway !== true ? { kind: 'Waiting', message } : progress;
}
