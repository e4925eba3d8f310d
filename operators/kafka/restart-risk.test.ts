import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Broker, Partition, Quorum } from './admin/admin.ts';
import { byNode, preferredAway, type Restart, restartRisk, settledMessage, underReplicated } from './restart-risk.ts';

function brokersOf(count: number): Broker[] {
  return Array.from({ length: count }, (_, nodeId) => ({ nodeId, rack: undefined, fenced: false }));
}

function partitionOf(parts: Partial<Partition> = {}): Partition {
  const { replicas = [0, 1, 2] } = parts;
  return { topic: 'orders', index: 7, leader: replicas[0] ?? -1, replicas, inSync: replicas, minInSync: 2, ...parts };
}

/** Each lag in milliseconds behind the leader; undefined for never seen caught up. */
function quorumOf(lags: (number | undefined)[], parts: Partial<Quorum> = {}): Quorum {
  const voters = lags.map((lag, nodeId) => ({
    nodeId,
    directoryId: `dir-${nodeId}`,
    logEndOffset: 9n,
    lastFetch: 0n,
    lastCaughtUp: lag === undefined ? -1n : 100_000n - BigInt(lag),
  }));
  return { leaderId: 0, highWatermark: 9n, voters, observers: [], ...parts };
}

function restartOf(parts: Partial<Omit<Restart, 'nodeIds'>> & { nodeIds?: number[] } = {}): Restart {
  return {
    brokers: brokersOf(3),
    partitions: [partitionOf()],
    quorum: quorumOf([0, 400, 400]),
    controllers: new Set([0, 1, 2]),
    unreplicated: 'Wait',
    ...parts,
    nodeIds: new Set(parts.nodeIds ?? [2]),
  };
}

function riskOf(parts: Parameters<typeof restartOf>[0]): string | undefined {
  return restartRisk(restartOf(parts));
}

describe('a restart is a risk for partitions', () => {
  const table: [string, Parameters<typeof restartOf>[0], string | undefined][] = [
    ['not while enough stay in sync', {}, undefined],
    ['not where the member has no replica', { partitions: [partitionOf({ replicas: [0, 1], leader: -1 })] }, undefined],
    ['not where the member is the one out of sync', { partitions: [partitionOf({ inSync: [1, 0] })] }, undefined],
    [
      'that would fall below their minimum',
      { partitions: [partitionOf({ inSync: [2, 1] })] },
      '1 partition would fall below min.insync.replicas: orders-7 (isr 1,2 of 0,1,2)',
    ],
    [
      'that are below their minimum, whoever is missing',
      { partitions: [partitionOf({ inSync: [0] })] },
      '1 partition is below min.insync.replicas: orders-7 (isr 0 of 0,1,2)',
    ],
    [
      'that nobody leads',
      { partitions: [partitionOf({ leader: -1 }), partitionOf({ leader: -1, inSync: [], topic: 'audit' })] },
      '2 partitions have no leader: orders-7 (isr 0,1,2 of 0,1,2), audit-7 (isr nobody of 0,1,2)',
    ],
    [
      'of which it names five',
      { partitions: [1, 2, 3, 4, 5, 6, 7].map((index) => partitionOf({ index, inSync: [2] })) },
      '7 partitions are below min.insync.replicas: orders-1 (isr 2 of 0,1,2), orders-2 (isr 2 of 0,1,2), orders-3 (isr 2 of 0,1,2), orders-4 (isr 2 of 0,1,2), orders-5 (isr 2 of 0,1,2) and 2 more',
    ],
    [
      'and for the quorum, both told',
      { partitions: [partitionOf({ inSync: [2, 1] })], quorum: quorumOf([0, 9_000, 0]) },
      '1 of 3 voters of the quorum would be left, caught up, and 2 are needed: node 1 has been behind for more than two seconds; 1 partition would fall below min.insync.replicas: orders-7 (isr 1,2 of 0,1,2)',
    ],
    [
      'when two members go that one could',
      { nodeIds: [1, 2], controllers: new Set(), quorum: quorumOf([0]) },
      '1 partition would fall below min.insync.replicas: orders-7 (isr 0,1,2 of 0,1,2)',
    ],
  ];
  for (const [name, parts, expected] of table) it(name, () => assert.equal(riskOf(parts), expected));
});

describe('a partition that bears no restart', () => {
  const alone = partitionOf({ topic: 'audit', replicas: [2], minInSync: 1 });
  const strict = partitionOf({ topic: 'audit', minInSync: 3 });
  const way = 'raise its replicas, or set spec.updates.unreplicated: Accept';
  const table: [string, Parameters<typeof restartOf>[0], string | undefined][] = [
    [
      'waits for more replicas',
      { partitions: [alone] },
      `1 topic bears no restart: audit (1 replica, min.insync.replicas 1); ${way}`,
    ],
    [
      'waits though it takes writes below its minimum',
      { partitions: [{ ...alone, minInSync: 2 }] },
      `1 topic bears no restart: audit (1 replica, min.insync.replicas 2); ${way}`,
    ],
    [
      'waits for brokers that could have replicas',
      { partitions: [strict], brokers: brokersOf(4) },
      `1 topic bears no restart: audit (3 replicas, min.insync.replicas 3); ${way}`,
    ],
    [
      'waits with the other partitions of its topic, told once',
      { partitions: [alone, { ...alone, index: 8 }, { ...alone, topic: 'orders' }] },
      '2 topics bear no restart: audit (1 replica, min.insync.replicas 1), orders (1 replica, min.insync.replicas 1); raise their replicas, or set spec.updates.unreplicated: Accept',
    ],
    [
      'waits when nobody knows the brokers',
      { partitions: [alone], brokers: [] },
      `1 topic bears no restart: audit (1 replica, min.insync.replicas 1); ${way}`,
    ],
    ['goes where no broker could have more', { partitions: [strict] }, undefined],
    ['goes with the only broker', { partitions: [alone], brokers: brokersOf(1) }, undefined],
    ['goes where that is accepted', { partitions: [alone], unreplicated: 'Accept' }, undefined],
    [
      'goes not before it is in sync, accepted or not',
      { partitions: [{ ...strict, inSync: [0, 2] }], unreplicated: 'Accept' },
      '1 partition is below min.insync.replicas: audit-7 (isr 0,2 of 0,1,2)',
    ],
    [
      'goes not with two of its replicas, accepted or not',
      { nodeIds: [1, 2], partitions: [strict], unreplicated: 'Accept', controllers: new Set(), quorum: quorumOf([0]) },
      '1 partition would fall below min.insync.replicas: audit-7 (isr 0,1,2 of 0,1,2)',
    ],
  ];
  for (const [name, parts, expected] of table) it(name, () => assert.equal(riskOf(parts), expected));
});

describe('a restart is a risk for the quorum', () => {
  const quorum = (lags: (number | undefined)[], nodeIds: number[], parts: Partial<Quorum> = {}) =>
    riskOf({ partitions: [], nodeIds, quorum: quorumOf(lags, parts) });
  const table: [string, string | undefined, string | undefined][] = [
    ['not with a majority left', quorum([0, 1_999, 0], [2]), undefined],
    ['not of the leader', quorum([0, 0, 0], [0]), undefined],
    ['not of one that lags', quorum([0, 0, 60_000], [2]), undefined],
    ['not of the only voter', quorum([0], [0]), undefined],
    ['not of one of two', quorum([0, 0], [0]), undefined],
    ['not of a broker', quorum([0, 9_000, 9_000], [1000]), undefined],
    [
      'of which another voter lags',
      quorum([0, 2_000, 0], [2]),
      '1 of 3 voters of the quorum would be left, caught up, and 2 are needed: node 1 has been behind for more than two seconds',
    ],
    [
      'of which another voter is not known to follow',
      quorum([0, undefined, 0], [2]),
      '1 of 3 voters of the quorum would be left, caught up, and 2 are needed: node 1 has not been seen caught up',
    ],
    [
      'of two, the other of which lags',
      quorum([0, 2_000], [0]),
      '0 of 2 voters of the quorum would be left, caught up, and 1 are needed: node 1 has been behind for more than two seconds',
    ],
    [
      'of four, two of which lag',
      quorum([0, 0, 5_000, 0], [3]),
      '2 of 4 voters of the quorum would be left, caught up, and 3 are needed: node 2 has been behind for more than two seconds',
    ],
    [
      'when all of it goes',
      quorum([0, 0], [0, 1]),
      '0 of 2 voters of the quorum would be left, caught up, and 1 are needed',
    ],
    [
      'of a controller that is to vote',
      riskOf({
        nodeIds: [4],
        partitions: [],
        controllers: new Set([4]),
        quorum: quorumOf([0, 9_000, 0, 9_000]),
      }),
      '2 of 4 voters of the quorum would be left, caught up, and 3 are needed: node 1 has been behind for more than two seconds, node 3 has been behind for more than two seconds',
    ],
    ['without a leader', quorum([0, 0, 0], [2], { leaderId: -1 }), 'the quorum has no leader'],
    ['without a leader, also of a broker', quorum([0, 0, 0], [1000], { leaderId: -1 }), 'the quorum has no leader'],
    [
      'while its leader is no voter',
      quorum([0, 0, 0], [2], { leaderId: 5 }),
      'the leader of the quorum, node 5, is about to lose its vote',
    ],
  ];
  for (const [name, risk, expected] of table) it(name, () => assert.equal(risk, expected));
});

const nodes = [0, 1, 2, 3, 4];
/** Services are well most of the time, or nothing would be let through. */
const mostly = <Value>(usual: Value, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 4 }, other);
const anyPartition: fc.Arbitrary<Partition> = fc
  .shuffledSubarray(nodes, { minLength: 1 })
  .chain((replicas) =>
    fc.tuple(
      fc.constant(replicas),
      mostly(replicas, fc.subarray(replicas)),
      fc.integer({ min: 1, max: 4 }),
      mostly(true, fc.constant(false)),
      fc.nat(9),
    ),
  )
  .map(([replicas, inSync, minInSync, led, index]) => {
    return partitionOf({ index, replicas, inSync, minInSync, leader: led ? (inSync[0] ?? -1) : -1 });
  });
const anyQuorum: fc.Arbitrary<Quorum> = fc
  .array(fc.option(fc.nat(4_000), { nil: undefined }), { maxLength: 4 })
  .chain((lags) => fc.tuple(fc.constant([0, ...lags]), mostly(0, fc.integer({ min: -1, max: lags.length }))))
  .map(([lags, leaderId]) => quorumOf([...lags], { leaderId }));
const anyRestart: fc.Arbitrary<Restart> = fc.record({
  nodeIds: fc.subarray(nodes, { minLength: 1, maxLength: 2 }).map((ids) => new Set(ids)),
  brokers: fc.nat(6).map(brokersOf),
  partitions: fc.array(anyPartition, { maxLength: 4 }),
  quorum: anyQuorum,
  controllers: fc.subarray(nodes).map((ids) => new Set(ids)),
  unreplicated: fc.constantFrom('Wait', 'Accept'),
});

/** Holds of whatever restart is let through. */
function allowed(check: (restart: Restart) => void): void {
  fc.assert(
    fc.property(anyRestart, (restart) => {
      if (restartRisk(restart) === undefined) check(restart);
    }),
    { numRuns: 2_000 },
  );
}

describe('a restart that is let through', () => {
  it('leaves each partition its minimum, or takes one replica of a partition with none to spare', () =>
    allowed(({ nodeIds, partitions }) => {
      for (const { replicas, inSync, minInSync, leader } of partitions) {
        const going = replicas.filter((nodeId) => nodeIds.has(nodeId));
        const staying = inSync.filter((nodeId) => !nodeIds.has(nodeId));
        const spare = staying.length >= Math.min(minInSync, replicas.length);
        const lastOne = going.length === 1 && inSync.length === replicas.length && replicas.length <= minInSync;
        assert.ok(going.length === 0 || (leader >= 0 && (spare || lastOne)));
      }
    }));

  it('takes no replica that more brokers could make up for, unless that is accepted', () =>
    allowed(({ nodeIds, partitions, brokers, unreplicated }) => {
      const couldHaveMore = ({ replicas }: Partition): boolean =>
        brokers.length === 0 || brokers.length > replicas.length;
      for (const partition of partitions) {
        const { replicas, minInSync } = partition;
        const hit = replicas.some((nodeId) => nodeIds.has(nodeId)) && replicas.length <= minInSync;
        if (hit && couldHaveMore(partition)) assert.equal(unreplicated, 'Accept');
      }
    }));

  it('leaves three and more voters a majority that is caught up', () =>
    allowed(({ nodeIds, quorum: { voters, leaderId } }) => {
      assert.ok(leaderId >= 0);
      const leader = voters.find(({ nodeId }) => nodeId === leaderId);
      if (leader === undefined || voters.length < 3 || !voters.some(({ nodeId }) => nodeIds.has(nodeId))) return;
      const left = voters.filter(
        ({ nodeId, lastCaughtUp }) =>
          !nodeIds.has(nodeId) &&
          (nodeId === leaderId || (lastCaughtUp >= 0n && leader.lastCaughtUp - lastCaughtUp < 2_000n)),
      );
      assert.ok(left.length > voters.length / 2, `${left.length} of ${voters.length}`);
    }));

  it('lets through fewer members too', () =>
    allowed((restart) => {
      for (const nodeId of restart.nodeIds) {
        assert.equal(restartRisk({ ...restart, nodeIds: new Set([nodeId]) }), undefined);
      }
    }));

  it('is let through as well when more replicas are in sync', () =>
    allowed((restart) => {
      const healed = restart.partitions.map((partition) => ({ ...partition, inSync: partition.replicas }));
      assert.equal(restartRisk({ ...restart, partitions: healed }), undefined);
    }));
});

it('the risk of a restart is told briefly, however much there is of it', () => {
  fc.assert(
    fc.property(anyRestart, fc.array(anyPartition, { minLength: 100, maxLength: 200 }), (restart, partitions) => {
      assert.ok((restartRisk({ ...restart, partitions }) ?? '').length < 1_200);
    }),
    { numRuns: 20 },
  );
});

it('a restart of one member depends on the partitions that it has a replica of alone', () =>
  fc.assert(
    fc.property(anyRestart, fc.constantFrom(...nodes), (restart, nodeId) => {
      const alone = { ...restart, nodeIds: new Set([nodeId]) };
      const held = byNode(restart.partitions).get(nodeId) ?? [];
      assert.equal(restartRisk({ ...alone, partitions: held }), restartRisk(alone));
    }),
  ));

describe('a member that is back', () => {
  const at = (index: number, parts: Partial<Partition>): Partition => partitionOf({ index, ...parts });
  const behind = [1, 2, 3, 4, 5, 6].map((index) => at(index, { inSync: [0, 1] }));

  it('is settled once all its replicas are in sync', () =>
    assert.equal(
      settledMessage(2, [at(1, {}), at(2, { inSync: [2] }), at(3, { replicas: [0, 1], inSync: [0] })]),
      undefined,
    ));
  it('is not settled before', () =>
    assert.equal(
      settledMessage(2, behind),
      '6 partitions under-replicated: orders-1, orders-2, orders-3, orders-4, orders-5 and 1 more',
    ));
  it('names the only one that is missing', () =>
    assert.equal(settledMessage(2, behind.slice(0, 1)), '1 partition under-replicated: orders-1'));

  it('takes back what it is to lead and may', () => {
    const replicas = [2, 0, 1];
    const partitions = [
      at(1, { replicas, leader: 0 }),
      at(2, { replicas, leader: 2 }),
      at(3, { replicas, leader: 0, inSync: [0, 1] }),
      at(4, { replicas, leader: -1 }),
      at(5, { leader: 1 }),
    ];
    assert.deepEqual(preferredAway(2, partitions), [partitions[0]]);
  });
});

it('a partition is under-replicated while one of its replicas is not in sync', () => {
  const missing = partitionOf({ inSync: [0, 1] });
  assert.deepEqual(underReplicated([partitionOf(), partitionOf({ inSync: [2, 1, 0] }), missing]), [missing]);
});
