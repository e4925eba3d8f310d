/** Pure: every plan of a service together, in the order of their right of way, under one hand and one budget. */
import type { Updates } from '../../crds/common.ts';
import { withinBudget } from '../plan/budget.ts';
import { underControl } from '../plan/control.ts';
import {
  arrangePlan,
  type PhaseDraft,
  type Plan,
  type PlanDraft,
  type StepDraft,
  withoutMembers,
} from '../plan/plan.ts';
import { hasBegun } from '../plan/record.ts';
import { windowState } from '../plan/windows.ts';
import { certificateFacts } from './certificates/facts.ts';
import { certificatePlan } from './certificates/plan.ts';
import type { CertificatePolicy } from './certificates/policy.ts';
import type { CommonStatus, Facts } from './facts.ts';
import { withLost } from './members/lost.ts';
import type { MemberView } from './members/members.ts';
import type { WorkloadAction } from './members/steps.ts';
import { decommissionPlan } from './operations/decommission.ts';
import type { Operation } from './operations/operations.ts';
import { pausedMembers } from './operations/pause.ts';
import { operationPlan } from './operations/plans.ts';
import type { Product, ServiceModel, ServiceSnapshot } from './product.ts';
import { resizePhase } from './resize.ts';
import { deployMending, deployRestarts, shownStep } from './restart.ts';

export interface PlanInput<Status extends CommonStatus, Model, Snapshot> {
  model: Model;
  snapshot: Snapshot;
  operations: Operation[];
  facts: Facts<Status>;
  /** Milliseconds since the epoch. */
  now: number;
}

export function servicePlans<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action,
>(
  product: Pick<Product<Status, Model, Snapshot, Action>, 'plan' | 'restarts'>,
  { model, snapshot, operations, facts, now }: PlanInput<Status, Model, Snapshot>,
): Plan<Action | WorkloadAction>[] {
  const service = product.restarts(model, snapshot, facts, now);
  const { restartOnOperatorUpgrade, maxUnavailablePerRack, windows } = model.updates;
  const wish = { ...facts, restartOnOperatorUpgrade, maxUnavailablePerRack, hold: closedWindow(windows, now) };
  const asked = operations.map((operation) => operationPlan(operation, service));
  const claimed = downIn(asked, snapshot.members);
  const own = product.plan(model, snapshot, facts, now).map((draft) => {
    if (draft.name !== 'deploy') return draft;
    const before = without(claimed, deployMending(service, wish));
    const resizes = resizePhase(snapshot.members.filter(({ leaving }) => !leaving));
    const restarts = yielded(claimed, deployRestarts(service, wish), facts.status);
    return { ...draft, phases: [...before, ...draft.phases, ...resizes, ...restarts] };
  });
  const recovering = withLost(own, { service, facts, recovery: model.recovery, now });
  const leaving = decommissionPlan(service, { status: facts.status, hold: wish.hold, policy: model.deletionPolicy });
  const certificates = certificatePlans(model.certificates, snapshot, facts, now);
  const all = [...recovering, ...leaving, ...certificates, ...asked];
  const drafts = withoutTaken(all, pausedMembers(facts)).map((draft) => underControl(draft, model.control));
  const racks = new Map(snapshot.members.map((member) => [member.name, service.rackOf(member)]));
  return withinBudget(drafts.map(arrangePlan), {
    down: downNow(snapshot.members),
    rackOf: (member) => racks.get(member),
    perRack: maxUnavailablePerRack,
  });
}

function certificatePlans(
  policy: CertificatePolicy,
  snapshot: ServiceSnapshot,
  facts: Facts,
  now: number,
): PlanDraft<WorkloadAction>[] {
  const found = certificateFacts(facts);
  if (found === undefined) return [];
  const { members, certificates: seen = new Map() } = snapshot;
  const { service, status } = facts;
  return certificatePlan({ ...found, service, policy, members, seen, status: status.members ?? [], now });
}

/** Members that are down in the hands of an operation: they come back from the present template anyway. */
function downIn(plans: PlanDraft<unknown>[], members: readonly MemberView[]): Set<string | undefined> {
  const down = members.filter(({ report }) => report.state !== 'Ready').map(({ name }) => name);
  const held = plans.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps.filter(holdsMember)));
  return new Set(held.map(({ member }) => member).filter((member) => member !== undefined && down.includes(member)));
}

function without<Action>(members: ReadonlySet<string | undefined>, phases: PhaseDraft<Action>[]): PhaseDraft<Action>[] {
  return withoutMembers(phases, members).filter(({ steps }) => steps.length > 0);
}

/** What is begun is not forgotten while an operation goes on with the member: it has yet to settle. */
function yielded<Action>(
  members: ReadonlySet<string | undefined>,
  phases: PhaseDraft<Action>[],
  status: Pick<CommonStatus, 'plans'>,
): PhaseDraft<Action>[] {
  const deploy = status.plans?.find(({ name }) => name === 'deploy');
  const given = phases.map((phase): PhaseDraft<Action> => {
    const steps = phase.steps.flatMap((step): StepDraft<Action>[] => {
      if (!members.has(step.member)) return [step];
      if (!hasBegun(shownStep(deploy, phase.name, step.name))) return [];
      return [{ ...step, progress: { kind: 'Waiting', message: 'an operation goes on with it' } }];
    });
    return { ...phase, steps };
  });
  return given.filter(({ steps }) => steps.length > 0);
}

function downNow(members: readonly MemberView[]): Set<string> {
  const down = members.filter(({ joined, report }) => joined && report.state !== 'Ready');
  return new Set(down.map(({ name }) => name));
}

/** A member that another plan has taken down is no business of the recovery; what takes one down there the budget judges. */
function withoutTaken<Action>(drafts: PlanDraft<Action>[], paused: readonly string[]): PlanDraft<Action>[] {
  const others = drafts.filter(({ name }) => name !== 'recovery').flatMap(({ phases }) => phases);
  const held = others.flatMap(({ steps }) => steps.filter(holdsMember)).map(({ member }) => member);
  const stays = ({ member = '', disruptive }: StepDraft<Action>): boolean =>
    !paused.includes(member) && (disruptive === true || !held.includes(member));
  return drafts.flatMap((draft) => {
    if (draft.name !== 'recovery') return [draft];
    const phases = draft.phases.map((phase) => ({ ...phase, steps: phase.steps.filter(stays) }));
    return phases.some(({ steps }) => steps.length > 0) ? [{ ...draft, phases }] : [];
  });
}

function holdsMember({ name, progress, disruptive }: StepDraft<unknown>): boolean {
  const takes = disruptive === true || name.endsWith(':[mend]');
  return takes && ['InProgress', 'Error', 'Due'].includes(progress.kind);
}

/** Why nothing may be disrupted by choice now; undefined while a window is open, or there are none. */
export function closedWindow(windows: Updates['windows'], now: number): string | undefined {
  const state = windowState(windows, new Date(now));
  if (state.open) return undefined;
  const next = state.opensAt === undefined ? 'none ever opens' : `the next one opens at ${state.opensAt.toISOString()}`;
  return `outside the maintenance windows (spec.updates.windows): ${next}`;
}
