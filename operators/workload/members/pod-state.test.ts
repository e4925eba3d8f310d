import assert from 'node:assert/strict';
import type { PersistentVolumeClaim, Pod } from '../../kube/resource.ts';
import { claimOf, containerStatus, podOf, readyPod } from '../testing/objects.ts';
import { serviceOf } from '../testing/services.ts';
import { brokenStates, isReady, type PodState, pausedAnnotation, reportPod } from './pod-state.ts';

const service = serviceOf();
const bound = claimOf('data-demo-kafka-0', service);
const unbound = claimOf('data-demo-kafka-0', service, { phase: 'Pending' });
const node = 'node-a';
const paused = { [pausedAnnotation]: 'true' };

const done = containerStatus('agent', { state: { terminated: { exitCode: 0 } } });
const waiting = (name: string, reason: string, message?: string) =>
  containerStatus(name, { state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } });
const crashed = (exitCode: number, more: { reason?: string; message?: string } = {}, restartCount = 4) =>
  containerStatus('kafka', {
    restartCount,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
    lastState: { terminated: { exitCode, ...more } },
  });
const unscheduled = (message?: string): Pod =>
  podOf('demo-kafka-0', {
    conditions: [{ type: 'PodScheduled', status: 'False', ...(message === undefined ? {} : { message }) }],
  });

interface Case {
  name: string;
  pod: Pod | undefined;
  claims?: PersistentVolumeClaim[];
  state: PodState;
  message: string;
}

const cases: Case[] = [
  { name: 'no pod', pod: undefined, state: 'Absent', message: 'waits for its pod to be created' },
  {
    name: 'a pod that is deleted',
    pod: readyPod('p', { deleting: true }),
    state: 'Terminating',
    message: 'is stopping',
  },
  { name: 'a ready pod', pod: readyPod('p'), state: 'Ready', message: '' },
  {
    name: 'a ready pod that has crashed before',
    pod: readyPod('p', {
      containers: [containerStatus('kafka', { restartCount: 2, lastState: { terminated: { exitCode: 1 } } })],
    }),
    state: 'Ready',
    message: '',
  },
  {
    name: 'a pod that is kept down',
    pod: podOf('p', { node, annotations: paused, containers: [containerStatus('kafka', { state: { running: {} } })] }),
    state: 'Paused',
    message: 'is kept down on purpose; its volumes are mounted',
  },
  {
    name: 'a pod that was kept down and goes',
    pod: podOf('p', { annotations: paused, deleting: true }),
    state: 'Terminating',
    message: 'is stopping',
  },
  {
    name: 'a pod that is to be kept down and serves all the same',
    pod: readyPod('p', { annotations: paused }),
    state: 'Ready',
    message: '',
  },
  {
    name: 'a pod that fits nowhere',
    pod: unscheduled("0/4 nodes are available: 4 node(s) didn't match Pod's node affinity"),
    state: 'Unschedulable',
    message: "no node fits: 0/4 nodes are available: 4 node(s) didn't match Pod's node affinity",
  },
  {
    name: 'a pod that fits nowhere without a word',
    pod: unscheduled(),
    state: 'Unschedulable',
    message: 'no node fits: the scheduler gives no reason',
  },
  {
    name: 'a pod without a volume',
    pod: podOf('p'),
    claims: [unbound],
    state: 'Pending',
    message: 'waits for its volume data-demo-kafka-0',
  },
  { name: 'a pod without a node', pod: podOf('p'), state: 'Pending', message: 'waits for a node' },
  {
    name: 'an image that cannot be pulled',
    pod: podOf('p', {
      node,
      init: [done],
      containers: [waiting('kafka', 'ImagePullBackOff', 'Back-off pulling image "x"')],
    }),
    state: 'ImageError',
    message: 'image of kafka: ImagePullBackOff: Back-off pulling image "x"',
  },
  {
    name: 'an image of an init container that cannot be pulled',
    pod: podOf('p', {
      node,
      init: [waiting('agent', 'ErrImagePull')],
      containers: [waiting('kafka', 'PodInitializing')],
    }),
    state: 'ImageError',
    message: 'image of agent: ErrImagePull',
  },
  {
    name: 'an image name that is none',
    pod: podOf('p', { node, containers: [waiting('kafka', 'InvalidImageName', 'couldn’t parse')] }),
    state: 'ImageError',
    message: 'image of kafka: InvalidImageName: couldn’t parse',
  },
  {
    name: 'a container that cannot be made',
    pod: podOf('p', { node, containers: [waiting('kafka', 'CreateContainerConfigError', 'secret "s" not found')] }),
    state: 'ContainerError',
    message: 'container kafka: CreateContainerConfigError: secret "s" not found',
  },
  {
    name: 'a crash with its last words',
    pod: podOf('p', { node, init: [done], containers: [crashed(1, { message: 'one\ntwo\nthree\nfour\n' })] }),
    state: 'Crashing',
    message: 'kafka ended with exit code 1, 4 restarts: two | three | four',
  },
  {
    name: 'a crash whose last words are a stack',
    pod: podOf('p', { node, containers: [crashed(1, { message: 'bad value x\n\tat a.B(C.java:1)\n\t... 3 more\n' })] }),
    state: 'Crashing',
    message: 'kafka ended with exit code 1, 4 restarts: bad value x',
  },
  {
    name: 'a crash without a word',
    pod: podOf('p', { node, containers: [crashed(137)] }),
    state: 'Crashing',
    message: 'kafka ended with exit code 137, 4 restarts',
  },
  {
    name: 'a process that ran out of memory',
    pod: podOf('p', { node, containers: [crashed(137, { reason: 'OOMKilled' })] }),
    state: 'Crashing',
    message: 'kafka ended with out of memory (raise resources.limits.memory), 4 restarts',
  },
  {
    name: 'an init container that crashes',
    pod: podOf('p', {
      node,
      init: [
        done,
        containerStatus('prepare', {
          restartCount: 1,
          state: { terminated: { exitCode: 1, message: 'belongs to another cluster' } },
        }),
      ],
      containers: [waiting('kafka', 'PodInitializing')],
    }),
    state: 'Crashing',
    message: 'prepare ended with exit code 1, 1 restarts: belongs to another cluster',
  },
  {
    name: 'a running init container',
    pod: podOf('p', {
      node,
      init: [done, containerStatus('prepare', { state: { running: {} } }), waiting('last', 'PodInitializing')],
      containers: [waiting('kafka', 'PodInitializing')],
    }),
    state: 'Initializing',
    message: 'runs init container prepare',
  },
  {
    name: 'an init container that has not begun',
    pod: podOf('p', {
      node,
      init: [waiting('agent', 'PodInitializing')],
      containers: [waiting('kafka', 'PodInitializing')],
    }),
    state: 'Initializing',
    message: 'waits for init container agent',
  },
  {
    name: 'a container that is being made',
    pod: podOf('p', { node, init: [done], containers: [waiting('kafka', 'ContainerCreating')] }),
    state: 'Initializing',
    message: 'pulls the image and makes the container on node-a',
  },
  {
    name: 'a process that is not ready',
    pod: podOf('p', {
      node,
      init: [done],
      conditions: [{ type: 'Ready', status: 'False' }],
      containers: [containerStatus('kafka', { state: { running: {} } })],
    }),
    state: 'Starting',
    message: 'the process runs and is not ready yet',
  },
];

describe('the state of a pod', () => {
  for (const { name, pod, claims = [bound], state, message } of cases) {
    it(`of ${name} is ${state}`, () => assert.deepEqual(reportPod(pod, claims), { state, message }));
  }

  it('covers every state', () => {
    const all: Record<PodState, true> = {
      Absent: true,
      Terminating: true,
      Paused: true,
      Unschedulable: true,
      Pending: true,
      ImageError: true,
      ContainerError: true,
      Crashing: true,
      Initializing: true,
      Starting: true,
      Ready: true,
    };
    assert.deepEqual(new Set(cases.map(({ state }) => state)), new Set(Object.keys(all)));
    assert.deepEqual([...brokenStates].sort(), ['ContainerError', 'Crashing', 'ImageError', 'Unschedulable']);
  });

  it('is not ready while the pod goes', () => {
    assert.equal(isReady(readyPod('p')), true);
    assert.equal(isReady(readyPod('p', { deleting: true })), false);
    assert.equal(isReady(podOf('p', { conditions: [{ type: 'Ready', status: 'False' }] })), false);
  });
});
