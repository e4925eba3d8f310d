/**
 * The language of change: a plan has phases, a phase has steps. Always these three levels, as in DC/OS.
 *
 * A product describes each step by what it sees now (`StepDraft`); `arrangePlan` applies the strategies, so that a step
 * whose turn has not come shows `Pending` and offers no action. Plans are computed anew at each reconcile and never
 * stored as truth.
 */
import { aggregate, type Status } from './status.ts';

/** Why a step is there. A closed set: programs and alerts match on it. */
export type StepReason =
  | 'FirstSetup'
  | 'SpecChanged'
  | 'OperatorUpgraded'
  | 'VolumeResize'
  | 'MemberFailed'
  | 'MemberLost'
  | 'ScaleOut'
  | 'ScaleIn'
  | 'CertificateReplaced'
  | 'PasswordChanged'
  | 'OperationRequested';

export type Strategy = 'Serial' | 'Parallel';

/** What is true of a step at this moment, before strategies have their say. */
export type Progress<Action> =
  | { kind: 'Complete' }
  /** Under way; nothing to do but wait. */
  | { kind: 'InProgress'; message: string }
  /** Could go on by this action. */
  | {
      kind: 'Due';
      action: Action;
      message: string;
      /** The step has begun before: what is begun is finished, also when its plan is paused. */
      midway?: true;
    }
  /** Held back by something that must change first. */
  | { kind: 'Waiting'; message: string }
  /** Cannot go on without a new spec or a person. */
  | { kind: 'Error'; message: string };

export interface StepDraft<Action> {
  name: string;
  reason: StepReason;
  progress: Progress<Action>;
  /** The member that the step touches: no other step touches it at the same time. */
  member?: string;
  /** The step takes its member down, from its action until it is complete. */
  disruptive?: true;
  /** Since when it is there, where that counts for more than since when it stands as it does; ISO 8601. */
  since?: string;
}

export interface PhaseDraft<Action> {
  name: string;
  strategy: Strategy;
  steps: StepDraft<Action>[];
}

export interface PlanDraft<Action> {
  /** `deploy`, `recovery`, `decommission`, or the name of the operation that it carries out. */
  name: string;
  /** What the plan leads to: another spec, or another operation, has another one. */
  revision: string;
  strategy: Strategy;
  phases: PhaseDraft<Action>[];
}

export interface Step<Action> extends Pick<StepDraft<Action>, 'name' | 'reason' | 'member' | 'disruptive' | 'since'> {
  status: Status;
  message: string;
  /** Present exactly where the strategy lets the step start now. */
  action?: Action;
  /** It has begun before. */
  midway?: true;
}

export interface Phase<Action> {
  name: string;
  strategy: Strategy;
  status: Status;
  steps: Step<Action>[];
}

export interface Plan<Action> {
  name: string;
  revision: string;
  strategy: Strategy;
  status: Status;
  phases: Phase<Action>[];
}

/** Applies the strategies: in a serial plan or phase only the first incomplete element may act. */
export function arrangePlan<Action>(draft: PlanDraft<Action>): Plan<Action> {
  let open = true;
  const phases = draft.phases.map((phase) => {
    const arranged = arrangePhase(phase, open);
    if (draft.strategy === 'Serial' && arranged.status !== 'Complete') open = false;
    return arranged;
  });
  const { name, revision, strategy } = draft;
  return { name, revision, strategy, status: aggregate(phases.map((phase) => phase.status)), phases };
}

function arrangePhase<Action>(draft: PhaseDraft<Action>, phaseOpen: boolean): Phase<Action> {
  let open = phaseOpen;
  const steps = draft.steps.map((step) => {
    const arranged = arrangeStep(step, open);
    if (draft.strategy === 'Serial' && arranged.status !== 'Complete') open = false;
    return arranged;
  });
  const { name, strategy } = draft;
  return { name, strategy, status: aggregate(steps.map((step) => step.status)), steps };
}

function arrangeStep<Action>(draft: StepDraft<Action>, open: boolean): Step<Action> {
  const { progress, ...about } = draft;
  const shown = (status: Status, message: string): Step<Action> => ({ ...about, status, message });
  switch (progress.kind) {
    case 'Complete':
      return shown('Complete', '');
    case 'Error':
      return shown('Error', progress.message);
    case 'InProgress':
      return shown('InProgress', progress.message);
    case 'Waiting':
      return open ? shown('Waiting', progress.message) : shown('Pending', '');
    case 'Due':
      if (progress.midway) return { ...shown('Starting', progress.message), action: progress.action, midway: true };
      return open ? { ...shown('Starting', progress.message), action: progress.action } : shown('Pending', '');
    default:
      return progress satisfies never;
  }
}

/** The plan with each step as `change` leaves it; the parents' statuses follow. */
export function changeSteps<Action>(
  plan: Plan<Action>,
  change: (step: Step<Action>, plan: Plan<Action>) => Step<Action>,
): Plan<Action> {
  const phases = plan.phases.map((phase) => {
    const steps = phase.steps.map((step) => change(step, plan));
    return { ...phase, steps, status: aggregate(steps.map((step) => step.status)) };
  });
  return { ...plan, phases, status: aggregate(phases.map((phase) => phase.status)) };
}

/** The phases without the steps that touch one of these members. */
export function withoutMembers<Action>(
  phases: readonly PhaseDraft<Action>[],
  members: ReadonlySet<string | undefined>,
): PhaseDraft<Action>[] {
  const stays = ({ member }: StepDraft<Action>): boolean => member === undefined || !members.has(member);
  return phases.map((phase) => ({ ...phase, steps: phase.steps.filter(stays) }));
}

export function stepsOf<Action>(plan: Plan<Action>): Step<Action>[] {
  return plan.phases.flatMap((phase) => phase.steps);
}

/** The actions that may run now, in the order of the plan. */
export function dueActions<Action>(plan: Plan<Action>): Action[] {
  return stepsOf(plan).flatMap((step) => (step.action === undefined ? [] : [step.action]));
}

/** The first step that keeps the plan from being complete: what a person wants to read first. */
export function currentStep<Action>(plan: Plan<Action>): Step<Action> | undefined {
  const steps = stepsOf(plan);
  return steps.find((step) => step.status === 'Error') ?? steps.find((step) => step.status !== 'Complete');
}
