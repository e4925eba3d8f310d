/** Steps that every stateful service has: replacing a broken pod, growing volumes, putting a StatefulSet's volumes right. */

import type { PersistentVolumeClaim, StatefulSet } from '../../kube/resource.ts';
import type { Progress, StepDraft } from '../../plan/plan.ts';
import { bytesOf } from '../bytes.ts';
import type { AdvanceWish } from '../certificates/advance.ts';
import type { Facts } from '../facts.ts';
import { ownerUid } from '../preflight.ts';
import type { Resize } from '../resize.ts';
import { type MemberGroup, memberSet } from './member-set.ts';
import type { MemberView } from './members.ts';
import { brokenStates } from './pod-state.ts';

/** Done only once the service itself says again, just before, that it can bear it. */
export type Disruption =
  /** Delete the pod of a member that serves. */
  | { kind: 'RestartMember'; pod: string; uid: string }
  /** Delete a member's volumes and its pod: it is built anew, and gets its data from its peers. */
  | { kind: 'DestroyMember'; pod: string; uid: string; claims: ClaimRef[] }
  /** Mark the volumes of a member that has handed over what it had: its place in the StatefulSet goes with that. */
  | { kind: 'RetireMember'; pod: string; claims: ClaimRef[] };

interface ClaimRef {
  name: string;
  uid: string;
}

export type WorkloadAction =
  /** Delete a pod that is broken, so that it comes back from the corrected template. */
  | { kind: 'ReplacePod'; pod: string; uid: string }
  | Disruption
  /** Take the mark back: the service has given it something again before its process ended. */
  | { kind: 'ReturnMember'; claims: ClaimRef[] }
  /** Delete the volumes of a member that has left. */
  | { kind: 'DropRetired'; claims: ClaimRef[] }
  /** Give the process of a running pod other resources. */
  | { kind: 'ResizeMember'; pod: string; uid: string; resize: Resize }
  /** Note on a pod that it has got them: it is like that template now. */
  | { kind: 'MarkResized'; pod: string; uid: string; marks: Record<string, string> }
  /** Note on a pod that it runs nothing. */
  | { kind: 'MarkPaused'; pod: string; uid: string }
  /** Have the kubelet look at the pod now: it brings a Secret that has changed to a pod when it looks at it. */
  | { kind: 'BringCertificates'; pod: string; uid: string; mark: string }
  /** The next step by which a CA takes the place of another. */
  | ({ kind: 'AdvanceAuthority' } & AdvanceWish)
  /** Make the operation that replaces a lost member; `since` names the loss, in milliseconds since the epoch. */
  | { kind: 'RequestReplace'; member: string; since: number }
  /** Delete the StatefulSet and leave its pods: the next reconcile makes it anew with other volume templates. */
  | { kind: 'RecreateSet'; set: string; uid: string }
  /** Change the StatefulSet, so that its controller looks at it now; `at` in ISO 8601. */
  | { kind: 'AskForPods'; set: string; uid: string; at: string }
  | { kind: 'GrowClaim'; claim: string; uid: string; size: string }
  /** Delete a claim that never got a volume. */
  | { kind: 'DropClaim'; claim: string; uid: string };

/** How long a pod may be in a broken state before it counts: schedulers and kubelets see half of the world at first. */
const settleMs = 5_000;

/**
 * How far a member's pod is; `undefined` once its process runs and only the product can tell. A pod of an older template
 * that serves nobody is replaced at once: a corrected spec must always go on.
 */
export function podProgress(view: MemberView, now: number): Progress<WorkloadAction> | undefined {
  const { state, message } = view.report;
  if (state === 'Ready') return undefined;
  if (view.nodeSilent) return { kind: 'InProgress', message: silentNode(view) };
  if (view.retired) return { kind: 'Error', message: leftBehind(view) };
  if (state === 'Paused') return view.paused ? { kind: 'InProgress', message } : replacePod(view);
  if (view.templateSeen && view.outdated !== undefined && view.pod !== undefined && servesNobody(view, now)) {
    return replacePod(view);
  }
  if (state === 'Starting') return undefined;
  if (!brokenStates.includes(state)) return { kind: 'InProgress', message };
  return now - changedAt(view) < settleMs ? { kind: 'InProgress', message } : { kind: 'Error', message };
}

function silentNode({ name, node, group }: MemberView): string {
  return `its node ${node} does not answer: it comes back with the node; if that is lost for good, delete the Node, then replace the member: kubectl stateward member replace ${group.service.name} ${name}`;
}

/** What a member had when it left is older than what its peers have now. */
function leftBehind({ name, claims }: MemberView): string {
  const names = claims.map(({ metadata }) => metadata.name).join(' ');
  return `a member of this name has left, and its volumes are kept: to let a new ${name} begin, delete them: kubectl delete pvc ${names}`;
}

/** A pod that serves nobody comes back from the present template. */
export function replacePod(view: MemberView): Progress<WorkloadAction> {
  const action: WorkloadAction = { kind: 'ReplacePod', pod: view.name, uid: view.pod?.metadata.uid ?? '' };
  return { kind: 'Due', action, message: `replaces a pod that serves nobody: ${view.report.message}` };
}

/** How long a member with an older template may take to become ready before its start is cut short. */
const patienceMs = 120_000;

/**
 * A member that has served before may be in a long recovery: it is left alone unless its process has failed. But a
 * corrected spec goes on also where a process runs and never becomes ready.
 */
function servesNobody(view: MemberView, now: number): boolean {
  const { report, joined, pod } = view;
  if (report.state === 'Terminating') return false;
  const restarted = pod?.status?.containerStatuses?.some((container) => container.restartCount > 0) === true;
  if (!joined || brokenStates.includes(report.state) || restarted) return true;
  return now - changedAt(view) > patienceMs;
}

/** When the pod last changed one of its conditions; milliseconds since the epoch. */
function changedAt(view: MemberView): number {
  const times = (view.pod?.status?.conditions ?? []).map((condition) => condition.lastTransitionTime);
  const known = [view.pod?.metadata.creationTimestamp, ...times].filter((time) => time !== undefined && time !== null);
  return Math.max(0, ...known.map((time) => Date.parse(time)));
}

/** Steps that make the volumes what the spec says; empty while they are. */
export function volumeSteps(groups: MemberGroup[], facts: Facts): StepDraft<WorkloadAction>[] {
  return groups.flatMap((group) => [...setSteps(group, facts), ...claimSteps(group, facts)]);
}

function setSteps(group: MemberGroup, facts: Facts): StepDraft<WorkloadAction>[] {
  const live = facts.sets.find((set) => set.metadata.name === group.name);
  if (live === undefined || !needsRecreate(memberSet(group), live)) return [];
  const action: WorkloadAction = { kind: 'RecreateSet', set: group.name, uid: live.metadata.uid ?? '' };
  const message = 'makes the StatefulSet anew for its volume templates; its pods stay';
  return [{ name: `${group.name}:[volumes]`, reason: 'VolumeResize', progress: { kind: 'Due', action, message } }];
}

/** Kubernetes refuses changes of volume templates (KEP-4650 is not merged). */
export function needsRecreate(desired: StatefulSet, live: StatefulSet): boolean {
  const shape = (set: StatefulSet): string =>
    JSON.stringify(
      (set.spec?.volumeClaimTemplates ?? []).map((claim) => [
        claim.metadata?.name,
        claim.spec?.storageClassName ?? '',
        // As bytes: the API server spells quantities its own way.
        bytesOf(claim.spec?.resources?.requests?.['storage'] ?? '0').toString(),
      ]),
    );
  return shape(desired) !== shape(live);
}

function claimSteps(group: MemberGroup, facts: Facts): StepDraft<WorkloadAction>[] {
  const prefix = new Map(group.claims.map((template) => [`${template.name}-${group.name}-`, template]));
  return facts.claims.flatMap((claim) => {
    // The retained volumes of a former service of the same name are not ours to touch.
    if (ownerUid(claim) !== facts.service.uid) return [];
    const found = [...prefix].find(([start]) => isMemberOf(claim, start));
    return found === undefined ? [] : claimStep(claim, found[1].size, found[1].storageClassName);
  });
}

function isMemberOf(claim: PersistentVolumeClaim, prefix: string): boolean {
  const { name } = claim.metadata;
  return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
}

function claimStep(
  claim: PersistentVolumeClaim,
  size: string,
  storageClass: string | undefined,
): StepDraft<WorkloadAction>[] {
  const requested = claim.spec?.resources?.requests?.['storage'] ?? size;
  const bound = claim.status?.phase === 'Bound';
  const empty = !bound && claim.spec?.volumeName === undefined;
  const differs = bytesOf(size) !== bytesOf(requested) || otherClass(claim, storageClass);
  const step = (progress: Progress<WorkloadAction>): StepDraft<WorkloadAction>[] => [
    { name: `${claim.metadata.name}:[volume]`, reason: 'VolumeResize', progress },
  ];
  if (empty && differs && claim.metadata.deletionTimestamp === undefined) {
    const action: WorkloadAction = { kind: 'DropClaim', claim: claim.metadata.name, uid: claim.metadata.uid ?? '' };
    return step({ kind: 'Due', action, message: 'drops a claim that never got a volume' });
  }
  if (bound && bytesOf(size) > bytesOf(requested)) {
    const action: WorkloadAction = {
      kind: 'GrowClaim',
      claim: claim.metadata.name,
      uid: claim.metadata.uid ?? '',
      size,
    };
    return step({ kind: 'Due', action, message: `grows the volume from ${requested} to ${size}` });
  }
  const capacity = claim.status?.capacity?.['storage'];
  if (bound && capacity !== undefined && bytesOf(requested) > bytesOf(capacity)) {
    return step({ kind: 'InProgress', message: `waits for the storage driver: ${capacity} of ${requested}` });
  }
  return [];
}

function otherClass(claim: PersistentVolumeClaim, storageClass: string | undefined): boolean {
  return storageClass !== undefined && claim.spec?.storageClassName !== storageClass;
}
