import assert from 'node:assert/strict';
import type { Progress } from '../plan/plan.ts';
import { claimOf } from '../workload/testing/objects.ts';
import { serviceOf } from '../workload/testing/services.ts';
import type { LogDir, Partition, Reassignment } from './admin/admin.ts';
import { drained, forgotten, isShut, released, returnSteps } from './leave.ts';
import type { KafkaMember, KafkaSnapshot } from './observe.ts';
import { clusterOf, kafkaFacts, membersOf, modelOf, snapshotOf, voterOf } from './testing/kafka.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const four = { pools: [{ name: 'kafka', roles: ['Controller' as const, 'Broker' as const], replicas: 4 }] };
const model = modelOf(four);
const older = modelOf({ ...four, version: '4.2.1' });
const leaver = 'demo-kafka-3';

function partitionOf(replicas: number[], parts: Partial<Partition> = {}): Partition {
  return { topic: 'orders', index: 7, leader: replicas[0] ?? -1, replicas, inSync: replicas, minInSync: 2, ...parts };
}

function diskOf(partitions: Partition[], nodeId: number, cordoned = false): LogDir[] {
  const own = partitions.filter(({ replicas }) => replicas.includes(nodeId));
  const replicas = own.map(({ topic, index }) => ({ topic, index, bytes: 1024n, future: false }));
  return [{ path: '/data', failed: false, totalBytes: 2n ** 30n, usableBytes: 2n ** 29n, cordoned, replicas }];
}

interface World {
  partitions?: Partition[];
  reassignments?: Reassignment[];
  /** Brokers that take nothing new; the leaver unless told otherwise. */
  cordoned?: number[];
  cluster?: KafkaSnapshot['cluster'];
  leaving?: Partial<KafkaMember>;
  /** Brokers that pass no requests on. */
  deaf?: number[];
}

const all = { brokers: [0, 1, 2, 3] };

function worldOf(world: World) {
  const { partitions = [], reassignments = [], cordoned = [3], cluster = clusterOf(all), leaving, deaf = [] } = world;
  const members = membersOf(model, { [leaver]: { leaving: true, joined: true, ...leaving } });
  const disks = new Map([0, 1, 2, 3].map((id) => [id, diskOf(partitions, id, cordoned.includes(id))]));
  const member = members.find(({ name }) => name === leaver);
  assert.ok(member !== undefined);
  const forwarding = new Map(deaf.map((nodeId) => [nodeId, false]));
  return { member, snapshot: snapshotOf({ members, cluster, partitions, reassignments, disks, forwarding }) };
}

function said(progress: Progress<unknown>): string {
  return 'message' in progress ? `${progress.kind}: ${progress.message}` : progress.kind;
}

describe('a broker that leaves', () => {
  const table: [string, World, RegExp, object?][] = [
    [
      'takes no new replicas first',
      { cordoned: [] },
      /^Due: is told to take no new replicas$/,
      { kind: 'Cordon', nodeId: 3, cordoned: true },
    ],
    [
      'is told nothing that it would not pass on',
      { cordoned: [], deaf: [3] },
      /^Waiting: is told to take no new replicas once it passes requests on to the controllers$/,
    ],
    [
      'hands over what it has where it needs not be told',
      { deaf: [3], partitions: [partitionOf([3, 0])] },
      /^Due: hands/,
    ],
    [
      'hands over its replicas',
      { partitions: [partitionOf([3, 0])] },
      /^Due: hands over 1 partition, 1 MiB to copy$/,
      { kind: 'Reassign', moves: [{ topic: 'orders', index: 7, replicas: [1, 0] }] },
    ],
    [
      'waits while they are on their way',
      {
        partitions: [partitionOf([1, 0, 3], { inSync: [0, 3] })],
        reassignments: [{ topic: 'orders', index: 7, adding: [1], removing: [3] }],
      },
      /^InProgress: hands over 1 partition/,
    ],
    [
      'stays where too few would be left',
      { partitions: [partitionOf([0, 1, 2, 3])] },
      /^Error: topic orders has 4 replicas and 3 brokers would be left: lower its replicas, or keep 4 brokers$/,
    ],
    ['has nothing more', { partitions: [partitionOf([0, 1])] }, /^Complete$/],
    [
      'leaves also while it is down',
      { partitions: [partitionOf([0, 3])], leaving: { report: { state: 'Crashing', message: '' } }, cordoned: [] },
      /^Due: (is told|hands over)/,
    ],
  ];
  for (const [what, world, expected, action] of table) {
    it(what, () => {
      const { member, snapshot } = worldOf(world);
      const progress = drained(member, model, snapshot, now);
      assert.match(said(progress), expected);
      if (action !== undefined) assert.deepEqual(progress.kind === 'Due' ? progress.action : undefined, action);
    });
  }

  it('is unknown while nobody answers', () => {
    const { member } = worldOf({});
    const silent = snapshotOf({ members: [member] });
    assert.match(said(drained(member, model, silent, now)), /^Waiting: no broker answers/);
    assert.match(said(released(member, silent)), /^Waiting: no broker answers/);
    assert.match(said(forgotten(member, silent)), /^Waiting: no broker answers/);
  });

  it('is not told to take nothing where its version cannot', () => {
    const { member, snapshot } = worldOf({ cordoned: [] });
    assert.equal(drained(member, older, snapshot, now).kind, 'Complete');
  });

  it('does not hand over to another one that leaves', () => {
    const members = membersOf(model, {
      [leaver]: { leaving: true, joined: true },
      'demo-kafka-2': { leaving: true, joined: true },
    });
    const { snapshot } = worldOf({ partitions: [partitionOf([3, 0])] });
    const [member] = members.slice(-1);
    assert.ok(member !== undefined);
    const progress = drained(member, model, { ...snapshot, members }, now);
    assert.deepEqual(progress.kind === 'Due' ? progress.action : undefined, {
      kind: 'Reassign',
      moves: [{ topic: 'orders', index: 7, replicas: [1, 0] }],
    });
  });

  it('that has stopped is not asked for what others still have to hand over', () => {
    const retired = { leaving: true, joined: true, retired: true, pod: undefined };
    const members = membersOf(model, { [leaver]: retired, 'demo-kafka-2': { leaving: true, joined: true } });
    const { snapshot } = worldOf({ partitions: [partitionOf([2, 0])] });
    const [member] = members.slice(-1);
    assert.ok(member !== undefined);
    assert.equal(drained(member, model, { ...snapshot, members }, now).kind, 'Complete');
  });
});

describe('a controller that leaves', () => {
  const four = [0, 1, 2, 3].map((nodeId) => voterOf(nodeId));
  const lagging = four.map((voter) => (voter.nodeId === 1 ? { ...voter, lastCaughtUp: -1n } : voter));
  const table: [string, KafkaSnapshot['cluster'], RegExp][] = [
    ['gives its vote back', clusterOf({ ...all, voters: four }), /^Due: gives its vote back$/],
    ['keeps it while another lags', clusterOf({ ...all, voters: lagging }), /^Waiting: keeps its vote until node 1/],
    ['keeps it while nobody leads', clusterOf({ ...all, voters: four, leaderId: -1 }), /^InProgress: waits until/],
    ['has none any more', clusterOf(all), /^Complete$/],
  ];
  for (const [what, cluster, expected] of table) {
    it(what, () => {
      const { member, snapshot } = worldOf({ cluster });
      assert.match(said(released(member, snapshot)), expected);
    });
  }
});

describe('a broker that has left', () => {
  const table: [string, KafkaSnapshot['cluster'], RegExp][] = [
    ['is unregistered', clusterOf({ fenced: [3] }), /^Due: is taken from the list/],
    ['is waited for while it is not fenced', clusterOf(all), /^InProgress: waits until the controllers/],
    ['is forgotten', clusterOf(), /^Complete$/],
  ];
  for (const [what, cluster, expected] of table) {
    it(what, () => {
      const { member, snapshot } = worldOf({ cluster });
      assert.match(said(forgotten(member, snapshot)), expected);
    });
  }
});

describe('a broker that stays after all', () => {
  const status = [{ name: leaver, group: 'kafka', ready: true, state: 'Ready', joined: true, leaving: true }];
  const claims = [claimOf(`data-${leaver}`, serviceOf())];
  const steps = (cordoned: number[], members = status, deaf: number[] = []) => {
    const { snapshot } = worldOf({ cordoned, leaving: { leaving: false }, deaf });
    return returnSteps(snapshot, kafkaFacts({ members }, { claims }));
  };

  it('takes replicas again', () => {
    const [step, ...others] = steps([3]);
    assert.deepEqual(others, []);
    assert.equal(step?.name, `${leaver}:[uncordon]`);
    assert.deepEqual(step.progress.kind === 'Due' && step.progress.action, {
      kind: 'Cordon',
      nodeId: 3,
      cordoned: false,
    });
  });

  it('is told nothing that it would not pass on', () => {
    const [step] = steps([3], status, [3]);
    assert.ok(step !== undefined);
    assert.equal(said(step.progress), 'Waiting: takes replicas again once it passes requests on to the controllers');
  });

  it('has nothing to do where it does', () => {
    assert.deepEqual(steps([]), []);
  });

  it('is left alone where somebody else has cordoned it', () => {
    assert.deepEqual(steps([3], []), []);
  });

  it('is asked again while it does not answer', () => {
    const { member, snapshot } = worldOf({ leaving: { leaving: false } });
    const silent = { ...snapshot, disks: new Map() };
    assert.equal(isShut(member, silent), undefined);
    const [step] = returnSteps(silent, kafkaFacts({ members: status }));
    assert.equal(step?.progress.kind, 'InProgress');
  });
});
