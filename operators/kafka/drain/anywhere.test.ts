import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Broker, LogDir, Partition, Reassignment } from '../admin/admin.ts';
import { type Drain, type DrainInput, drainMoves } from './drain.ts';

/** A cluster that moves what it is told to move. */
interface World {
  brokers: (Broker & { silent: boolean; cordoned: boolean; filled: number })[];
  leaving: number[];
  partitions: { replicas: number[]; bytes: number; led: boolean }[];
  /** By the index of the partition: where it is on its way to, and how much of that is there. */
  flights: Map<number, { to: number[]; share: number }>;
}

const total = 1_000;
const limits = { partitions: 5, bytes: 400 };

/** Disks that are nearly full and moves that meet there are rare. */
const runs = { numRuns: 400 };

const topicOf = (index: number) => `t${index % 3}`;

function flightIn(world: World, index: number): Reassignment[] {
  const [partition, flight] = [world.partitions[index], world.flights.get(index)];
  if (partition === undefined || flight === undefined) return [];
  const adding = flight.to.filter((nodeId) => !partition.replicas.includes(nodeId));
  const removing = partition.replicas.filter((nodeId) => !flight.to.includes(nodeId));
  return [{ topic: topicOf(index), index, adding, removing }];
}

/** As a broker tells it: where it is to be before where it was. */
function partitionIn(world: World, index: number): Partition {
  const { replicas = [], led = true } = world.partitions[index] ?? {};
  const [flight] = flightIn(world, index);
  const to = world.flights.get(index)?.to ?? replicas;
  const all = [...to, ...(flight?.removing ?? [])];
  const leader = led ? (replicas[0] ?? -1) : -1;
  return { topic: topicOf(index), index, leader, replicas: all, inSync: replicas, minInSync: 1 };
}

function dirIn(world: World, { nodeId, cordoned, filled }: World['brokers'][number]): LogDir {
  const replicas = world.partitions.flatMap(({ replicas, bytes }, index) => {
    const coming = flightIn(world, index).some(({ adding }) => adding.includes(nodeId));
    const share = replicas.includes(nodeId) ? 1 : coming ? (world.flights.get(index)?.share ?? 0) : undefined;
    if (share === undefined) return [];
    return [{ topic: topicOf(index), index, bytes: BigInt(Math.floor(bytes * share)), future: false }];
  });
  const used = replicas.reduce((sum, { bytes }) => sum + Number(bytes), filled);
  const usableBytes = BigInt(Math.max(0, total - used));
  return { path: '/data', failed: false, totalBytes: BigInt(total), usableBytes, cordoned, replicas };
}

function inputIn(world: World): DrainInput {
  const indexes = [...world.partitions.keys()];
  return {
    leaving: new Set(world.leaving),
    brokers: world.brokers.map(({ nodeId, rack, fenced }) => ({ nodeId, rack, fenced })),
    partitions: indexes.map((index) => partitionIn(world, index)),
    reassignments: indexes.flatMap((index) => flightIn(world, index)),
    disks: new Map(
      world.brokers.filter(({ silent }) => !silent).map((broker) => [broker.nodeId, [dirIn(world, broker)]]),
    ),
  };
}

/** What was on its way arrives, and what is to move sets out. */
function advance(world: World, drain: Drain): World {
  const partitions = world.partitions.map((each, index) => ({
    ...each,
    replicas: world.flights.get(index)?.to ?? each.replicas,
  }));
  const moves = drain.kind === 'Moves' ? drain.moves : [];
  const flights = new Map(moves.map(({ index, replicas = [] }) => [index, { to: replicas, share: 0.5 }]));
  return { ...world, partitions, flights };
}

const rarely = fc.integer({ min: 0, max: 5 }).map((value) => value === 0);

const anyWorld: fc.Arbitrary<World> = fc.integer({ min: 2, max: 7 }).chain((count) => {
  const ids = Array.from({ length: count }, (_, nodeId) => nodeId);
  const broker = { fenced: rarely, silent: rarely, cordoned: rarely, filled: fc.integer({ min: 0, max: 900 }) };
  const rack = fc.constantFrom('a', 'b', 'c', undefined);
  const partition = {
    replicas: fc.shuffledSubarray(ids, { minLength: 1, maxLength: Math.min(4, count) }),
    bytes: fc.oneof(fc.integer({ min: 0, max: 250 }), fc.constant(0)),
    led: rarely.map((not) => !not),
  };
  return fc
    .record({
      brokers: fc.tuple(...ids.map((nodeId) => fc.record({ ...broker, nodeId: fc.constant(nodeId), rack }))),
      leaving: fc.subarray(ids, { minLength: 1, maxLength: count - 1 }),
      partitions: fc.array(fc.record(partition), { minLength: 1, maxLength: 12 }),
      elsewhere: fc.array(fc.option(fc.shuffledSubarray(ids, { minLength: count }), { freq: 3 }), { maxLength: 12 }),
    })
    .map(({ elsewhere, ...world }) => {
      const flights = elsewhere.flatMap((order, index) => {
        const { replicas = [] } = world.partitions[index] ?? {};
        const to = order?.slice(0, replicas.length) ?? [];
        const moves = to.length === replicas.length && to.some((nodeId) => !replicas.includes(nodeId));
        return moves ? [[index, { to, share: 0.3 }] as const] : [];
      });
      return { ...world, flights: new Map(flights) };
    });
});

/** Everybody serves and answers, and nothing is on its way. */
const calmWorld = anyWorld.map((world) => ({
  ...world,
  brokers: world.brokers.map((broker) => ({ ...broker, fenced: false, silent: false, cordoned: false })),
  partitions: world.partitions.map((partition) => ({ ...partition, led: true })),
  flights: new Map(),
}));

interface Told {
  world: World;
  index: number;
  from: number[];
  to: number[];
}

/** Each move with where its partition would be otherwise. */
function movesIn(world: World): Told[] {
  const drain = drainMoves(inputIn(world), limits);
  if (drain.kind !== 'Moves') return [];
  return drain.moves.map(({ index, replicas = [] }) => {
    const from = world.flights.get(index)?.to ?? world.partitions[index]?.replicas ?? [];
    return { world, index, from, to: replicas };
  });
}

function always(check: (told: Told) => void): void {
  fc.assert(
    fc.property(anyWorld, (world) => movesIn(world).forEach(check)),
    runs,
  );
}

describe('whatever the cluster is like, a move', () => {
  it('changes replicas on brokers that leave and no others, each for another broker', () =>
    always(({ world, from, to }) => {
      assert.equal(to.length, from.length);
      assert.equal(new Set(to).size, to.length);
      assert.ok(from.some((nodeId) => world.leaving.includes(nodeId)));
      for (const [place, nodeId] of from.entries()) {
        assert.equal(to[place] === nodeId, !world.leaving.includes(nodeId));
      }
    }));

  it('goes to brokers that stay, serve, answer and are not cordoned', () =>
    always(({ world, from, to }) => {
      for (const nodeId of to.filter((each) => !from.includes(each))) {
        const { fenced, silent, cordoned } = world.brokers[nodeId] ?? assert.fail('nobody');
        assert.ok(!fenced && !silent && !cordoned && !world.leaving.includes(nodeId));
      }
    }));

  it('is given to a partition on its way only when that is to a broker that leaves', () =>
    always(({ world, index }) => {
      const [flight] = flightIn(world, index);
      assert.ok(flight === undefined || flight.adding.some((nodeId) => world.leaving.includes(nodeId)));
    }));

  it('is begun only where there is a leader to copy from', () =>
    always(({ world, index }) => assert.ok(world.partitions[index]?.led)));

  it('shares no rack while there is one to be had alone, now or later', () => {
    fc.assert(
      fc.property(roomyWorld, (world) => movesIn(world).forEach(assertAlone)),
      runs,
    );
  });
});

/** Where room decides nothing. */
const roomyWorld = anyWorld.map((world) => ({
  ...world,
  brokers: world.brokers.map((broker) => ({ ...broker, filled: 0 })),
  partitions: world.partitions.map((partition) => ({ ...partition, bytes: Math.floor(partition.bytes / 50) })),
}));

function assertAlone({ world, from, to }: Told): void {
  const rackOf = (nodeId: number) => world.brokers[nodeId]?.rack;
  const came = to.filter((nodeId) => !from.includes(nodeId));
  if (came.length !== 1) return;
  const others = to.filter((nodeId) => from.includes(nodeId)).map(rackOf);
  const alone = (nodeId: number) => rackOf(nodeId) === undefined || !others.includes(rackOf(nodeId));
  const candidates = world.brokers.filter(
    ({ nodeId, silent, cordoned }) => (silent || !cordoned) && !world.leaving.includes(nodeId) && !to.includes(nodeId),
  );
  if (candidates.some(({ nodeId }) => alone(nodeId))) assert.ok(came.every(alone));
}

/** Bytes that are not on the broker yet and are to come. */
function comingTo(nodeId: number, world: World): number {
  return [...world.flights].reduce((sum, [index, { to, share }]) => {
    const { replicas = [], bytes = 0 } = world.partitions[index] ?? {};
    return to.includes(nodeId) && !replicas.includes(nodeId) ? sum + bytes - Math.floor(bytes * share) : sum;
  }, 0);
}

it('no disk is promised more than it has, and a tenth of it stays free', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const { disks } = inputIn(world);
      const moves = movesIn(world);
      for (const { nodeId } of world.brokers) {
        const news = moves.filter(({ index, to }) => {
          const { replicas = [] } = world.partitions[index] ?? {};
          return to.includes(nodeId) && !replicas.includes(nodeId) && !world.flights.get(index)?.to.includes(nodeId);
        });
        if (news.length === 0) continue;
        const bytes = news.reduce((sum, { index }) => sum + (world.partitions[index]?.bytes ?? 0), 0);
        const usable = Number(disks.get(nodeId)?.[0]?.usableBytes ?? 0n);
        assert.ok(usable - comingTo(nodeId, world) - bytes >= total / 10, `${nodeId}`);
      }
    }),
    runs,
  );
});

it('no more is on its way than the limits say', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const begun = movesIn(world).filter(({ index }) => !world.flights.has(index));
      if (begun.length === 0) return;
      const partitions = begun.length + world.flights.size;
      const sizes = begun.map(({ index, from, to }) => {
        const came = to.filter((nodeId) => !from.includes(nodeId)).length;
        return came * (world.partitions[index]?.bytes ?? 0);
      });
      assert.ok(partitions <= limits.partitions);
      assert.ok(partitions === 1 || sizes.reduce((sum, bytes) => sum + bytes, 0) <= limits.bytes);
    }),
    runs,
  );
});

it('a decision is the same whoever is asked and in whatever order brokers are told', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const input = inputIn(world);
      const brokers = input.brokers.toReversed();
      const disks = new Map([...input.disks].toReversed());
      assert.deepEqual(drainMoves({ ...input, brokers, disks }, limits), drainMoves(input, limits));
    }),
    runs,
  );
});

it('what is begun ends with nothing on the brokers that leave', () => {
  fc.assert(
    fc.property(calmWorld, (start) => {
      let world = start;
      let drain = drainMoves(inputIn(world), limits);
      if (drain.kind === 'Refused') return;
      for (let turns = 0; drain.kind !== 'Empty'; turns += 1) {
        assert.ok(turns < 30 && (drain.kind === 'Moves' || drain.kind === 'Moving'), JSON.stringify(drain));
        world = advance(world, drain);
        drain = drainMoves(inputIn(world), limits);
      }
      const left = world.partitions.flatMap(({ replicas }) => replicas).filter((id) => world.leaving.includes(id));
      assert.deepEqual(left, []);
      assert.deepEqual(
        world.partitions.map(({ replicas }) => replicas.length),
        start.partitions.map(({ replicas }) => replicas.length),
      );
    }),
    runs,
  );
});
