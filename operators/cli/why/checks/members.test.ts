import type { KafkaMemberStatus } from '../../../../crds/kafka-cluster.ts';
import type { Pod, PodDisruptionBudget } from '../../../kube/resource.ts';
import { containerStatus, podOf, readyPod } from '../../../workload/testing/objects.ts';
import { ago, event, forbidden, read, service, told, unplacedPod } from '../testing/facts.ts';
import { processesStay } from './crash.ts';
import { evictionsAllowed } from './disruption.ts';
import { imagesPulled } from './image.ts';
import { membersServe } from './probe.ts';
import { quorumStands } from './quorum.ts';

const onNode = { node: 'node-a' };

function podWith(status: Parameters<typeof containerStatus>[1]): Pod {
  return podOf('demo-kafka-2', { ...onNode, containers: [containerStatus('kafka', status)] });
}

const ended = (exitCode: number, reason: string, seconds: number) => ({
  lastState: { terminated: { exitCode, reason, finishedAt: ago(seconds) } },
});

describe('imagesPulled', () => {
  told(imagesPulled, [
    ['takes pods that run', {}, ['PASS no image is missing']],
    ['says nothing before a pod has a node', { pods: read(unplacedPod()) }, []],
    [
      'finds an image that cannot be had',
      { pod: podWith({ state: { waiting: { reason: 'ImagePullBackOff', message: 'manifest unknown' } } }) },
      [
        'FAIL demo-kafka-2: image of kafka: ImagePullBackOff: manifest unknown => correct version or image in the spec, or let the node reach the registry',
      ],
    ],
  ]);
});

describe('processesStay', () => {
  const running = { state: { running: {} }, ready: true };
  const again = (seconds: number, reason = 'Error') =>
    readyPod('demo-kafka-2', {
      containers: [containerStatus('kafka', { ...running, restartCount: 1, ...ended(137, reason, seconds) })],
    });
  told(processesStay, [
    ['takes processes that run', {}, ['PASS none has ended in the last hour']],
    [
      'finds a crash, with its last words',
      {
        pod: podWith({
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, message: 'bad config\n' } },
        }),
      },
      [
        'FAIL demo-kafka-2: kafka ended with exit code 1, 4 restarts: bad config => kubectl stateward logs demo demo-kafka-2 --previous; then correct the spec',
      ],
    ],
    [
      'finds a process that was killed for memory',
      {
        pod: podWith({
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          ...ended(137, 'OOMKilled', 5),
        }),
      },
      [
        'FAIL demo-kafka-2: kafka ended with out of memory (raise resources.limits.memory), 2 restarts => raise resources.limits.memory, or lower jvm.heap',
      ],
    ],
    [
      'finds a container that cannot be made',
      {
        pod: podWith({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' } } }),
      },
      [
        'FAIL demo-kafka-2: container kafka: CreateContainerConfigError: secret "x" not found => make what it lacks, or correct the spec; it is tried again',
      ],
    ],
    [
      'tells of a crash that is over',
      { pod: again(600) },
      ['PASS demo-kafka-2 runs again: kafka ended 10m ago with exit code 137'],
    ],
    [
      'finds memory to be too little though the process runs again',
      { pod: again(600, 'OOMKilled') },
      [
        'FAIL demo-kafka-2 runs again: kafka ended 10m ago with out of memory => raise resources.limits.memory, or lower jvm.heap',
      ],
    ],
    ['forgets a crash of long ago', { pod: again(7200) }, ['PASS none has ended in the last hour']],
  ]);
});

function status(name: string, parts: Partial<KafkaMemberStatus> = {}): KafkaMemberStatus {
  return { name, group: 'kafka', ready: true, state: 'Ready', ...parts };
}

function members(...states: KafkaMemberStatus[]) {
  return service({ status: { observedGeneration: 3, members: states } });
}

describe('membersServe', () => {
  const starting = podOf('demo-kafka-2', {
    ...onNode,
    containers: [containerStatus('kafka', { state: { running: {} } })],
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(300) }],
  });
  const fix = 'a start may take minutes; what it does: kubectl stateward logs demo demo-kafka-2 -f';
  const stopping = (secondsAgo: number): Pod => {
    const pod = readyPod('demo-kafka-2');
    return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: ago(secondsAgo) } };
  };
  told(membersServe, [
    ['takes members that are ready', {}, ['PASS 3 members ready']],
    [
      'finds one that is not, in the words of the operator',
      {
        pod: starting,
        service: members(status('demo-kafka-2', { ready: false, state: 'Starting', message: 'follows no quorum' })),
      },
      [`FAIL demo-kafka-2 is not ready for 5m: follows no quorum => ${fix}`],
    ],
    [
      'finds one that is not, in the words of its probe',
      {
        pod: starting,
        events: read(
          event('Pod', 'demo-kafka-2', 'Unhealthy', 'older', 90),
          event('Pod', 'demo-kafka-2', 'Unhealthy', 'Readiness probe failed: 503'),
        ),
      },
      [`FAIL demo-kafka-2 is not ready for 5m: Readiness probe failed: 503 => ${fix}`],
    ],
    [
      'finds one that only its probe takes for ready',
      { service: members(status('demo-kafka-2', { ready: false, state: 'Starting', message: 'fenced' })) },
      [
        'FAIL demo-kafka-2 is ready by its probe, and not by the operator: fenced => wait; if it stays so, see the check operator',
      ],
    ],
    ['tells of one that stops', { pod: stopping(-20) }, ['PASS demo-kafka-2 is stopping']],
    [
      'finds one that does not stop',
      { pod: stopping(600) },
      [
        'FAIL demo-kafka-2 should have stopped 10m ago => see the node node-a: a pod goes only when its kubelet says so',
      ],
    ],
    ['leaves a pod without a node to the check of it', { pods: read(unplacedPod()) }, []],
  ]);
});

describe('quorumStands', () => {
  const controller = (index: number, ready: boolean) =>
    status(`demo-${index}`, { ready, state: ready ? 'Ready' : 'Crashing', roles: ['Controller'] });
  const cassandra = (...ready: boolean[]) =>
    service({
      kind: 'CassandraCluster',
      status: {
        observedGeneration: 3,
        members: ready.map((is, at) => status(`demo-${at}`, { ready: is, state: is ? 'Ready' : 'Absent' })),
      },
    });
  told(quorumStands, [
    [
      'takes a majority of controllers, and counts no broker',
      {
        service: members(
          controller(0, true),
          controller(1, true),
          controller(2, false),
          status('b', { ready: false, roles: ['Broker'] }),
        ),
      },
      ['PASS 2 of 3 controllers ready, 2 needed'],
    ],
    [
      'finds a lost majority',
      { service: members(controller(0, true), controller(1, false), controller(2, false)) },
      [
        'FAIL 1 of 3 controllers ready, 2 needed: no metadata can change => bring back demo-1 (Crashing), demo-2 (Crashing)',
      ],
    ],
    [
      'needs three of four',
      { service: members(...[0, 1, 2, 3].map((at) => controller(at, at < 2))) },
      [
        'FAIL 2 of 4 controllers ready, 3 needed: no metadata can change => bring back demo-2 (Crashing), demo-3 (Crashing)',
      ],
    ],
    [
      'bears one member of Cassandra to be away',
      { service: cassandra(true, true, false) },
      ['PASS 2 of 3 members ready'],
    ],
    [
      'finds two to be away',
      { service: cassandra(true, false, false) },
      ['FAIL 1 of 3 members ready: requests at QUORUM may fail => bring back demo-1 (Absent), demo-2 (Absent)'],
    ],
    [
      'finds the only one to be away',
      { service: cassandra(false) },
      ['FAIL 0 of 1 member ready: requests at QUORUM may fail => bring back demo-0 (Absent)'],
    ],
    ['does not know before status names members', {}, ['UNKNOWN status names no member yet']],
  ]);
});

function budget(name: string, allowed: number | undefined, healthy = 3): PodDisruptionBudget {
  const counts = { currentHealthy: healthy, desiredHealthy: 2, expectedPods: 3 };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name,
      namespace: 'ns',
      ...(name === 'demo' ? { labels: { 'app.kubernetes.io/managed-by': 'stateward' } } : {}),
    },
    spec: { selector: { matchLabels: { app: 'demo' } } },
    ...(allowed === undefined ? {} : { status: { ...counts, disruptionsAllowed: allowed } }),
  };
}

describe('evictionsAllowed', () => {
  const pod = readyPod('demo-kafka-2', { labels: { app: 'demo' } });
  const foreign = { ...budget('web', 0), spec: { selector: { matchLabels: { app: 'web' } } } };
  told(evictionsAllowed, [
    [
      'takes a budget that lets one go',
      { pod, budgets: read(budget('demo', 1), foreign) },
      ['PASS budget demo lets 1 go: 3 of 3 members are healthy'],
    ],
    [
      'finds a budget that is spent',
      { pod, budgets: read(budget('demo', 0, 2)) },
      [
        'FAIL budget demo lets no ready member go, so a drain waits: 2 of 3 members are healthy => bring back the members that are not ready',
      ],
    ],
    [
      'finds two budgets on the same pods',
      { pod, budgets: read(budget('mine', 1), budget('demo', 1)) },
      [
        'FAIL several budgets are about the same pods (mine, demo): Kubernetes then refuses every eviction => keep demo alone',
      ],
    ],
    [
      'does not know a budget that was not counted yet',
      { pod, budgets: read(budget('demo', undefined)) },
      ['UNKNOWN budget demo has not been counted yet'],
    ],
    ['does not know without a budget', { pod }, ['UNKNOWN no PodDisruptionBudget is about these members yet']],
    [
      'does not know what it may not read',
      { pod, budgets: forbidden('listing budgets') },
      ['UNKNOWN disruption budgets are not to be seen: listing budgets is forbidden'],
    ],
    ['says nothing without pods', { pods: read() }, []],
  ]);
});
