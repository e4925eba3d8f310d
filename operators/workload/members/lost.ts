/** Members that are lost for good, and their replacement where the user has asked for that beforehand. */
import type { Recovery } from '../../../crds/common.ts';
import { durationMs } from '../../kube/duration.ts';
import { type PlanDraft, type Progress, type StepDraft, withoutMembers } from '../../plan/plan.ts';
import type { Facts } from '../facts.ts';
import { type RestartService, shownStep } from '../restart.ts';
import type { MemberView } from './members.ts';
import type { WorkloadAction } from './steps.ts';

const phaseName = 'lost';

/** Set by the scheduler on a claim whose volume is made for one node. */
const selectedNode = 'volume.kubernetes.io/selected-node';

/** The scheduler's words for a volume that no node can reach (plugins `VolumeBinding`, `VolumeZone`). */
const volumeElsewhere = /volume node affinity conflict|didn't match PersistentVolume's node affinity/;

/** Why a member cannot come back with the data that it had; undefined while it may. */
export function lostBecause(member: MemberView, facts: Pick<Facts, 'nodeServes'>): string | undefined {
  if (!member.joined || ['Ready', 'Starting'].includes(member.report.state)) return undefined;
  const gone = member.claims.find(({ status }) => status?.phase === 'Lost');
  if (gone !== undefined) return `the volume of its claim ${gone.metadata.name} is gone`;
  const node = member.node ?? nodeOfVolume(member);
  if (node === undefined || facts.nodeServes(node)) return undefined;
  if (member.node === undefined && !volumeElsewhere.test(member.report.message)) return undefined;
  return `its data is on node ${node}, which is gone`;
}

function nodeOfVolume({ claims }: MemberView): string | undefined {
  return claims.map(({ metadata }) => metadata.annotations?.[selectedNode]).find((node) => node !== undefined);
}

export interface LostInput<Member extends MemberView, Action> {
  service: RestartService<Member, Action>;
  facts: Facts;
  recovery: Recovery;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The recovery plan, in which a lost member is not waited for but named, and replaced where that may be. */
export function withLost<Member extends MemberView, Action>(
  drafts: PlanDraft<Action | WorkloadAction>[],
  input: LostInput<Member, Action>,
): PlanDraft<Action | WorkloadAction>[] {
  const steps = oneAtATime(input.service.ordered.flatMap((member) => lostStep(member, input)));
  if (steps.length === 0) return drafts;
  const lost = new Set(steps.map(({ member }) => member));
  return drafts.map((draft) => {
    if (draft.name !== 'recovery') return draft;
    const phases = withoutMembers(draft.phases, lost);
    return { ...draft, phases: [...phases, { name: phaseName, strategy: 'Parallel', steps }] };
  });
}

function lostStep<Member extends MemberView, Action>(
  member: Member,
  input: LostInput<Member, Action>,
): StepDraft<Action | WorkloadAction>[] {
  const because = lostBecause(member, input.facts);
  if (because === undefined) return [];
  const name = `${member.name}:[replace]`;
  const plan = input.facts.status.plans?.find((candidate) => candidate.name === 'recovery');
  const since = Date.parse(shownStep(plan, phaseName, name)?.since ?? '') || input.now;
  const progress = replacement(member, because, since, input);
  return [{ name, reason: 'MemberLost', member: member.name, since: new Date(since).toISOString(), progress }];
}

/** Of members that are lost together, too: the next one is asked for when the operation of this one is known. */
function oneAtATime<Action>(steps: StepDraft<Action>[]): StepDraft<Action>[] {
  const first = steps.find(({ progress }) => progress.kind === 'Due');
  return steps.map((step) => {
    if (step === first || step.progress.kind !== 'Due') return step;
    const message = `${step.progress.message}, after ${first?.member ?? 'another'}`;
    return { ...step, progress: { kind: 'Waiting', message } };
  });
}

/** Its timer is the `since` of the step in status: an operator that restarts goes on counting. */
function replacement<Member extends MemberView, Action>(
  member: Member,
  because: string,
  since: number,
  { service, facts, recovery, now }: LostInput<Member, Action>,
): Progress<WorkloadAction> {
  const { automatic } = recovery;
  if (automatic === undefined) {
    const message = `${because}; if it will not come back, replace the member: kubectl stateward member replace ${facts.service.name} ${member.name}`;
    return { kind: 'Error', message };
  }
  const other = facts.operations.find(({ spec, status }) => isReplace(spec) && status?.finishedAt === undefined);
  if (other !== undefined)
    return { kind: 'Waiting', message: `${because}; waits for operation ${other.metadata.name}` };
  const earliest = Math.max(since + ms(automatic.after), lastReplacement(facts) + ms(automatic.minInterval));
  if (now < earliest) {
    return {
      kind: 'Waiting',
      message: `${because}; is replaced at ${new Date(earliest).toISOString()} (spec.recovery.automatic)`,
    };
  }
  const risk = service.lossRisk(member);
  if (risk !== undefined)
    return { kind: 'Waiting', message: `${because}; is not replaced while data is at risk: ${risk}` };
  const action: WorkloadAction = { kind: 'RequestReplace', member: member.name, since };
  return { kind: 'Due', action, message: `${because}; asks for its replacement` };
}

function ms(duration: string): number {
  return durationMs(duration) ?? 0;
}

function lastReplacement({ operations }: Facts): number {
  const times = operations
    .filter(({ spec }) => isReplace(spec))
    .map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
}

function isReplace(spec: unknown): boolean {
  return Object(spec).type === 'Replace';
}
