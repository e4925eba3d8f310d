/** Pure: what is left to do of each operation. */
import type { ServiceOperationStatus } from '../../../crds/service-operation.ts';
import { held } from '../../plan/control.ts';
import type { PhaseDraft, PlanDraft, Progress, StepDraft } from '../../plan/plan.ts';
import type { MemberView } from '../members/members.ts';
import type { WorkloadAction } from '../members/steps.ts';
import {
  type RestartService,
  type RestartWish,
  restartName,
  restartPhase,
  restartProgress,
  shownStep,
} from '../restart.ts';
import { type Operation, wantedMembers } from './operations.ts';
import { pauseProgress } from './pause.ts';
import { destroyProgress, rebuildProgress } from './replace.ts';

type Target = NonNullable<ServiceOperationStatus['targets']>[number];

/** An operation that is done stays done: what became of the members later is not its business. */
export function operationPlan<Member extends MemberView, Action>(
  operation: Operation,
  service: RestartService<Member, Action>,
): PlanDraft<Action | WorkloadAction> {
  const { name, uid } = operation;
  const phases = phasesOf(operation, service).map((phase) => heldPhase(phase, operation));
  return { name, revision: uid.slice(0, 10), strategy: 'Serial', phases };
}

function phasesOf<Member extends MemberView, Action>(
  operation: Operation,
  service: RestartService<Member, Action>,
): PhaseDraft<Action | WorkloadAction>[] {
  const members = wantedMembers(operation.spec, service.ordered);
  switch (operation.spec.type) {
    case 'Restart':
      return [
        phase(
          restartPhase,
          members.map((member) => restartStep(operation, member, service)),
        ),
      ];
    case 'Replace':
      return [
        phase(
          'replace',
          members.flatMap((member) => replaceSteps(operation, member, service)),
        ),
      ];
    case 'Decommission':
      return [
        phase(
          'leave',
          targetsOf(operation).map((name) => leaveStep(operation, name, service)),
        ),
      ];
    case 'Pause':
      return [
        phase(
          'pause',
          members.map((member) => pauseStep(operation, member, service)),
        ),
      ];
    default:
      return operation.spec.type satisfies never;
  }
}

function phase<Action>(name: string, steps: StepDraft<Action>[]): PhaseDraft<Action> {
  return { name, strategy: 'Serial', steps };
}

function restartStep<Member extends MemberView, Action>(
  operation: Operation,
  member: Member,
  service: RestartService<Member, Action>,
): StepDraft<Action | WorkloadAction> {
  const name = restartName(member);
  return step(operation, name, member, (target) => {
    const wish: RestartWish = {
      needed: member.pod !== undefined && target?.pod === member.pod.metadata.uid,
      begun: shownStep(operation.status.plan, restartPhase, name)?.status !== 'Complete',
    };
    return restartProgress(member, wish, service);
  });
}

function replaceSteps<Member extends MemberView, Action>(
  operation: Operation,
  member: Member,
  service: RestartService<Member, Action>,
): StepDraft<Action | WorkloadAction>[] {
  const destroy = step(operation, `${member.name}:[destroy]`, member, (target) =>
    destroyProgress(member, target, service),
  );
  const destroyed = destroy.progress.kind === 'Complete';
  const rebuild = step(operation, `${member.name}:[rebuild]`, member, () =>
    destroyed ? rebuildProgress(member, service) : { kind: 'Waiting', message: 'waits until its data is destroyed' },
  );
  return [destroy, rebuild];
}

function pauseStep<Member extends MemberView, Action>(
  operation: Operation,
  member: Member,
  service: RestartService<Member, Action>,
): StepDraft<Action | WorkloadAction> {
  return step(operation, `${member.name}:[pause]`, member, (target) => pauseProgress(member, target, service));
}

/** What is done is shown in the plan `decommission`, as it is where the spec asks for fewer members. */
function leaveStep<Member extends MemberView, Action>(
  operation: Operation,
  name: string,
  { ordered, leaving }: RestartService<Member, Action>,
): StepDraft<Action> {
  const isThere = [...ordered, ...leaving].some((member) => member.name === name);
  const begun = operation.status.startedAt !== undefined;
  const progress: Progress<Action> = isThere
    ? { kind: begun ? 'InProgress' : 'Waiting', message: begun ? 'leaves: see plan decommission' : 'has not begun' }
    : { kind: 'Complete' };
  return { name: `${name}:[leave]`, reason: 'OperationRequested', progress };
}

function targetsOf({ spec }: Operation): readonly string[] {
  return spec.members ?? [];
}

function step<Action>(
  { status }: Operation,
  name: string,
  member: MemberView,
  progress: (target: Target | undefined) => Progress<Action>,
): StepDraft<Action> {
  const about = { name, reason: 'OperationRequested', member: member.name, disruptive: true } as const;
  if (status.finishedAt !== undefined) return { ...about, progress: { kind: 'Complete' } };
  if (status.startedAt === undefined) return { ...about, progress: { kind: 'Waiting', message: 'has not begun' } };
  return { ...about, progress: progress(status.targets?.find((target) => target.name === member.name)) };
}

/** Suspended, or behind another one. */
function heldPhase<Action>(draft: PhaseDraft<Action>, { spec, behind }: Operation): PhaseDraft<Action> {
  const hold = spec.suspend ? 'suspended by spec.suspend' : behind && `waits for operation ${behind}`;
  if (hold === undefined) return draft;
  const steps = draft.steps.map((one) => ({ ...one, progress: heldBack(one.progress, hold) }));
  return { ...draft, steps };
}

function heldBack<Action>(progress: Progress<Action>, message: string): Progress<Action> {
  return progress.kind === 'Waiting' ? { kind: 'Waiting', message } : held(progress, message);
}
