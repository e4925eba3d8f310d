/** Restarts of running members, one after another: what a step may do now, and why it waits. */
import type { PlanStatus, StepStatus } from '../../crds/status.ts';
import { held } from '../plan/control.ts';
import type { PhaseDraft, Progress, StepDraft, StepReason } from '../plan/plan.ts';
import { hasBegun } from '../plan/record.ts';
import type { CommonStatus } from './facts.ts';
import type { MemberView } from './members/members.ts';
import { brokenStates } from './members/pod-state.ts';
import { replacePod, type WorkloadAction } from './members/steps.ts';

/** What a product knows of taking its members down and of getting them back. */
export interface Restarts<Member extends MemberView, Action> {
  /**
   * Why the service cannot bear it now that this member goes down, and that these are down beside it; undefined if it
   * can.
   */
  risk(member: Member, beside: readonly Member[]): string | undefined;
  /** Why the service would lose data if this member's volumes were destroyed now; undefined if it would not. */
  lossRisk(member: Member): string | undefined;
  /** How far a member is that is not ready. */
  starting(member: Member): Progress<Action | WorkloadAction>;
  /** What its peers still miss of a member that is back. */
  settled(member: Member): Progress<Action>;
  /** How far a member that leaves has handed over what it has. Complete by the service's own word only. */
  drained(member: Member): Progress<Action | WorkloadAction>;
  /** What the others count on it for, when it has nothing left that is theirs, too. */
  released(member: Member): Progress<Action>;
  /** What the service still keeps of a member whose process has ended for good. */
  forgotten(member: Member): Progress<Action>;
}

export interface RestartService<Member extends MemberView, Action> extends Restarts<Member, Action> {
  /** In the order in which they restart; without those that leave. */
  ordered: Member[];
  leaving: Member[];
  /** The failure domain of a member; undefined where it is not known. */
  rackOf(member: Member): string | undefined;
  /** Whether nobody else may be down while a member hands over what it has. */
  drainHolds: boolean;
  /** What would be lost if one more member went down now; undefined if nothing. */
  atRisk: string | undefined;
}

export interface RestartWish {
  /** The pod that runs is not the one that is wanted. */
  needed: boolean;
  /** The step has taken the member down before, and it has not been seen complete since. */
  begun: boolean;
  /** Why nothing may begin now, e.g. a closed maintenance window. */
  hold?: string | undefined;
}

export const restartPhase = 'restart';

export function restartName(member: MemberView): string {
  return `${member.name}:[restart]`;
}

/** A member that is down while it is to be restarted anyway is replaced as soon as nothing is lost by it. */
export function restartProgress<Member extends MemberView, Action>(
  member: Member,
  { needed, begun, hold }: RestartWish,
  service: Restarts<Member, Action>,
  beside: readonly Member[] = [],
): Progress<Action | WorkloadAction> {
  if (member.report.state !== 'Ready') {
    if (needed && brokenStates.includes(member.report.state))
      return member.templateSeen ? midway(replacePod(member)) : unseen;
    return needed || begun ? midway(service.starting(member)) : { kind: 'Complete' };
  }
  if (!needed) return begun ? midway(service.settled(member)) : { kind: 'Complete' };
  const risk = service.risk(member, beside);
  const progress: Progress<Action | WorkloadAction> =
    risk === undefined ? dueRestart(member) : { kind: 'Waiting', message: risk };
  const next = hold === undefined ? progress : held(progress, hold);
  const settled = begun && next.kind === 'Waiting' ? midway(service.settled(member)) : next;
  return settled.kind === 'Complete' ? next : settled;
}

/** A pod that is deleted before would come back from the older template. */
const unseen = { kind: 'Waiting', message: 'waits for the StatefulSet controller to see the change' } as const;

function dueRestart(member: MemberView): Progress<WorkloadAction> {
  if (!member.templateSeen) return unseen;
  const action: WorkloadAction = { kind: 'RestartMember', pod: member.name, uid: member.pod?.metadata.uid ?? '' };
  return { kind: 'Due', action, message: 'restarts' };
}

export function midway<Action>(progress: Progress<Action>): Progress<Action> {
  return progress.kind === 'Due' ? { ...progress, midway: true } : progress;
}

/** The step as status shows it: written before the member was taken down, so it is known after a crash, too. */
export function shownStep(plan: PlanStatus | undefined, phase: string, step: string): StepStatus | undefined {
  const found = plan?.phases.find((candidate) => candidate.name === phase);
  return found?.steps.find((candidate) => candidate.name === step);
}

export interface DeployWish {
  status: Pick<CommonStatus, 'plans'>;
  revision: string;
  restartOnOperatorUpgrade: boolean;
  maxUnavailablePerRack: number;
  /** Why nothing may be disrupted by choice now. */
  hold: string | undefined;
}

export const mendPhase = 'mend';

/**
 * Broken members that the present template can heal, all at once and before anything else: they serve nobody, and one may
 * need the other to come back.
 */
export function deployMending<Member extends MemberView, Action>(
  service: RestartService<Member, Action>,
  wish: DeployWish,
): PhaseDraft<Action | WorkloadAction>[] {
  const steps = service.ordered
    .filter((member) => isToMend(member, wish))
    .map(
      (member): StepDraft<Action | WorkloadAction> => ({
        name: `${member.name}:[mend]`,
        reason: member.outdated === 'Operator' ? 'OperatorUpgraded' : 'SpecChanged',
        progress: service.starting(member),
        member: member.name,
      }),
    );
  return steps.length === 0 ? [] : [{ name: mendPhase, strategy: 'Parallel', steps }];
}

/** One whose restart has begun stays with it, also if it does not come back. */
function isToMend(member: MemberView, wish: DeployWish): boolean {
  if (!member.joined || member.paused || member.report.state === 'Ready' || isBegun(member, wish)) return false;
  return isNeeded(member, wish.restartOnOperatorUpgrade);
}

function isBegun(member: MemberView, wish: DeployWish): boolean {
  return hasBegun(shownStep(shownDeploy(wish), restartPhase, restartName(member)));
}

function shownDeploy({ status }: DeployWish): PlanStatus | undefined {
  return status.plans?.find(({ name }) => name === 'deploy');
}

/** The phase of the deploy plan that brings running members to the present template; none while there is none. */
export function deployRestarts<Member extends MemberView, Action>(
  service: RestartService<Member, Action>,
  wish: DeployWish,
): PhaseDraft<Action | WorkloadAction>[] {
  const running = service.ordered.filter((member) => !isToMend(member, wish));
  const begun = running.filter((member) => isBegun(member, wish));
  const hold = wish.hold ?? homeless(service.ordered);
  const going = service.ordered.filter(({ report }) => report.state !== 'Ready');
  const steps = [...begun, ...running.filter((member) => !begun.includes(member))].flatMap((member) => {
    const step = deployRestart(member, service, { ...wish, hold }, besideOf(member, going, wish));
    if (step[0]?.progress.kind === 'Due') going.push(member);
    return step;
  });
  return steps.length === 0 ? [] : [{ name: restartPhase, strategy: strategyOf(wish), steps }];
}

/** Who is down with it, where more than one may be: the others keep a restart waiting anyway. */
export function besideOf<Member extends MemberView>(
  member: Member,
  going: readonly Member[],
  { maxUnavailablePerRack }: Pick<DeployWish, 'maxUnavailablePerRack'>,
): Member[] {
  return maxUnavailablePerRack > 1 ? going.filter(({ name }) => name !== member.name) : [];
}

/** One alone is the canary; with it back, the members of a rack go together. */
function strategyOf(wish: DeployWish): PhaseDraft<unknown>['strategy'] {
  const plan = shownDeploy(wish);
  const steps = plan?.phases.find(({ name }) => name === restartPhase)?.steps ?? [];
  const isProven = plan?.revision === wish.revision && steps.some(({ status }) => status === 'Complete');
  return wish.maxUnavailablePerRack > 1 && isProven ? 'Parallel' : 'Serial';
}

/** One without a volume may go to any node: also to the one that a member that restarts has its volume on. */
function homeless(members: readonly MemberView[]): string | undefined {
  const found = members.find(({ joined, node, claims, group }) => {
    const bound = claims.filter(({ status }) => status?.phase === 'Bound');
    return !joined && node === undefined && bound.length < group.claims.length;
  });
  return found && `waits until ${found.name} has a node: it could take that of a member that restarts`;
}

function deployRestart<Member extends MemberView, Action>(
  member: Member,
  service: Restarts<Member, Action>,
  wish: DeployWish,
  beside: readonly Member[],
): StepDraft<Action | WorkloadAction>[] {
  if (!member.joined) return [];
  const name = restartName(member);
  const { revision, restartOnOperatorUpgrade, hold } = wish;
  const record = shownDeploy(wish);
  const shown = shownStep(record, restartPhase, name);
  const needed = isNeeded(member, restartOnOperatorUpgrade);
  const begun = hasBegun(shown);
  const done = shown !== undefined && record?.revision === revision;
  if (!needed && !begun && !done) return [];
  const progress = restartProgress(member, { needed, begun, hold }, service, beside);
  return [{ name, reason: reasonOf(member, shown), progress, member: member.name, disruptive: true }];
}

/** An operator that is new changes nothing by itself, unless its user says so; a broken member loses nothing by it. */
function isNeeded(member: MemberView, restartOnOperatorUpgrade: boolean): boolean {
  if (member.resize !== undefined) return false;
  if (member.outdated !== 'Operator') return member.outdated === 'Spec';
  return restartOnOperatorUpgrade || member.report.state !== 'Ready';
}

function reasonOf(member: MemberView, shown: StepStatus | undefined): StepReason {
  if (member.outdated === 'Operator') return 'OperatorUpgraded';
  return member.outdated === undefined && shown?.reason === 'OperatorUpgraded' ? 'OperatorUpgraded' : 'SpecChanged';
}
