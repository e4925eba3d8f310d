import assert from 'node:assert/strict';
import { arrangePlan, dueActions } from '../plan/plan.ts';
import type { MemberView } from '../workload/members/members.ts';
import type { PodReport } from '../workload/members/pod-state.ts';
import { claimOf, containerStatus, podOf } from '../workload/testing/objects.ts';
import { serviceOf, starting } from '../workload/testing/services.ts';
import type { ClusterView } from './admin/admin.ts';
import type { KafkaModel } from './index.ts';
import type { DynamicConfig } from './observe.ts';
import { planKafka } from './plan.ts';
import { clusterOf, kafkaFacts, membersOf, modelOf, separate, snapshotOf, voterOf } from './testing/kafka.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const absent: PodReport = { state: 'Absent', message: 'waits for its pod to be created' };
const initializing: PodReport = { state: 'Initializing', message: 'runs init container prepare' };
const crashing: PodReport = { state: 'Crashing', message: 'kafka ended with exit code 1' };
const paused: PodReport = { state: 'Paused', message: 'is kept down' };

interface World {
  model?: KafkaModel;
  members?: Record<string, Partial<MemberView>>;
  cluster?: ClusterView | undefined;
  config?: DynamicConfig;
  claims?: ReturnType<typeof claimOf>[];
  recorded?: string[];
}

/** What Kafka always has set. */
const usual: DynamicConfig = { values: new Map([['min.insync.replicas', '2']]), refusal: undefined };

function plansOf({ model = modelOf(), members = {}, cluster, config, claims = [], recorded = [] }: World) {
  const snapshot = snapshotOf({ members: membersOf(model, members), cluster, config });
  return planKafka(model, snapshot, kafkaFacts({ dynamicConfig: recorded }, { claims }), now);
}

/** `plan/phase/step: kind message` of every step. */
function steps(world: World): string[] {
  return plansOf(world).flatMap((plan) =>
    plan.phases.flatMap((phase) =>
      phase.steps.map(({ name, reason, progress }) => {
        const message = 'message' in progress ? `: ${progress.message}` : '';
        const action = 'action' in progress ? ` ${JSON.stringify(progress.action)}` : '';
        return `${plan.name}/${phase.name}/${name} ${reason} ${progress.kind}${action}${message}`;
      }),
    ),
  );
}

function step(world: World, name: string): string {
  return (
    steps(world)
      .find((line) => line.includes(`/${name} `))
      ?.split(`/${name} `)[1] ?? 'no such step'
  );
}

const all = (parts: Partial<MemberView>): Record<string, Partial<MemberView>> =>
  Object.fromEntries(['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'].map((name) => [name, parts]));

describe('the plan of a Kafka service', () => {
  it('starts everybody, forms the quorum and registers the brokers', () =>
    assert.deepEqual(steps({ members: all({ report: absent, pod: undefined }) }), [
      'deploy/kafka/demo-kafka-0:[start] FirstSetup InProgress: waits for its pod to be created',
      'deploy/kafka/demo-kafka-1:[start] FirstSetup InProgress: waits for its pod to be created',
      'deploy/kafka/demo-kafka-2:[start] FirstSetup InProgress: waits for its pod to be created',
      'deploy/cluster/quorum:[form] FirstSetup InProgress: no controller answers yet',
      'deploy/cluster/brokers:[register] FirstSetup InProgress: no broker answers yet',
      'deploy/cluster/config:[apply] SpecChanged InProgress: no broker answers what is set now',
    ]));

  it('is complete when all are ready, the quorum has a leader and the brokers serve', () =>
    assert.deepEqual(
      steps({ cluster: clusterOf(), config: usual }).map((line) => line.split(' ').at(-1)),
      ['Complete', 'Complete', 'Complete', 'Complete', 'Complete', 'Complete'],
    ));

  it('has a phase for each pool', () =>
    assert.deepEqual(
      steps({ model: modelOf(separate) }).map((line) => line.split(' ')[0]),
      [
        'deploy/controller/demo-controller-0:[start]',
        'deploy/controller/demo-controller-1:[start]',
        'deploy/controller/demo-controller-2:[start]',
        'deploy/broker/demo-broker-1000:[start]',
        'deploy/broker/demo-broker-1001:[start]',
        'deploy/cluster/quorum:[form]',
        'deploy/cluster/brokers:[register]',
        'deploy/cluster/config:[apply]',
      ],
    ));

  it('has a phase of volumes only while there is something to do', () => {
    const claims = [claimOf('data-demo-kafka-0', serviceOf(), { size: '10Gi' })];
    assert.match(steps({ claims })[0] ?? '', /^deploy\/volumes\/data-demo-kafka-0:\[volume\] VolumeResize Due/);
    assert.doesNotMatch(steps({ claims: [] })[0] ?? '', /volumes/);
  });

  describe('sees the quorum', () => {
    const formed = { ...modelOf(), formed: true };
    const table: [string, World, string][] = [
      ['without an answer', {}, 'InProgress: no controller answers yet'],
      [
        'without a leader',
        { cluster: clusterOf({ leaderId: -1 }) },
        'InProgress: the quorum of 3 controllers has no leader yet',
      ],
      ['with a leader', { cluster: clusterOf() }, 'Complete'],
      ['which formed before, without an answer', { model: formed }, 'Complete'],
      [
        'which formed before and has no leader now',
        { model: formed, cluster: clusterOf({ leaderId: -1 }) },
        'Complete',
      ],
    ];
    for (const [name, world, expected] of table) {
      it(name, () => assert.equal(step(world, 'quorum:[form]'), `FirstSetup ${expected}`));
    }
  });

  describe('sees the brokers', () => {
    const table: [string, World, string][] = [
      ['without an answer', {}, 'InProgress: no broker answers yet'],
      [
        'which are missing',
        { cluster: clusterOf({ brokers: [1] }) },
        'InProgress: not registered or fenced: demo-kafka-0, demo-kafka-2',
      ],
      [
        'which are fenced',
        { cluster: clusterOf({ brokers: [0, 1], fenced: [2] }) },
        'InProgress: not registered or fenced: demo-kafka-2',
      ],
      ['which are all there', { cluster: clusterOf() }, 'Complete'],
      ['which have all served before', { members: all({ joined: true }) }, 'Complete'],
      [
        'of which one has never served',
        { members: { 'demo-kafka-0': { joined: true } } },
        'InProgress: no broker answers yet',
      ],
    ];
    for (const [name, world, expected] of table) {
      it(name, () => assert.equal(step(world, 'brokers:[register]'), `FirstSetup ${expected}`));
    }

    it('among the pools that have some', () =>
      assert.equal(
        step({ model: modelOf(separate), cluster: clusterOf({ brokers: [1000] }) }, 'brokers:[register]'),
        'FirstSetup InProgress: not registered or fenced: demo-broker-1001',
      ));
  });

  describe('starts a member', () => {
    const start = (parts: Partial<MemberView>): string =>
      step({ members: { 'demo-kafka-0': parts } }, 'demo-kafka-0:[start]');
    const broken = { report: crashing };
    const replace =
      'Due {"kind":"ReplacePod","pod":"demo-kafka-0","uid":"uid-demo-kafka-0"}: replaces a pod that serves nobody: kafka ended with exit code 1';
    const table: [string, Partial<MemberView>, string][] = [
      ['that is ready', {}, 'FirstSetup Complete'],
      [
        'that runs',
        { report: starting },
        'FirstSetup InProgress: the process runs and is not a ready controller and broker yet',
      ],
      ['that crashes', broken, 'FirstSetup Error: kafka ended with exit code 1'],
      ['that crashes with an older template', { ...broken, outdated: 'Spec' }, `FirstSetup ${replace}`],
      ['that is ready with an older template, and is left alone', { outdated: 'Spec' }, 'FirstSetup Complete'],
      ['that has served before, once only', { ...broken, joined: true }, 'FirstSetup Complete'],
      [
        'that has served before, whatever its template',
        { ...broken, joined: true, outdated: 'Spec' },
        'FirstSetup Complete',
      ],
      ['that somebody keeps down', { report: paused, paused: true }, 'FirstSetup InProgress: is kept down'],
      [
        'that nobody keeps down any more',
        { report: paused },
        'FirstSetup Due {"kind":"ReplacePod","pod":"demo-kafka-0","uid":"uid-demo-kafka-0"}: replaces a pod that serves nobody: is kept down',
      ],
    ];
    for (const [name, parts, expected] of table) it(name, () => assert.equal(start(parts), expected));
  });

  describe('tells a member its zone', () => {
    const init = [containerStatus('prepare', { state: { running: {} } })];
    const pod = (parts: object = {}) => podOf('demo-kafka-0', { node: 'node-a', init, ...parts });
    const start = (parts: Partial<MemberView>): string =>
      step({ members: { 'demo-kafka-0': { report: initializing, pod: pod(), ...parts } } }, 'demo-kafka-0:[start]');
    const tell = (zone: string): string =>
      `Due {"kind":"TellZone","pod":"demo-kafka-0","uid":"uid-demo-kafka-0","zone":"${zone}"}`;
    const waits = 'InProgress: runs init container prepare';
    const table: [string, Partial<MemberView>, string][] = [
      ['that has a node', {}, `${tell('a')}: tells the pod that node node-a is in zone a`],
      ['that has none', { zone: undefined }, `${tell('')}: tells the pod that node node-a is in zone (none)`],
      ['not before it has a node', { node: undefined }, waits],
      ['not when Kubernetes has told it', { pod: pod({ labels: { 'topology.kubernetes.io/zone': 'a' } }) }, waits],
      ['not twice', { pod: pod({ annotations: { 'stateward.dev/zone': '' } }) }, waits],
    ];
    for (const [name, parts, expected] of table) it(name, () => assert.equal(start(parts), `FirstSetup ${expected}`));
  });

  describe('recovers', () => {
    const recovery = (parts: Partial<MemberView>): string =>
      step({ members: { 'demo-kafka-1': parts } }, 'demo-kafka-1:[recover]');
    const table: [string, Partial<MemberView>, string][] = [
      ['nobody who is ready', { joined: true }, 'no such step'],
      ['nobody who never served', { report: absent }, 'no such step'],
      [
        'who is gone',
        { joined: true, report: absent, pod: undefined },
        'MemberFailed InProgress: waits for its pod to be created',
      ],
      ['who crashes', { joined: true, report: crashing }, 'MemberFailed Error: kafka ended with exit code 1'],
      [
        'who runs again',
        { joined: true, report: starting },
        'MemberFailed InProgress: the process runs and is not a ready controller and broker yet',
      ],
      [
        'who waits for a corrected template',
        { joined: true, report: crashing, outdated: 'Spec' },
        'MemberFailed Due {"kind":"ReplacePod","pod":"demo-kafka-1","uid":"uid-demo-kafka-1"}: replaces a pod that serves nobody: kafka ended with exit code 1',
      ],
      [
        'who waits for its zone',
        { joined: true, report: initializing },
        'MemberFailed Due {"kind":"TellZone","pod":"demo-kafka-1","uid":"uid-demo-kafka-1","zone":"a"}: tells the pod that node node-a is in zone a',
      ],
    ];
    for (const [name, parts, expected] of table) it(name, () => assert.equal(recovery(parts), expected));
  });

  it('leads to the revision of the spec, and back to where it was', () => {
    const members = { 'demo-kafka-1': { joined: true, report: crashing } };
    assert.deepEqual(
      plansOf({ members }).map(({ name, revision }) => [name, revision]),
      [
        ['deploy', 'rev-1'],
        ['recovery', 'recovery'],
      ],
    );
  });

  describe('sets without a restart', () => {
    const model = modelOf({ config: { 'log.retention.ms': '1000', 'num.io.threads': '20' } });
    const given = (values: Record<string, string>, refusal?: string): DynamicConfig => ({
      values: new Map(Object.entries({ 'min.insync.replicas': '2', ...values })),
      refusal,
    });
    const table: [string, World, string][] = [
      ['nothing while no broker answers', {}, 'InProgress: no broker answers what is set now'],
      [
        'what is not as wanted',
        { config: given({ 'log.retention.ms': '7' }) },
        'Due {"kind":"AlterConfig","changes":{}}: sets without a restart: log.retention.ms=1000, num.io.threads=16',
      ],
      [
        'what goes back to its default',
        {
          config: given({ 'log.retention.ms': '1000', 'num.io.threads': '20', 'log.roll.ms': '9' }),
          recorded: ['log.roll.ms'],
        },
        'Due {"kind":"AlterConfig","changes":{}}: sets without a restart: log.roll.ms back to its default',
      ],
      [
        'nothing that Kafka refuses',
        { config: given({}, 'Invalid value -2') },
        'Error: Kafka refuses spec.config: Invalid value -2',
      ],
      [
        'nothing more when all is as wanted',
        { config: given({ 'log.retention.ms': '1000', 'num.io.threads': '20', 'log.roll.ms': '9' }) },
        'Complete',
      ],
    ];
    for (const [name, world, expected] of table)
      it(name, () => assert.equal(step({ model, ...world }, 'config:[apply]'), `SpecChanged ${expected}`));
  });

  describe('gives a new metadata volume a vote', () => {
    const joined = all({ joined: true });
    const name = 'demo-kafka-1:[vote]';
    const stranger = (logEndOffset: bigint, nodeId = 1) =>
      voterOf(nodeId, { directoryId: `new-${nodeId}`, logEndOffset, lastFetch: 2_000n });
    const others = [voterOf(0), voterOf(2)];
    const remove = (nodeId: number) => `{"kind":"RemoveVoter","nodeId":${nodeId},"directoryId":"dir-${nodeId}"}`;
    const add = '{"kind":"AddVoter","member":"demo-kafka-1","nodeId":1,"directoryId":"new-1"}';
    const none = 'no such step';
    const table: [string, World, string][] = [
      ['only where it has none', { cluster: clusterOf() }, none],
      ['only when somebody answers', {}, none],
      ['only while there is a leader', { cluster: clusterOf({ leaderId: -1, observers: [stranger(9n)] }) }, none],
      [
        'and first takes back that of the old one, however far the new one is',
        { cluster: clusterOf({ observers: [stranger(0n)] }) },
        `MemberLost Due ${remove(1)}: takes back the vote of its lost metadata volume dir-1`,
      ],
      [
        'not before it has caught up',
        { cluster: clusterOf({ voters: others, observers: [stranger(4n)], highWatermark: 105n }) },
        'MemberLost InProgress: follows the quorum, 101 records behind',
      ],
      [
        'once it has caught up',
        { cluster: clusterOf({ voters: others, observers: [stranger(9n)] }) },
        `MemberLost Due ${add}: gets a vote in the quorum`,
      ],
      [
        'and keeps it while the old volume is listed for some minutes more',
        { cluster: clusterOf({ voters: [...others, stranger(9n)], observers: [voterOf(1)] }) },
        none,
      ],
      ['not while it does not follow', { cluster: clusterOf({ voters: others }) }, none],
      [
        'not where the member has never served',
        { members: {}, cluster: clusterOf({ observers: [stranger(9n)] }) },
        none,
      ],
    ];
    for (const [what, world, expected] of table)
      it(what, () => assert.equal(step({ members: joined, ...world }, name), expected));

    it('not while a new leader does not know how far the quorum is', () => {
      const cluster = clusterOf({ voters: others, highWatermark: -1n, observers: [stranger(9n)] });
      assert.match(step({ members: joined, cluster }, name), /^MemberLost InProgress: /);
    });

    it('and none to a broker, which only follows', () => {
      const model = modelOf(separate);
      const members = { 'demo-broker-1000': { joined: true } };
      const cluster = clusterOf({ brokers: [1000, 1001], observers: [voterOf(1000), voterOf(1001)] });
      assert.equal(step({ model, members, cluster }, 'demo-broker-1000:[vote]'), none);
    });

    it('one change at a time', () => {
      const cluster = clusterOf({ observers: [stranger(9n, 2), stranger(9n, 1)] });
      const recovery = plansOf({ members: joined, cluster }).find((plan) => plan.name === 'recovery');
      assert.ok(recovery !== undefined);
      assert.deepEqual(
        recovery.phases.map((phase) => [phase.name, phase.steps.map((each) => each.name)]),
        [
          ['members', []],
          ['quorum', ['demo-kafka-1:[vote]', 'demo-kafka-2:[vote]']],
        ],
      );
      assert.deepEqual(
        dueActions(arrangePlan(recovery)).map((action) => JSON.stringify(action)),
        [remove(1)],
      );
    });
  });
});
