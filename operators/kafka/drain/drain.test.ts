import assert from 'node:assert/strict';
import type { Broker, LogDir, Partition, Reassignment } from '../admin/admin.ts';
import { nameOf } from '../restart-risk.ts';
import { type Drain, type DrainInput, drainMoves } from './drain.ts';

const gib = 2 ** 30;

function brokersOf(racks: Record<number, string>): Broker[] {
  return Object.entries(racks).map(([nodeId, rack]) => ({ nodeId: Number(nodeId), rack, fenced: false }));
}

function partitionOf(parts: Partial<Partition> = {}): Partition {
  const { replicas = [0, 1, 2] } = parts;
  return { topic: 'orders', index: 7, leader: replicas[0] ?? -1, replicas, inSync: replicas, minInSync: 2, ...parts };
}

function dirOf(parts: Partial<LogDir> = {}): LogDir {
  const sizes = { totalBytes: BigInt(1_000 * gib), usableBytes: BigInt(500 * gib) };
  return { path: '/data', failed: false, ...sizes, cordoned: false, replicas: [], ...parts };
}

interface Cluster extends Partial<Omit<DrainInput, 'leaving' | 'disks'>> {
  leaving?: number[];
  /** In bytes, by the name of the partition; 1 GiB unless given. */
  sizes?: Record<string, number>;
  dirs?: Record<number, Partial<LogDir>[]>;
  silent?: number[];
}

/** Four brokers in three racks: 2 leaves, 3 is of the same rack and has nothing. */
function inputOf(parts: Cluster = {}): DrainInput {
  const { leaving = [2], sizes = {}, dirs = {}, silent = [], ...rest } = parts;
  const { brokers = brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c' }), partitions = [partitionOf()] } = rest;
  const disks = new Map(
    brokers
      .filter(({ nodeId }) => !silent.includes(nodeId))
      .map(({ nodeId }) => {
        const own = partitions.filter(({ replicas }) => replicas.includes(nodeId));
        const replicas = own.map((each) => ({
          topic: each.topic,
          index: each.index,
          bytes: BigInt(sizes[nameOf(each)] ?? gib),
          future: false,
        }));
        return [nodeId, (dirs[nodeId] ?? [{}]).map((dir) => dirOf({ replicas, ...dir }))];
      }),
  );
  return { leaving: new Set(leaving), reassignments: [], ...rest, brokers, partitions, disks };
}

/** Where each partition goes. */
function moved(drain: Drain): Record<string, number[] | undefined> {
  if (drain.kind !== 'Moves') assert.fail(JSON.stringify(drain));
  return Object.fromEntries(drain.moves.map((move) => [nameOf(move), move.replicas]));
}

function flightOf(adding: number[], removing: number[], index = 7): Reassignment {
  return { topic: 'orders', index, adding, removing };
}

describe('a replica on a broker that leaves goes', () => {
  const table: [string, Cluster, number[] | undefined][] = [
    ['to a broker that has none', {}, [0, 1, 3]],
    ['as the leader, when it was', { partitions: [partitionOf({ replicas: [2, 0, 1] })] }, [3, 0, 1]],
    [
      'to a rack without another replica, however full it is there',
      {
        brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'a', 4: 'c' }),
        dirs: { 4: [{ usableBytes: BigInt(110 * gib) }] },
      },
      [0, 1, 4],
    ],
    [
      'to a rack with another replica where there is no other',
      { brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'a' }) },
      [0, 1, 3],
    ],
    [
      'to the broker with the most room',
      {
        brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'c' }),
        dirs: { 3: [{ usableBytes: BigInt(400 * gib) }] },
      },
      [0, 1, 4],
    ],
    [
      'to the broker with the fewest replicas of two that are as full',
      {
        brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'c' }),
        partitions: [partitionOf(), partitionOf({ index: 1, replicas: [0, 3] })],
      },
      [0, 1, 4],
    ],
    [
      'not to a broker that more is on its way to already',
      {
        brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'c' }),
        partitions: [partitionOf(), partitionOf({ index: 1, replicas: [3, 0, 1] })],
        reassignments: [flightOf([3], [1], 1)],
      },
      [0, 1, 4],
    ],
    [
      'not to a broker that is fenced',
      { brokers: [...brokersOf({ 0: 'a', 1: 'b', 2: 'c', 4: 'c' }), { nodeId: 3, rack: 'c', fenced: true }] },
      [0, 1, 4],
    ],
    [
      'not to a broker that is cordoned',
      { brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'a' }), dirs: { 3: [{ cordoned: true }] } },
      [0, 1, 4],
    ],
    [
      'not to a broker that does not answer',
      { brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'c' }), silent: [3] },
      [0, 1, 4],
    ],
    [
      'not to a broker whose fullest disk has no room for it',
      {
        brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'a' }),
        dirs: { 3: [{}, { usableBytes: BigInt(100 * gib) }] },
      },
      [0, 1, 4],
    ],
    [
      'to a broker of which one disk has failed',
      { dirs: { 3: [{}, { failed: true, totalBytes: -1n, usableBytes: -1n }] } },
      [0, 1, 3],
    ],
    [
      'together with one of a broker that is registered no more',
      {
        brokers: brokersOf({ 1: 'b', 2: 'c', 3: 'c', 4: 'a' }),
        partitions: [partitionOf({ leader: 1 })],
      },
      [3, 1, 4],
    ],
    [
      'also when the broker is down',
      {
        brokers: [...brokersOf({ 0: 'a', 1: 'b', 3: 'c' }), { nodeId: 2, rack: 'c', fenced: true }],
        partitions: [partitionOf({ inSync: [0, 1] })],
        silent: [2],
      },
      [0, 1, 3],
    ],
    [
      'back, when it was on its way to the broker that leaves',
      { partitions: [partitionOf({ replicas: [0, 2, 3] })], reassignments: [flightOf([2], [3])] },
      [0, 3],
    ],
    [
      'back also where no room would be for it, as it is there',
      {
        partitions: [partitionOf({ replicas: [0, 2, 3] })],
        reassignments: [flightOf([2], [3])],
        dirs: { 3: [{ usableBytes: 0n }] },
      },
      [0, 3],
    ],
    [
      'with the size that it has, whatever is being copied from disk to disk',
      { dirs: { 0: [{ replicas: [{ topic: 'orders', index: 7, bytes: BigInt(900 * gib), future: true }] }] } },
      [0, 1, 3],
    ],
    [
      'elsewhere, when it was on its way from one broker that leaves to another',
      { partitions: [partitionOf({ replicas: [0, 2, 3] })], reassignments: [flightOf([2], [3])], leaving: [2, 3] },
      [0, 1],
    ],
  ];
  for (const [name, cluster, replicas] of table) {
    it(name, () => assert.deepEqual(moved(drainMoves(inputOf(cluster)))['orders-7'], replicas));
  }
});

describe('brokers that leave', () => {
  const elsewhere = partitionOf({ index: 1, replicas: [0, 1] });
  const three = brokersOf({ 0: 'a', 1: 'b', 2: 'c' });
  const onItsWay = partitionOf({ index: 2, replicas: [0, 1, 2] });
  const table: [string, Cluster, Drain][] = [
    ['are empty once nobody says that they have something', { partitions: [elsewhere] }, { kind: 'Empty' }],
    [
      'are not empty before their own disks say so',
      {
        partitions: [elsewhere],
        dirs: { 2: [{ replicas: [{ topic: 'orders', index: 7, bytes: 0n, future: false }] }] },
      },
      {
        kind: 'Waiting',
        partitions: 1,
        message: 'what has moved away is still on the disks of the brokers that leave: orders-7',
      },
    ],
    [
      'are not empty while something is on its way',
      {
        partitions: [partitionOf({ replicas: [0, 1, 3, 2] })],
        reassignments: [flightOf([3], [2])],
        sizes: { 'orders-7': 5 },
      },
      { kind: 'Moving', partitions: 1, bytes: 0 },
    ],
    [
      'wait for a move of somebody else that leaves a replica there',
      { partitions: [partitionOf({ replicas: [3, 2, 0] })], reassignments: [flightOf([3], [0])], silent: [3] },
      { kind: 'Moving', partitions: 1, bytes: gib },
    ],
    [
      'cannot leave a topic with fewer brokers than it has replicas',
      { brokers: three },
      {
        kind: 'Refused',
        message: 'topic orders has 3 replicas and 2 brokers would be left: lower its replicas, or keep 3 brokers',
      },
    ],
    [
      'cannot leave several topics so',
      {
        brokers: three,
        leaving: [1, 2],
        partitions: [partitionOf(), partitionOf({ topic: 'audit', replicas: [2, 1] }), elsewhere],
      },
      {
        kind: 'Refused',
        message:
          'topic orders has 3 replicas and 1 broker would be left, topic audit has 2 replicas and 1 broker would be left: lower their replicas, or keep 3 brokers',
      },
    ],
    [
      'cannot leave to brokers that are all cordoned',
      { dirs: { 3: [{ cordoned: true }] } },
      {
        kind: 'Refused',
        message: 'topic orders has 3 replicas and 2 brokers would be left: lower its replicas, or keep 3 brokers',
      },
    ],
    [
      'cannot leave to disks that would be too full',
      { dirs: { 3: [{ usableBytes: BigInt(101 * gib) }] }, sizes: { 'orders-7': 1.5 * gib } },
      {
        kind: 'Refused',
        message:
          'no broker that stays has room for 1 partition: orders-7 (1.5 GiB); 10 % of each disk are to stay free: raise the size of their volumes, or keep more brokers',
      },
    ],
    [
      'wait for brokers that are to take replicas',
      { silent: [3] },
      {
        kind: 'Waiting',
        partitions: 1,
        message: 'brokers that are to take replicas do not serve or do not answer: 3',
      },
    ],
    [
      'wait for a broker in a rack without another replica, where others would share one',
      { brokers: brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'a' }), silent: [3] },
      {
        kind: 'Waiting',
        partitions: 1,
        message: 'brokers that are to take replicas do not serve or do not answer: 3',
      },
    ],
    [
      'wait for one of which it is not known how much is on its way there',
      {
        partitions: [partitionOf(), partitionOf({ index: 1, replicas: [3, 1], leader: -1 })],
        reassignments: [flightOf([3], [1], 1)],
        dirs: { 1: [{ replicas: [] }] },
      },
      {
        kind: 'Waiting',
        partitions: 1,
        message: 'brokers that are to take replicas do not serve or do not answer: 3',
      },
    ],
    [
      'wait for brokers that have not heard of the end of a move',
      { brokers: three, dirs: { 2: [{ replicas: [] }] } },
      { kind: 'Waiting', partitions: 1, message: 'the brokers do not agree yet on where partitions are' },
    ],
    [
      'begin nothing more while what is on its way cannot be enough',
      {
        brokers: three,
        partitions: [partitionOf({ replicas: [0, 1, 2] }), partitionOf({ index: 1, replicas: [0, 2] }), onItsWay],
        reassignments: [flightOf([1], [2], 2)],
      },
      { kind: 'Moving', partitions: 3, bytes: 2 * gib },
    ],
    [
      'wait for leaders that replicas are copied from',
      { partitions: [partitionOf({ leader: -1 })] },
      { kind: 'Waiting', partitions: 1, message: 'without a leader nothing can be copied: orders-7' },
    ],
    [
      'wait until it is known how much there is to copy',
      { dirs: { 0: [{ replicas: [] }], 1: [{ replicas: [] }], 2: [{ failed: true, replicas: [] }] } },
      { kind: 'Waiting', partitions: 1, message: 'no broker says how large these are: orders-7' },
    ],
  ];
  for (const [name, cluster, expected] of table) {
    it(name, () => assert.deepEqual(drainMoves(inputOf(cluster)), expected));
  }
});

describe('many partitions', () => {
  const brokers = brokersOf({ 0: 'a', 1: 'b', 2: 'c', 3: 'c', 4: 'c' });
  const spread = (sizes: number[], dirs: Cluster['dirs'] = {}) => {
    const partitions = sizes.map((_, index) => partitionOf({ index }));
    const named = Object.fromEntries(sizes.map((size, index) => [`orders-${index}`, size * gib]));
    return drainMoves(inputOf({ brokers, partitions, sizes: named, dirs }), { partitions: 9, bytes: 999 * gib });
  };
  const last = (drain: Drain) => Object.values(moved(drain)).map((replicas) => replicas?.at(-1));

  it('are spread by their number', () => assert.deepEqual(last(spread([0, 0, 0, 0])), [3, 4, 3, 4]));
  it('are spread by their size', () => assert.deepEqual(last(spread([200, 100, 100])), [3, 4, 4]));
  it('go only as far as the room for all of them', () => {
    const room = (size: number) => ({ 3: [{ usableBytes: BigInt(size * gib) }], 4: [{ usableBytes: 0n }] });
    assert.deepEqual(last(spread([10, 10, 10], room(130))), [3, 3, 3]);
    assert.equal(spread([10, 10, 10], room(129)).kind, 'Refused');
  });
  it('leave the room that others on their way still need', () => {
    const half = [{ topic: 'orders', index: 1, bytes: BigInt(5 * gib), future: false }];
    const withRoom = (size: number): Cluster => ({
      partitions: [partitionOf(), partitionOf({ index: 1, replicas: [3, 0, 1] })],
      reassignments: [flightOf([3], [1], 1)],
      sizes: { 'orders-1': 10 * gib },
      dirs: { 3: [{ usableBytes: BigInt(size * gib), replicas: half }] },
    });
    assert.deepEqual(last(drainMoves(inputOf(withRoom(106)))), [3]);
    assert.equal(drainMoves(inputOf(withRoom(105))).kind, 'Refused');
  });
});

describe('of many partitions', () => {
  const partitions = [1, 2, 3, 4].map((index) => partitionOf({ index }));
  const sizes = { 'orders-1': 10, 'orders-2': 40, 'orders-3': 30, 'orders-4': 20 };
  const cluster = { partitions, sizes };
  const table: [string, Cluster, { partitions: number; bytes: number }, string[]][] = [
    ['the largest go first', cluster, { partitions: 3, bytes: 1_000 }, ['orders-2', 'orders-3', 'orders-4']],
    ['no more go than the bytes allow', cluster, { partitions: 9, bytes: 75 }, ['orders-2', 'orders-3']],
    ['one goes alone that is larger than the limit', cluster, { partitions: 9, bytes: 5 }, ['orders-2']],
    [
      'those go for which others have made room',
      {
        ...cluster,
        partitions: [...partitions.slice(0, 3), partitionOf({ index: 4, replicas: [0, 1, 3, 2] })],
        reassignments: [flightOf([3], [2], 4)],
        dirs: { 3: [{ replicas: [{ topic: 'orders', index: 4, bytes: 15n, future: false }] }] },
      },
      { partitions: 3, bytes: 76 },
      ['orders-2', 'orders-3'],
    ],
  ];
  for (const [name, input, limits, names] of table) {
    it(name, () => assert.deepEqual(Object.keys(moved(drainMoves(inputOf(input), limits))), names));
  }

  it('none go while enough others are on their way', () => {
    const partitions = [partitionOf({ index: 1 }), partitionOf({ replicas: [3, 0, 1] })];
    const input = inputOf({ partitions, reassignments: [flightOf([3], [1])] });
    const waiting = { kind: 'Moving', partitions: 1, bytes: gib };
    assert.deepEqual(drainMoves(input, { partitions: 1, bytes: 9 * gib }), waiting);
  });
});
