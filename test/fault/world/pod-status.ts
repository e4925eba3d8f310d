/** What a kubelet writes about a pod. */
import type { Pod } from '../../../operators/kube/resource.ts';
import { isBroken, type Runtime } from './kubelet.ts';

type Status = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];
type State = NonNullable<ContainerStatus['state']>;

export function podStatus(pod: Pod, runtime: Runtime | undefined, ready: boolean, now: string): Status {
  const inits = pod.spec?.initContainers ?? [];
  const done = runtime?.inits ?? -1;
  const initContainerStatuses = inits.map((container, index) => {
    if (index !== done) return statusOf(container, index < done ? finished : waiting);
    return currentOf(container, runtime, runningSince(pod.status?.initContainerStatuses?.[index], now));
  });
  const containerStatuses = (pod.spec?.containers ?? []).map((container) => {
    if (runtime?.started === true) {
      return { ...statusOf(container, runningSince(pod.status?.containerStatuses?.[0], now)), ready };
    }
    return done === inits.length ? currentOf(container, runtime, waiting) : statusOf(container, waiting);
  });
  const conditions = [
    condition(pod, 'PodScheduled', 'True', now),
    condition(pod, 'Ready', ready ? 'True' : 'False', now),
  ];
  const phase = runtime?.started === true ? 'Running' : 'Pending';
  const address = runtime === undefined ? {} : { podIP: runtime.member.address };
  return { phase, ...address, conditions, initContainerStatuses, containerStatuses };
}

type Container = Pick<NonNullable<Pod['spec']>['containers'][number], 'name' | 'image' | 'resources'>;

const finished: State = { terminated: { exitCode: 0, reason: 'Completed' } };
const waiting: State = { waiting: { reason: 'PodInitializing' } };

function runningSince(before: ContainerStatus | undefined, now: string): State {
  return { running: { startedAt: before?.state?.running?.startedAt ?? now } };
}

/** The container whose turn it is. */
function currentOf(container: Container, runtime: Runtime | undefined, otherwise: State): ContainerStatus {
  if (isBroken(container.image)) return statusOf(container, pulling(container.image));
  if (runtime?.failure === undefined) return statusOf(container, otherwise);
  const crashed: State = { waiting: { reason: 'CrashLoopBackOff' } };
  const lastState = { terminated: { exitCode: 1, message: runtime.failure } };
  // Not the count itself: each write of a status wakes everybody.
  return { ...statusOf(container, crashed), restartCount: 1, lastState };
}

function pulling(image: string | undefined): State {
  return { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } };
}

function statusOf({ name, image, resources }: Container, state: State): ContainerStatus {
  const given = resources === undefined ? {} : { resources };
  return { ...given, name, image: image ?? '', imageID: '', ready: false, restartCount: 0, state, lastState: {} };
}

function condition(pod: Pod, type: string, status: string, now: string): NonNullable<Status['conditions']>[number] {
  const old = pod.status?.conditions?.find((candidate) => candidate.type === type);
  return { type, status, lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? now) : now };
}
