/** Pure: how members leave a service. Their data goes first, then their process, then what is known of them. */
import { held } from '../../plan/control.ts';
import type { PhaseDraft, Plan, PlanDraft, Progress, StepDraft } from '../../plan/plan.ts';
import { hasBegun } from '../../plan/record.ts';
import type { CommonStatus } from '../facts.ts';
import type { MemberView } from '../members/members.ts';
import type { WorkloadAction } from '../members/steps.ts';
import type { ServiceModel } from '../product.ts';
import { midway, type RestartService, shownStep } from '../restart.ts';

export const decommissionName = 'decommission';

export interface DecommissionWish {
  status: Pick<CommonStatus, 'plans'>;
  /** Why nothing may be disrupted by choice now. */
  hold: string | undefined;
  policy: ServiceModel['deletionPolicy'];
}

/** Status has room for so many phases; those behind them have yet to wait for long. */
const mostShown = 20;

/** One member after another, the last that came first; none while nobody leaves. */
export function decommissionPlan<Member extends MemberView, Action>(
  service: RestartService<Member, Action>,
  wish: DecommissionWish,
): PlanDraft<Action | WorkloadAction>[] {
  const phases = service.leaving
    .toReversed()
    .slice(0, mostShown)
    .map((member) => leave(member, service, wish));
  if (phases.length === 0) return [];
  return [{ name: decommissionName, revision: decommissionName, strategy: 'Serial', phases }];
}

/** Members of which nothing is left but retained volumes. */
export function membersGone(plans: readonly Plan<unknown>[]): Set<string> {
  const phases = plans.filter(({ name }) => name === decommissionName).flatMap((plan) => plan.phases);
  return new Set(phases.filter(({ status }) => status === 'Complete').map(({ name }) => name));
}

function leave<Member extends MemberView, Action>(
  member: Member,
  service: RestartService<Member, Action>,
  wish: DecommissionWish,
): PhaseDraft<Action | WorkloadAction> {
  const step = (what: string, progress: Progress<Action | WorkloadAction>): StepDraft<Action | WorkloadAction> => ({
    name: `${member.name}:[${what}]`,
    reason: 'ScaleIn',
    progress,
    member: member.name,
  });
  const drain = step('drain', drainProgress(member, service, wish));
  const steps = [
    service.drainHolds ? disruptive(drain) : drain,
    disruptive(step('release', member.retired ? complete : service.released(member))),
    disruptive(step('retire', retireProgress(member))),
    disruptive(step('stop', stopProgress(member))),
    step('forget', member.pod === undefined ? service.forgotten(member) : stillThere),
    ...(wish.policy === 'Delete' ? [step('delete-volumes', deleteProgress(member))] : []),
  ];
  return { name: member.name, strategy: 'Serial', steps };
}

const complete = { kind: 'Complete' } as const;

function disruptive<Action>(step: StepDraft<Action>): StepDraft<Action> {
  return { ...step, disruptive: true };
}

function drainProgress<Member extends MemberView, Action>(
  member: Member,
  service: RestartService<Member, Action>,
  { status, hold }: DecommissionWish,
): Progress<Action | WorkloadAction> {
  const progress = service.drained(member);
  if (member.retired) return progress.kind === 'Due' ? returned(member) : progress;
  const plan = status.plans?.find(({ name }) => name === decommissionName);
  if (hasBegun(shownStep(plan, member.name, `${member.name}:[drain]`))) return midway(progress);
  return hold === undefined ? progress : held(progress, hold);
}

/** It was given data again between the last look at it and the end of its process. */
function returned(member: MemberView): Progress<WorkloadAction> {
  const action: WorkloadAction = { kind: 'ReturnMember', claims: claimsOf(member) };
  return { kind: 'Due', action, message: 'has been given data again and comes back to hand it over', midway: true };
}

function retireProgress(member: MemberView): Progress<WorkloadAction> {
  if (member.retired || member.claims.length === 0) return complete;
  const action: WorkloadAction = { kind: 'RetireMember', pod: member.name, claims: claimsOf(member) };
  return { kind: 'Due', action, message: 'marks its volumes: nothing starts on them again' };
}

const stillThere = { kind: 'Waiting', message: 'waits until its process has ended' } as const;

function stopProgress({ pod, report, retired }: MemberView): Progress<WorkloadAction> {
  if (pod === undefined) return complete;
  if (!retired) return { kind: 'Waiting', message: 'waits until its volumes are marked' };
  return { kind: 'InProgress', message: report.message === '' ? 'is told to stop' : report.message };
}

function deleteProgress(member: MemberView): Progress<WorkloadAction> {
  if (member.claims.length === 0) return complete;
  const action: WorkloadAction = { kind: 'DropRetired', claims: claimsOf(member) };
  return { kind: 'Due', action, message: 'deletes its volumes (spec.deletionPolicy: Delete)' };
}

function claimsOf({ claims }: MemberView): { name: string; uid: string }[] {
  return claims.map(({ metadata }) => ({ name: metadata.name, uid: metadata.uid ?? '' }));
}
