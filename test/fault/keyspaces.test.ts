/** Keyspaces of a Cassandra come, change and go: it ends with what is wanted and repaired, whenever the operator dies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cassandraResource } from '../../operators/cassandra/index.ts';
import { keyspaceResource } from '../../operators/cassandra/keyspaces/keyspace.ts';
import { keyspaceFinalizer } from '../../operators/cassandra/keyspaces/reconcile.ts';
import { maintenanceAnnotation } from '../../operators/cassandra/names.ts';
import { pods } from '../../operators/kube/resource.ts';
import { assertReady, converge } from './operator/converge.ts';
import { changed, crashAtEachWrite, deploy } from './operator/deploy.ts';
import { interleave, moves } from './operator/leaders.ts';
import { Operator } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { cassandra } from './shapes.ts';
import type { Schema } from './world/cassandra-schema.ts';
import type { World } from './world/world.ts';

function putKeyspace(world: World, name: string, spec: object): void {
  world.put('CassandraKeyspace', name, { cluster: 'ring', ...spec });
}

function schemaOf(world: World): Schema {
  const [schema] = world.cassandra.schemas();
  assert.ok(schema !== undefined);
  return schema;
}

/** Replicas by keyspace. */
type Factors = Record<string, number>;

function inCassandra(world: World): Factors {
  const all = schemaOf(world).list();
  return Object.fromEntries(all.map(({ name, replication }) => [name, replication.get('dc1') ?? 0]).toSorted());
}

/** @param objects - names of those that are Ready; others exist, too, and are not */
function assertKeyspaces(world: World, expected: Factors, objects: string[]): void {
  assertReady(world);
  assert.deepEqual(inCassandra(world), expected);
  const ready = world.server
    .list(keyspaceResource)
    .filter(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True');
  assert.deepEqual(ready.map(({ metadata }) => metadata.name).sort(), objects);
  for (const { metadata, status } of ready) {
    assert.deepEqual(metadata.finalizers, [keyspaceFinalizer]);
    assert.equal(status?.maintenance, undefined);
  }
  const unpaid = [...schemaOf(world).debts].filter(([name, { paid }]) => !paid && name in expected);
  assert.deepEqual(unpaid, [], 'not repaired');
  const asked = world.server.list(pods).filter(({ metadata }) => metadata.annotations?.[maintenanceAnnotation]);
  assert.deepEqual(asked, []);
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

const factor = (dc1: number) => ({ replication: { dc1 } });

function create(world: World): void {
  putKeyspace(world, 'carts', factor(1));
  putKeyspace(world, 'kept', {});
  putKeyspace(world, 'dropped', { deletionPolicy: 'Delete' });
}

/** As somebody else has made it. */
function foreign(world: World): void {
  schemaOf(world).put({ name: 'theirs', replication: new Map([['dc1', 2]]), durableWrites: true });
}

interface Case {
  name: string;
  before: (world: World) => void;
  change: (world: World) => void;
  expected: Factors;
  objects: string[];
  /** Members that have cleaned up, by keyspace. */
  cleaned: Factors;
  /** Of the writes, at which to crash. */
  stride: 1 | 3;
}

const cases: Case[] = [
  {
    name: 'come, and leave alone what is not theirs',
    before: foreign,
    change: (world) => {
      create(world);
      putKeyspace(world, 'theirs', { ...factor(3), deletionPolicy: 'Delete' });
    },
    expected: { carts: 1, dropped: 3, kept: 3, theirs: 2 },
    objects: ['carts', 'dropped', 'kept'],
    cleaned: {},
    stride: 1,
  },
  {
    name: 'change by steps, are adopted, stay and go',
    before: (world) => {
      foreign(world);
      create(world);
      putKeyspace(world, 'theirs', { deletionPolicy: 'Delete' });
    },
    change: (world) => {
      putKeyspace(world, 'carts', factor(3));
      putKeyspace(world, 'theirs', { adoptionPolicy: 'Adopt', ...factor(1) });
      world.drop(keyspaceResource, 'kept');
      world.drop(keyspaceResource, 'dropped');
    },
    expected: { carts: 3, kept: 3, theirs: 1 },
    objects: ['carts', 'theirs'],
    cleaned: { theirs: 3 },
    stride: 3,
  },
];

describe('the keyspaces of a Cassandra', () => {
  for (const each of cases) {
    it(`${each.name}, with a crash at ${each.stride === 1 ? 'every write' : 'each third write'}`, async () => {
      const undisturbed = await changed({ shape: cassandra, ...each });
      assertKeyspaces(undisturbed.world, each.expected, each.objects);
      assert.deepEqual(Object.fromEntries(schemaOf(undisturbed.world).cleaned), each.cleaned);
      await assertIdle(undisturbed.world, undisturbed.operator);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed({ shape: cassandra, ...each }, options),
        each.stride,
        (world) => assertKeyspaces(world, each.expected, each.objects),
      );
    });
  }

  it('are the same for two leaders', async () => {
    const property = fc.asyncProperty(moves, async (all) => {
      const { world } = await deploy(cassandra);
      foreign(world);
      create(world);
      putKeyspace(world, 'theirs', {});
      await interleave(world, all);
      await converge(world, new Operator(world));
      const [{ expected, objects }] = cases as [Case];
      assertKeyspaces(world, expected, objects);
    });
    await fc.assert(property, { numRuns: 10, seed: 7 });
  });

  it('go with their Cassandra', async () => {
    const { world, operator } = await deploy(cassandra);
    create(world);
    await converge(world, operator);
    world.drop(keyspaceResource, 'carts');
    world.drop(cassandraResource, 'ring');
    world.drop(keyspaceResource, 'kept');
    await converge(world, operator);
    const left = world.server.list(keyspaceResource).map(({ metadata }) => metadata.name);
    assert.deepEqual(left, ['dropped']);
  });
});
