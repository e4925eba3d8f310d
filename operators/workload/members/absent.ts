/**
 * Pure: Kubernetes is asked once more for pods that it does not make. What the StatefulSet controller is refused, e.g. by
 * a quota, it tries again ever more rarely, in the end every 16 minutes (client-go's DefaultControllerRateLimiter); a
 * change of the StatefulSet has it try at once.
 */
import type { PlanStatus } from '../../../crds/status.ts';
import type { StatefulSet } from '../../kube/resource.ts';
import type { Facts } from '../facts.ts';
import { labelDomain } from '../identity.ts';
import { memberNames } from './member-set.ts';
import type { MemberView } from './members.ts';
import type { WorkloadAction } from './steps.ts';

/** On a StatefulSet: when its controller was last asked; ISO 8601. */
export const podsAskedMark = `${labelDomain}/pods-asked`;

/** How long a pod may be absent, and how long the answer may take. */
const patienceMs = 15_000;

export function askForPods(
  members: readonly MemberView[],
  { sets, status }: Pick<Facts, 'sets' | 'status'>,
  now: number,
): WorkloadAction[] {
  const missed = members.filter((member) => isDue(member) && now - absentSince(member.name, status.plans) > patienceMs);
  const names = new Set(missed.map(({ group }) => group.name));
  return sets
    .filter((set) => names.has(set.metadata.name) && now - askedAt(set) > patienceMs)
    .map(({ metadata: { name, uid = '' } }) => ({
      kind: 'AskForPods',
      set: name,
      uid,
      at: new Date(now).toISOString(),
    }));
}

/** The StatefulSet has a place for it. */
function isDue({ name, group, report }: MemberView): boolean {
  return report.state === 'Absent' && memberNames({ ...group, members: group.pods }).includes(name);
}

/** As status says it; not yet where it says nothing. */
function absentSince(member: string, plans: readonly PlanStatus[] = []): number {
  const steps = plans.flatMap(({ phases }) => phases.flatMap((phase) => phase.steps));
  const open = steps.filter((step) => step.member === member && step.status !== 'Complete' && step.since !== undefined);
  const times = open.map(({ since = '' }) => Date.parse(since));
  return times.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...times);
}

function askedAt({ metadata }: StatefulSet): number {
  const asked = metadata.annotations?.[podsAskedMark];
  return asked === undefined ? 0 : Date.parse(asked);
}
