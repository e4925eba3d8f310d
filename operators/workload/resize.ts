/**
 * Changing the resources of a member that runs (KEP-1287): where nothing else of its template changes, and the node can do
 * it, nobody restarts.
 */
import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { parseQuantity } from '../kube/quantity.ts';
import type { Pod, Wire } from '../kube/resource.ts';
import type { PhaseDraft, Progress } from '../plan/plan.ts';
import { labelDomain } from './identity.ts';
import { type MemberGroup, serviceResources, shapeMark, templateMark, templateMarks } from './members/member-set.ts';
import type { MemberView } from './members/members.ts';
import { isReady } from './members/pod-state.ts';
import type { WorkloadAction } from './members/steps.ts';

export type Resources = Pick<Wire<V1ResourceRequirements>, 'requests' | 'limits'>;

/** What a running pod is to have, and does not have for sure yet. */
export interface Resize {
  container: string;
  resources: Resources;
  /** Of the template that the pod is like afterwards. */
  marks: Record<string, string>;
}

/** On a pod that the API server would not resize: the template that it was to be like. */
export const resizeRefused = `${labelDomain}/resize-refused`;

/** Undefined where the pod has to restart for what it lacks. */
export function resizeOf(pod: Pod | undefined, group: MemberGroup, marks = templateMarks(group)): Resize | undefined {
  const carried = pod?.metadata.annotations ?? {};
  const template = marks[templateMark];
  if (pod === undefined || template === undefined || !isReady(pod)) return undefined;
  if (carried[templateMark] === template || carried[shapeMark] !== marks[shapeMark]) return undefined;
  const { name } = group.container;
  const present = resourcesOf(pod, name);
  const resources = whole(serviceResources(group));
  if (!isSameKind(present, resources) || carried[resizeRefused] === template || isInfeasible(pod)) return undefined;
  return { container: name, resources, marks };
}

/** Whether members of the one group can become members of the other while they run, if their nodes can. */
export function isResizable(before: MemberGroup, after: MemberGroup): boolean {
  if (templateMarks(before)[shapeMark] !== templateMarks(after)[shapeMark]) return false;
  return isSameKind(whole(serviceResources(before)), whole(serviceResources(after)));
}

function resourcesOf(pod: Pod, container: string): Resources {
  return whole(pod.spec?.containers.find(({ name }) => name === container)?.resources ?? {});
}

/** Kubernetes neither adds nor takes away a bound of a pod that runs. */
function isSameKind(one: Resources, other: Resources): boolean {
  const keysOf = ({ requests = {}, limits = {} }: Resources): string =>
    [requests, limits].map((bound) => Object.keys(bound).sort().join()).join(';');
  return keysOf(one) === keysOf(other);
}

function pendingOf(pod: Pod): { reason?: string; message?: string } | undefined {
  return pod.status?.conditions?.find(({ type, status }) => type === 'PodResizePending' && status === 'True');
}

/** Never on this node, whatever becomes free there. */
function isInfeasible(pod: Pod): boolean {
  return pendingOf(pod)?.reason === 'Infeasible';
}

/** None while no member gets other resources. */
export function resizePhase(members: readonly MemberView[]): PhaseDraft<WorkloadAction>[] {
  const steps = members.flatMap((member) => {
    if (member.resize === undefined) return [];
    const progress = resizeProgress(member, member.resize);
    return [{ name: `${member.name}:[resize]`, reason: 'SpecChanged' as const, progress, member: member.name }];
  });
  return steps.length === 0 ? [] : [{ name: 'resources', strategy: 'Parallel', steps }];
}

function resizeProgress({ name, pod, node }: MemberView, resize: Resize): Progress<WorkloadAction> {
  const about = { pod: name, uid: pod?.metadata.uid ?? '' };
  if (pod === undefined || !isSame(resourcesOf(pod, resize.container), resize.resources)) {
    const message = `gets ${textOf(resize.resources)} while it runs`;
    return { kind: 'Due', action: { kind: 'ResizeMember', ...about, resize }, message };
  }
  const pending = pendingOf(pod);
  if (pending !== undefined) {
    const message = `node ${node ?? '?'} has no room for ${textOf(resize.resources)} yet: ${pending.message ?? 'it gives no reason'}; make room, or restart the member to move it`;
    return { kind: 'InProgress', message };
  }
  const status = pod.status?.containerStatuses?.find((container) => container.name === resize.container);
  if (!isSame(whole(status?.resources ?? {}), resize.resources)) {
    return { kind: 'InProgress', message: `waits until the node has given it ${textOf(resize.resources)}` };
  }
  const action: WorkloadAction = { kind: 'MarkResized', ...about, marks: resize.marks };
  return { kind: 'Due', action, message: 'has what it was to get', midway: true };
}

/** Whatever the spelling: the API server has its own. */
function isSame(one: Resources, other: Resources): boolean {
  const exact = (quantity: string): string => String(parseQuantity(quantity));
  return textOf(one, exact) === textOf(other, exact);
}

function textOf({ requests = {}, limits = {} }: Resources, spell: (quantity: string) => string = String): string {
  const bounds = (what: string, values: Record<string, string>): string[] =>
    Object.entries(values)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([key, value]) => `${key} ${what} ${spell(value)}`);
  return [...bounds('request', requests), ...bounds('limit', limits)].join(', ');
}

/** A pod has a request for everything that has a limit. */
function whole({ requests = {}, limits = {} }: Resources): Resources {
  return { requests: { ...limits, ...requests }, limits };
}
