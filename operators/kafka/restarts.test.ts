import assert from 'node:assert/strict';
import type { Progress } from '../plan/plan.ts';
import type { MemberView } from '../workload/members/members.ts';
import type { RestartService } from '../workload/restart.ts';
import { starting } from '../workload/testing/services.ts';
import type { ClusterView, Partition } from './admin/admin.ts';
import type { KafkaModel } from './index.ts';
import type { KafkaMember } from './observe.ts';
import type { KafkaAction } from './plan.ts';
import { kafkaRestarts } from './restarts.ts';
import { clusterOf, kafkaFacts, membersOf, modelOf, separate, snapshotOf, voterOf } from './testing/kafka.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const combined = modelOf();
const formed = { ...combined, formed: true };
const accepting = modelOf({ updates: { unreplicated: 'Accept' } });

function partitionOf(parts: Partial<Partition> = {}): Partition {
  const { replicas = [0, 1, 2] } = parts;
  return { topic: 'orders', index: 7, leader: replicas[0] ?? -1, replicas, inSync: replicas, minInSync: 2, ...parts };
}

interface World {
  model?: KafkaModel;
  parts?: Record<string, Partial<MemberView>>;
  cluster?: ClusterView | undefined;
  partitions?: Partition[] | undefined;
}

/** All is in good order, unless told otherwise. */
function restartsOf(world: World = {}): RestartService<KafkaMember, KafkaAction> {
  const { model = combined, parts = {} } = world;
  const cluster = 'cluster' in world ? world.cluster : clusterOf();
  const partitions = 'partitions' in world ? world.partitions : [partitionOf()];
  const snapshot = snapshotOf({ members: membersOf(model, parts), cluster, partitions });
  return kafkaRestarts(model, snapshot, kafkaFacts(), now);
}

/** What the service says of one member. */
function of<Word>(
  world: World,
  name: string,
  ask: (service: ReturnType<typeof restartsOf>, member: KafkaMember) => Word,
): Word {
  const service = restartsOf(world);
  const member = service.ordered.find((candidate) => candidate.name === name);
  assert.ok(member !== undefined);
  return ask(service, member);
}

describe('the order in which Kafka restarts', () => {
  const zones = (...pairs: [string, string | undefined][]): Record<string, Partial<MemberView>> =>
    Object.fromEntries(pairs.map(([name, zone]) => [name, { zone }]));
  const brokers = {
    pools: [
      { name: 'controller', roles: ['Controller' as const] },
      { name: 'broker', roles: ['Broker' as const], replicas: 4 },
    ],
  };
  const spread = zones(
    ['demo-broker-1000', 'b'],
    ['demo-broker-1001', 'a'],
    ['demo-broker-1002', 'b'],
    ['demo-broker-1003', 'a'],
    ['demo-controller-0', 'b'],
    ['demo-controller-2', 'a'],
    ['demo-controller-1', 'c'],
  );
  const table: [string, World, number[]][] = [
    [
      'is brokers zone by zone, then controllers',
      { model: modelOf(brokers), parts: spread, cluster: clusterOf({ leaderId: 2 }) },
      [1001, 1003, 1000, 1002, 0, 1, 2],
    ],
    [
      'is that of node ids where nobody knows zones or leaders',
      {
        model: modelOf(separate),
        parts: Object.fromEntries(
          ['controller-0', 'controller-1', 'controller-2', 'broker-1000', 'broker-1001'].map((name) => [
            `demo-${name}`,
            { zone: undefined },
          ]),
        ),
        cluster: undefined,
      },
      [1000, 1001, 0, 1, 2],
    ],
    [
      'ends with the active controller, whatever its zone',
      {
        parts: zones(['demo-kafka-0', 'a'], ['demo-kafka-1', 'c'], ['demo-kafka-2', 'b']),
        cluster: clusterOf({ leaderId: 0 }),
      },
      [2, 1, 0],
    ],
  ];
  for (const [name, world, expected] of table) {
    it(name, () =>
      assert.deepEqual(
        restartsOf(world).ordered.map(({ nodeId }) => nodeId),
        expected,
      ),
    );
  }
});

describe('a restart of a Kafka member', () => {
  const silent = 'no broker answers: what the service can bear is unknown';
  const shrunk = [partitionOf({ inSync: [1, 2] })];
  const alone = [partitionOf({ topic: 'audit', replicas: [1], minInSync: 1 })];
  const unreplicated =
    '1 topic bears no restart: audit (1 replica, min.insync.replicas 1); raise its replicas, or set spec.updates.unreplicated: Accept';
  const table: [string, World, string | undefined][] = [
    ['is no risk when all is in good order', {}, undefined],
    ['is a risk while nobody answers', { cluster: undefined, partitions: undefined }, silent],
    ['is a risk while no broker answers', { partitions: undefined }, silent],
    [
      'is a risk while partitions need it',
      { partitions: shrunk },
      '1 partition would fall below min.insync.replicas: orders-7 (isr 1,2 of 0,1,2)',
    ],
    ['is a risk while the quorum has no leader', { cluster: clusterOf({ leaderId: -1 }) }, 'the quorum has no leader'],
    [
      'is a risk while another controller is behind',
      { cluster: clusterOf({ voters: [voterOf(0), voterOf(1), voterOf(2, { lastCaughtUp: -1n })] }) },
      '1 of 3 voters of the quorum would be left, caught up, and 2 are needed: node 2 has not been seen caught up',
    ],
    [
      'is a risk for the quorum also before it votes',
      {
        cluster: clusterOf({
          voters: [voterOf(0), voterOf(2, { lastCaughtUp: -1n }), voterOf(3, { lastCaughtUp: -1n })],
        }),
      },
      '1 of 3 voters of the quorum would be left, caught up, and 2 are needed: node 2 has not been seen caught up, node 3 has not been seen caught up',
    ],
    ['is a risk for what bears none', { partitions: alone }, unreplicated],
    ['is no risk for what bears none where the user accepts that', { model: accepting, partitions: alone }, undefined],
  ];
  for (const [name, world, expected] of table)
    it(name, () =>
      assert.equal(
        of(world, 'demo-kafka-1', (service, member) => service.risk(member, [])),
        expected,
      ),
    );
});

describe('the loss of a Kafka member', () => {
  const only = (topic: string, index = 0): Partition => partitionOf({ topic, index, replicas: [1], minInSync: 1 });
  const noMajority = (voters: number): string =>
    `the quorum of ${voters} controllers could never give its new volume a vote: it needs three or more`;
  const lost = (what: string): string =>
    `no other broker has all of ${what}: raise the replicas of the topic, or delete it`;
  const table: [string, World, string | undefined][] = [
    ['is none where others have everything', {}, undefined],
    ['is one where it has the only copy, whatever the user accepts', { partitions: [only('audit')] }, lost('audit-0')],
    [
      'is one where it is the only replica in sync',
      { partitions: [partitionOf({ inSync: [1], minInSync: 1, replicas: [1, 2] })] },
      '1 partition would fall below min.insync.replicas: orders-7 (isr 1 of 1,2)',
    ],
    [
      'is one where nobody is in sync',
      { partitions: [partitionOf({ replicas: [1], inSync: [], minInSync: 0 })] },
      lost('orders-7'),
    ],
    [
      'is one where it is the only voter',
      { cluster: clusterOf({ leaderId: 1, voters: [voterOf(1)] }), partitions: [] },
      noMajority(1),
    ],
    [
      'is one where the other of two voters is no majority',
      { cluster: clusterOf({ voters: [voterOf(0), voterOf(1)] }), partitions: [] },
      noMajority(2),
    ],
    [
      'is none for a quorum in which it has no vote',
      { cluster: clusterOf({ voters: [voterOf(0), voterOf(2)] }) },
      undefined,
    ],
    ['is none of what others have', { partitions: [partitionOf({ replicas: [0], minInSync: 1 })] }, undefined],
    [
      'names five',
      { partitions: [1, 2, 3, 4, 5, 6, 7].map((index) => only('audit', index)) },
      lost('audit-1, audit-2, audit-3, audit-4, audit-5 and 2 more'),
    ],
    [
      'is one while nobody answers',
      { partitions: undefined },
      'no broker answers: what the service can bear is unknown',
    ],
  ];
  for (const [name, world, expected] of table)
    it(name, () =>
      assert.equal(
        of({ model: accepting, ...world }, 'demo-kafka-1', (service, member) => service.lossRisk(member)),
        expected,
      ),
    );
});

describe('a Kafka member that is back', () => {
  type Settled = Progress<KafkaAction>;
  const waits = (message: string): Settled => ({ kind: 'InProgress', message });
  const done: Settled = { kind: 'Complete' };
  const silent = waits('no broker answers: what the service can bear is unknown');
  const noVote = waits('has no vote in the quorum yet');
  const led = (leader: number, index: number, parts: Partial<Partition> = {}): Partition =>
    partitionOf({ leader, index, replicas: [1, 0, 2], ...parts });
  const table: [string, World, Settled][] = [
    ['is settled when it votes, serves, and has all', {}, done],
    ['waits for an answer of the quorum', { cluster: undefined, partitions: undefined }, noVote],
    ['waits for its vote', { cluster: clusterOf({ voters: [voterOf(0), voterOf(2)] }) }, noVote],
    [
      'waits while it only follows in a new directory',
      { cluster: clusterOf({ observers: [voterOf(1, { directoryId: 'new-1', lastFetch: 2_000n })] }) },
      noVote,
    ],
    ['waits for the word of a broker', { partitions: undefined }, silent],
    ['waits to be registered', { cluster: clusterOf({ brokers: [0, 2] }) }, silent],
    [
      'waits to be unfenced',
      { cluster: clusterOf({ brokers: [0, 2], fenced: [1] }) },
      waits('the controllers keep it fenced'),
    ],
    [
      'waits for its replicas',
      { partitions: [partitionOf({ inSync: [0, 2] }), partitionOf({ index: 8 })] },
      waits('1 partition under-replicated: orders-7'),
    ],
    ['does not wait for the replicas of others', { partitions: [partitionOf({ inSync: [0, 1] })] }, done],
    [
      'takes back what it is to lead',
      { partitions: [led(0, 1), led(1, 2), led(2, 3), led(-1, 4)] },
      {
        kind: 'Due',
        action: {
          kind: 'ElectPreferred',
          partitions: [
            { topic: 'orders', index: 1 },
            { topic: 'orders', index: 3 },
          ],
        },
        message: 'takes back the leadership of 2 partitions',
      },
    ],
    [
      'takes nothing back before it has all',
      { partitions: [led(0, 1), led(0, 2, { inSync: [0, 2] })] },
      waits('1 partition under-replicated: orders-2'),
    ],
  ];
  for (const [name, world, expected] of table)
    it(name, () =>
      assert.deepEqual(
        of(world, 'demo-kafka-1', (service, member) => service.settled(member)),
        expected,
      ),
    );

  const apart: [string, string, World, Settled][] = [
    ['needs no broker when it is a controller alone', 'demo-controller-1', { partitions: undefined }, done],
    ['needs no vote when it is a broker alone', 'demo-broker-1000', { cluster: clusterOf({ brokers: [1000] }) }, done],
  ];
  for (const [name, member, world, expected] of apart)
    it(name, () =>
      assert.deepEqual(
        of({ model: modelOf(separate), ...world }, member, (service, found) => service.settled(found)),
        expected,
      ),
    );
});

describe('a Kafka member on its way back', () => {
  it('is as far as its pod and process are', () =>
    assert.deepEqual(
      of({ parts: { 'demo-kafka-1': { report: starting } } }, 'demo-kafka-1', (service, member) =>
        service.starting(member),
      ),
      { kind: 'InProgress', message: 'the process runs and is not a ready controller and broker yet' },
    ));
});

describe('a Kafka service is at risk', () => {
  const behind = partitionOf({ inSync: [0, 1] });
  const many = Array.from({ length: 6 }, (_, index) => partitionOf({ index, inSync: [0] }));
  const table: [string, World, string | undefined][] = [
    ['not while every replica is in sync', { model: formed }, undefined],
    ['while one is not', { model: formed, partitions: [behind] }, '1 partitions are under-replicated: orders-7'],
    [
      'by more than it can name',
      { model: formed, partitions: many },
      '6 partitions are under-replicated: orders-0, orders-1, orders-2, orders-3, orders-4 and 1 more',
    ],
    ["not by anybody's word while nobody answers", { model: formed, partitions: undefined }, undefined],
    ['not before clients use it', { partitions: [behind] }, undefined],
  ];
  for (const [name, world, expected] of table) it(name, () => assert.equal(restartsOf(world).atRisk, expected));
});
