/** Building a member anew under its identity: its volumes are destroyed, and its peers give it its data back. */
import type { OperationTarget } from '../../../crds/service-operation.ts';
import type { Pod } from '../../kube/resource.ts';
import type { Progress } from '../../plan/plan.ts';
import type { Facts } from '../facts.ts';
import type { MemberView } from '../members/members.ts';
import type { Disruption, WorkloadAction } from '../members/steps.ts';
import { midway, type Restarts } from '../restart.ts';
import type { OperationObject } from './operations.ts';

type Target = Pick<OperationTarget, 'pod' | 'claims'>;

/** Complete once neither the pod nor any of the volumes is one of those that there were when it was asked for. */
export function destroyProgress<Member extends MemberView, Action>(
  member: Member,
  target: Target | undefined,
  service: Restarts<Member, Action>,
): Progress<Action | WorkloadAction> {
  if (target === undefined) return { kind: 'Waiting', message: 'what it had is not recorded' };
  const claims = member.claims.filter(({ metadata }) => target.claims?.includes(metadata.uid ?? ''));
  const pod = podToGo(member, claims.length > 0, target);
  if (claims.length === 0 && pod === undefined) return { kind: 'Complete' };
  const gone = (object: { metadata: { deletionTimestamp?: string } }): boolean =>
    object.metadata.deletionTimestamp !== undefined;
  if (claims.every(gone) && (pod === undefined || gone(pod))) return { kind: 'InProgress', message: stopping(member) };
  const begun = claims.some(gone) || claims.length < (target.claims ?? []).length;
  const risk = begun ? undefined : service.lossRisk(member);
  if (risk !== undefined) return { kind: 'Waiting', message: risk };
  const names = claims.map(({ metadata }) => ({ name: metadata.name, uid: metadata.uid ?? '' }));
  const action: WorkloadAction = {
    kind: 'DestroyMember',
    pod: member.name,
    uid: pod?.metadata.uid ?? '',
    claims: names,
  };
  const message = `destroys the data of the member: ${names.map(({ name }) => name).join(', ')}`;
  return { kind: 'Due', action, message, ...(begun ? { midway: true } : {}) };
}

/** Also one that came since, while it holds the old volumes: they stay for as long as it does. */
function podToGo({ pod }: MemberView, hasOldClaims: boolean, target: Target): Pod | undefined {
  const holds = hasOldClaims && pod?.spec?.nodeName !== undefined;
  return holds || pod?.metadata.uid === target.pod ? pod : undefined;
}

function stopping({ node, report }: MemberView): string {
  if (report.state !== 'Terminating') return 'waits until its volumes are gone';
  return `waits until its pod on ${node ?? 'no node'} has ended; if that node is lost for good, delete the Node or taint it node.kubernetes.io/out-of-service`;
}

export function rebuildProgress<Member extends MemberView, Action>(
  member: Member,
  service: Restarts<Member, Action>,
): Progress<Action | WorkloadAction> {
  return midway(member.report.state === 'Ready' ? service.settled(member) : service.starting(member));
}

/** Members whose replacement has been asked for and is not finished. */
export function membersBeingReplaced(operations: readonly OperationObject[]): string[] {
  return operations.filter(isOpenReplacement).flatMap(({ status }) => status?.targets?.map(({ name }) => name) ?? []);
}

/** An operation has destroyed what this member had: an empty volume is what it is to have. */
export function isBeingReplaced(member: MemberView, { operations }: Pick<Facts, 'operations'>): boolean {
  return operations.filter(isOpenReplacement).some(({ status }) => {
    const target = status?.targets?.find(({ name }) => name === member.name);
    return target !== undefined && member.claims.every(({ metadata }) => !target.claims?.includes(metadata.uid ?? ''));
  });
}

function isOpenReplacement({ spec, status }: OperationObject): boolean {
  return Object(spec).type === 'Replace' && status?.startedAt !== undefined && status.finishedAt === undefined;
}

/** Just before it is done, of what is there then. */
export function riskOfAction<Member extends MemberView, Action>(
  action: Disruption,
  member: Member,
  beside: readonly Member[],
  service: Restarts<Member, Action>,
): string | undefined {
  switch (action.kind) {
    case 'RestartMember':
      return service.risk(member, beside);
    case 'DestroyMember': {
      const begun = member.claims.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
      return begun ? undefined : service.lossRisk(member);
    }
    case 'RetireMember':
      return remains(service.drained(member)) ?? remains(service.released(member));
    default:
      return action satisfies never;
  }
}

function remains(progress: Progress<unknown>): string | undefined {
  return progress.kind === 'Complete' ? undefined : progress.message;
}
