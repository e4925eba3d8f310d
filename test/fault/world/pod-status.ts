/** What a kubelet writes about a pod. */
import type { Pod } from '../../../operators/kube/resource.ts';
import { isBroken, type Runtime } from './kubelet.ts';

type Status = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];
type State = NonNullable<ContainerStatus['state']>;

export function podStatus(pod: Pod, runtime: Runtime | undefined, ready: boolean, now: string): Status {
  const inits = pod.spec?.initContainers ?? [];
  const done = runtime?.inits ?? -1;
  const allDone = done === inits.length;
  const initContainerStatuses = inits.map((container, index) => {
    const state = index < done ? finished : index === done ? current(container.image, runtime?.failure) : waiting;
    return statusOf(container.name, container.image, state, runtime?.failure !== undefined && index === done);
  });
  const containerStatuses = (pod.spec?.containers ?? []).map((container) => {
    const started = runtime?.started === true ? running : waiting;
    const state = allDone && isBroken(container.image) ? pulling(container.image) : started;
    return { ...statusOf(container.name, container.image, state, false), ready };
  });
  const conditions = [
    condition(pod, 'PodScheduled', 'True', now),
    condition(pod, 'Ready', ready ? 'True' : 'False', now),
  ];
  const phase = runtime?.started === true ? 'Running' : 'Pending';
  const address = runtime === undefined ? {} : { podIP: runtime.member.address };
  return { phase, ...address, conditions, initContainerStatuses, containerStatuses };
}

const finished: State = { terminated: { exitCode: 0, reason: 'Completed' } };
const running: State = { running: {} };
const waiting: State = { waiting: { reason: 'PodInitializing' } };

function current(image: string | undefined, failure: string | undefined): State {
  if (isBroken(image)) return pulling(image);
  return failure === undefined ? running : { waiting: { reason: 'CrashLoopBackOff' } };
}

function pulling(image: string | undefined): State {
  return { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } };
}

function statusOf(name: string, image: string | undefined, state: State, failed: boolean): ContainerStatus {
  const lastState = failed ? { terminated: { exitCode: 1 } } : {};
  return { name, image: image ?? '', imageID: '', ready: false, restartCount: failed ? 1 : 0, state, lastState };
}

function condition(pod: Pod, type: string, status: string, now: string): NonNullable<Status['conditions']>[number] {
  const old = pod.status?.conditions?.find((candidate) => candidate.type === type);
  return { type, status, lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? now) : now };
}
