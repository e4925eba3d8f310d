/** What Kubernetes says of one member's pod, in one word and one sentence. */
import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { PersistentVolumeClaim, Pod, Wire } from '../../kube/resource.ts';
import { labelDomain } from '../identity.ts';

type ContainerStatus = Wire<V1ContainerStatus>;

export type PodState =
  /** The pod does not exist. */
  | 'Absent'
  | 'Terminating'
  /** Kept down on purpose. */
  | 'Paused'
  /** No node fits. */
  | 'Unschedulable'
  | 'Pending'
  /** An image cannot be had. */
  | 'ImageError'
  /** The container cannot be made, e.g. for a missing Secret. */
  | 'ContainerError'
  /** The process ended with an error and is started again and again. */
  | 'Crashing'
  | 'Initializing'
  /** The process runs and does not serve yet. */
  | 'Starting'
  | 'Ready';

export interface PodReport {
  state: PodState;
  message: string;
}

const imageErrors = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
];
const containerErrors = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

/** On a pod that runs nothing but the word that it is paused. */
export const pausedAnnotation = `${labelDomain}/paused`;

/** These do not heal by waiting, or only by luck. */
export const brokenStates: readonly PodState[] = ['Unschedulable', 'ImageError', 'ContainerError', 'Crashing'];

export function reportPod(pod: Pod | undefined, claims: PersistentVolumeClaim[]): PodReport {
  if (pod === undefined) return { state: 'Absent', message: 'waits for its pod to be created' };
  if (pod.metadata.deletionTimestamp !== undefined) return { state: 'Terminating', message: 'is stopping' };
  if (isReady(pod)) return { state: 'Ready', message: '' };
  if (pod.metadata.annotations?.[pausedAnnotation] !== undefined)
    return { state: 'Paused', message: 'is kept down on purpose; its volumes are mounted' };
  return unscheduled(pod, claims) ?? containerTrouble(pod) ?? starting(pod);
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True' && pod.metadata.deletionTimestamp === undefined;
}

function conditionOf(pod: Pod, type: string): { status: string; message?: string } | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

function unscheduled(pod: Pod, claims: PersistentVolumeClaim[]): PodReport | undefined {
  if (pod.spec?.nodeName !== undefined) return undefined;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    return { state: 'Unschedulable', message: `no node fits: ${scheduled.message ?? 'the scheduler gives no reason'}` };
  }
  const unbound = claims.filter((claim) => claim.status?.phase !== 'Bound').map((claim) => claim.metadata.name);
  const message = unbound.length === 0 ? 'waits for a node' : `waits for its volume ${unbound.join(', ')}`;
  return { state: 'Pending', message };
}

function containerTrouble(pod: Pod): PodReport | undefined {
  for (const container of containersOf(pod)) {
    const waiting = container.state?.waiting;
    const reason = waiting?.reason ?? '';
    const detail = `${container.name}: ${reason}${waiting?.message === undefined ? '' : `: ${waiting.message}`}`;
    if (imageErrors.includes(reason)) return { state: 'ImageError', message: `image of ${detail}` };
    if (containerErrors.includes(reason)) return { state: 'ContainerError', message: `container ${detail}` };
    // One that runs again is starting: a crash long ago, or a reboot of the node, says nothing about it.
    if (container.state?.running !== undefined) continue;
    const last = container.state?.terminated ?? container.lastState?.terminated;
    if (last !== undefined && last.exitCode !== 0 && container.restartCount > 0) {
      return { state: 'Crashing', message: crash(container.name, container.restartCount, last) };
    }
  }
  return undefined;
}

/** Java says why before it says where, and only the why is for people. */
const stackFrame = /^\s+(at |\.\.\. \d+ )/;

function crash(name: string, restarts: number, last: { exitCode: number; reason?: string; message?: string }): string {
  const lines = last.message?.split('\n').filter((line) => line.trim() !== '' && !stackFrame.test(line)) ?? [];
  const words = lines.slice(-3).join(' | ');
  const why =
    last.reason === 'OOMKilled' ? 'out of memory (raise resources.limits.memory)' : `exit code ${last.exitCode}`;
  return `${name} ended with ${why}, ${restarts} restarts${words === '' ? '' : `: ${words}`}`;
}

function starting(pod: Pod): PodReport {
  const init = pod.status?.initContainerStatuses?.find((container) => container.state?.terminated === undefined);
  if (init !== undefined) {
    const doing = init.state?.running === undefined ? 'waits for' : 'runs';
    return { state: 'Initializing', message: `${doing} init container ${init.name}` };
  }
  const running = pod.status?.containerStatuses?.some((container) => container.state?.running !== undefined);
  if (running === true) return { state: 'Starting', message: 'the process runs and is not ready yet' };
  return { state: 'Initializing', message: `pulls the image and makes the container on ${pod.spec?.nodeName ?? '?'}` };
}

function containersOf(pod: Pod): ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}
