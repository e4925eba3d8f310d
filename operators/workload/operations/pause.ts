/** Keeping a member down on purpose: its volumes are mounted, and its process does not run. */
import type { OperationTarget } from '../../../crds/service-operation.ts';
import type { Progress } from '../../plan/plan.ts';
import type { Facts } from '../facts.ts';
import type { MemberView } from '../members/members.ts';
import type { WorkloadAction } from '../members/steps.ts';
import { type Restarts, restartProgress } from '../restart.ts';

/** Members that are to be kept down, for as long as somebody's operation says so. */
export function pausedMembers({ operations }: Pick<Facts, 'operations'>): string[] {
  const pauses = operations
    .filter(({ status }) => status?.startedAt !== undefined)
    .map(({ spec }) => Object(spec))
    .filter(({ type, suspend }) => type === 'Pause' && suspend !== true);
  const names = pauses.flatMap(({ members }) => (Array.isArray(members) ? members.map(String) : []));
  return [...new Set(names)].sort();
}

/** As the ConfigMap of the members has it (see java.ts). */
export function pausedList(facts: Pick<Facts, 'operations'>): string {
  return pausedMembers(facts)
    .map((name) => `${name}\n`)
    .join('');
}

/** Complete while the pod that runs is known to be a paused one. */
export function pauseProgress<Member extends MemberView, Action>(
  member: Member,
  target: Pick<OperationTarget, 'pod'> | undefined,
  service: Restarts<Member, Action>,
): Progress<Action | WorkloadAction> {
  const { pod, report } = member;
  if (report.state === 'Paused') return { kind: 'Complete' };
  const needed = report.state === 'Ready' || (pod !== undefined && pod.metadata.uid === target?.pod);
  // Its pod would come back before the file that it reads has its name.
  if (!member.paused) return { kind: 'Waiting', message: 'waits until its pause is written' };
  if (needed) return restartProgress(member, { needed, begun: false }, service);
  if (report.state !== 'Starting') return { kind: 'InProgress', message: report.message };
  const action: WorkloadAction = { kind: 'MarkPaused', pod: member.name, uid: pod?.metadata.uid ?? '' };
  return { kind: 'Due', action, message: 'is kept down', midway: true };
}
