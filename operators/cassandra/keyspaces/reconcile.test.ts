import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { CassandraKeyspaceSpecInput } from '../../../crds/cassandra-keyspace.ts';
import { pods } from '../../kube/resource.ts';
import type { MaintenanceWord } from '../admin/admin.ts';
import { maintenanceAnnotation } from '../names.ts';
import { adminOf, wordOf } from '../testing/cassandra.ts';
import { entityWorld } from '../testing/entities.ts';
import { MemoryKeyspaces } from '../testing/memory-keyspaces.ts';
import { keyspaceResource } from './keyspace.ts';
import { keyspaceFinalizer, keyspaceReconcile } from './reconcile.ts';

const members = ['demo-r1-0', 'demo-r1-1', 'demo-r1-2'];

async function world() {
  const schema = new MemoryKeyspaces();
  const words = new Map<string, MaintenanceWord>();
  const admin = adminOf({
    keyspaces: async () => schema.list(),
    changeKeyspaces: async (_target, _own, changes) => schema.change(changes),
    ask: async ({ name }) => {
      const maintenance = words.get(name.split('.')[0] ?? '') ?? { kind: 'Idle' };
      return { ...wordOf('NORMAL'), maintenance };
    },
  });
  const made = await entityWorld(keyspaceResource, keyspaceReconcile, admin);
  const wishes = () => members.map((name) => made.get(pods, name)?.metadata.annotations?.[maintenanceAnnotation]);
  return {
    ...made,
    schema,
    words,
    wishes,
    keyspace: (name: string, spec: Partial<CassandraKeyspaceSpecInput> = {}) => made.entity(name, spec),
    status: (name: string) => made.get(keyspaceResource, name)?.status,
    finalizers: (name: string) => made.get(keyspaceResource, name)?.metadata.finalizers ?? [],
    factor: (name: string) => schema.keyspaces.get(name)?.replication.get('dc1'),
    /** Whoever is asked does it. */
    obey: () => {
      for (const [index, wish] of wishes().entries())
        if (wish !== undefined) words.set(members[index] ?? '', { kind: 'Done', id: wish.split(':')[1] ?? '' });
    },
  };
}

type World = Awaited<ReturnType<typeof world>>;

async function settle({ run, obey }: Pick<World, 'run' | 'obey'>, rounds = 40): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await run();
    obey();
  }
}

describe('the keyspaces of a CassandraCluster', () => {
  it('are made as they are wanted, and cost nothing afterwards', async () => {
    const { keyspace, run, ready, schema, status, api, finalizers } = await world();
    await keyspace('orders');
    await keyspace('plain', { name: 'Plain_Keyspace', replication: { dc1: 2 }, durableWrites: false });
    await run();
    assert.deepEqual(ready('orders'), ['True', 'Applied', 'Cassandra has the keyspace as the spec says']);
    assert.deepEqual(schema.said, ['Create orders dc1:3', 'Create Plain_Keyspace dc1:2']);
    assert.equal(schema.keyspaces.get('Plain_Keyspace')?.durableWrites, false);
    assert.deepEqual([status('orders')?.replication, status('orders')?.replicationSummary], [{ dc1: 3 }, 'dc1: 3']);
    assert.deepEqual(finalizers('orders'), [keyspaceFinalizer]);
    api.calls.length = 0;
    await run();
    assert.deepEqual(api.writes(), []);
  });

  it('are looked at while others of the service change something, and changed after them', async () => {
    const { keyspace, run, ready, schema, ddl, signal } = await world();
    await keyspace('orders');
    await run();
    const other = Promise.withResolvers<void>();
    const changing = ddl.run('ns/demo', signal, () => other.promise);
    await run();
    assert.equal(ready('orders')?.[0], 'True');
    await keyspace('late');
    const round = run();
    await delay(1);
    assert.deepEqual(schema.said, ['Create orders dc1:3']);
    other.resolve();
    await Promise.all([changing, round]);
    assert.deepEqual(schema.said, ['Create orders dc1:3', 'Create late dc1:3']);
  });

  it('are raised by one, and repaired on one member after another', async () => {
    const { keyspace, run, ready, wishes, obey, factor, status } = await world();
    await keyspace('orders', { replication: { dc1: 1 } });
    await run();
    await keyspace('orders', { replication: { dc1: 2 } });
    await run();
    assert.equal(factor('orders'), 2);
    const { id } = status('orders')?.maintenance ?? {};
    assert.deepEqual(wishes(), [`Repair:${id}:orders`, undefined, undefined]);
    assert.deepEqual(ready('orders')?.slice(0, 2), ['False', 'Repairing']);
    assert.match(ready('orders')?.[2] ?? '', /0 of 3 members; demo-r1-0 is asked/);
    obey();
    await run();
    assert.equal(status('orders')?.maintenance?.done, 1);
    await run();
    assert.deepEqual(wishes(), [undefined, `Repair:${id}:orders`, undefined]);
  });

  it('come to what is wanted by steps, with a cleanup where that is less', async () => {
    const made = await world();
    const { keyspace, ready, schema, status, wishes, words } = made;
    await keyspace('orders', { replication: { dc1: 1 } });
    await settle(made, 2);
    await keyspace('orders', { replication: { dc1: 3 } });
    await settle(made);
    await keyspace('orders', { replication: { dc1: 1 } });
    await settle(made);
    assert.deepEqual(
      schema.said,
      [1, 2, 3, 2, 1].map((n, at) => `${at === 0 ? 'Create' : 'Alter'} orders dc1:${n}`),
    );
    assert.equal(ready('orders')?.[0], 'True');
    assert.equal(status('orders')?.maintenance, undefined);
    assert.deepEqual(wishes(), [undefined, undefined, undefined]);
    assert.equal(new Set([...words.values()].map((word) => (word.kind === 'Idle' ? '' : word.id))).size, 1);
  });

  it('take turns: the members do one thing at a time', async () => {
    const made = await world();
    const { keyspace, ready, run, factor } = made;
    await keyspace('a', { replication: { dc1: 1 } });
    await keyspace('b', { replication: { dc1: 1 } });
    await run();
    await keyspace('a', { replication: { dc1: 2 } });
    await keyspace('b', { replication: { dc1: 2 } });
    await run();
    assert.deepEqual([factor('a'), factor('b')], [2, 1]);
    assert.match(ready('b')?.[2] ?? '', /until the members have done with keyspace a$/);
    await settle(made);
    assert.deepEqual([factor('a'), factor('b')], [2, 2]);
    assert.deepEqual([ready('a')?.[0], ready('b')?.[0]], ['True', 'True']);
  });

  it('are corrected, and it is told', async () => {
    const made = await world();
    const { keyspace, run, schema, told, factor } = made;
    await keyspace('orders');
    await run();
    schema.put({ name: 'orders', replication: new Map([['dc1', 2]]), durableWrites: false });
    await settle(made);
    assert.equal(factor('orders'), 3);
    assert.equal(schema.keyspaces.get('orders')?.durableWrites, true);
    assert.deepEqual(
      told.map(({ reason, note }) => [reason, note]),
      [
        [
          'DriftCorrected',
          'what Cassandra has differs from the spec: sets its replication to dc1: 3, turns durable writes on',
        ],
      ],
    );
  });

  it('are left alone where they are not ours, until they are to be', async () => {
    const made = await world();
    const { keyspace, run, ready, schema, finalizers } = made;
    schema.put({ name: 'orders', replication: new Map([['dc1', 1]]), durableWrites: true }, 'SimpleStrategy');
    await keyspace('orders');
    await run();
    assert.deepEqual(ready('orders')?.slice(0, 2), ['False', 'KeyspaceExists']);
    assert.match(ready('orders')?.[2] ?? '', /set spec.adoptionPolicy to Adopt/);
    assert.deepEqual([finalizers('orders'), schema.said], [[], []]);
    await keyspace('orders', { adoptionPolicy: 'Adopt' });
    await settle(made);
    assert.equal(ready('orders')?.[0], 'True');
    assert.deepEqual(schema.said, ['Alter orders dc1:1', 'Alter orders dc1:2', 'Alter orders dc1:3']);
  });

  for (const [policy, stays] of [
    ['Retain', true],
    ['Delete', false],
  ] as const)
    it(`${stays ? 'stay' : 'go'} with ${policy} when their object goes, also while they are repaired`, async () => {
      const { keyspace, run, schema, doom, finalizers, wishes } = await world();
      await keyspace('orders', { replication: { dc1: 1 } });
      await run();
      await keyspace('orders', { replication: { dc1: 2 }, deletionPolicy: policy });
      await run();
      assert.ok(wishes().some((wish) => wish !== undefined));
      await doom('orders');
      await run();
      assert.equal(schema.keyspaces.has('orders'), stays);
      assert.deepEqual(finalizers('orders'), []);
      assert.deepEqual(wishes(), [undefined, undefined, undefined]);
    });

  it('are not dropped by an object that they were never of', async () => {
    const { keyspace, run, schema, doom } = await world();
    schema.put({ name: 'orders', replication: new Map([['dc1', 1]]), durableWrites: true });
    await keyspace('orders', { deletionPolicy: 'Delete' });
    await run();
    await doom('orders');
    await run();
    assert.ok(schema.keyspaces.has('orders'));
  });

  it('stay ours when the answer to their making was lost', async () => {
    const { keyspace, run, schema, ready } = await world();
    await keyspace('orders');
    const { change } = schema;
    schema.change = (changes) => {
      change.call(schema, changes);
      throw new Error('connection reset');
    };
    await run();
    schema.change = change;
    assert.equal(ready('orders')?.[0], 'True');
  });

  it('are of one object only', async () => {
    const { keyspace, run, ready } = await world();
    await keyspace('first', { name: 'orders' });
    await keyspace('second', { name: 'orders' });
    await run();
    assert.equal(ready('first')?.[0], 'True');
    assert.deepEqual(ready('second')?.slice(0, 2), ['False', 'NameTaken']);
  });

  const refusals: [string, string, Partial<CassandraKeyspaceSpecInput>, string, RegExp][] = [
    ['more replicas than members', 'bad', { replication: { dc1: 4 } }, 'Impossible', /dc1 has 3 members/],
    ['a datacenter that there is not', 'bad', { replication: { dc2: 1 } }, 'Impossible', /only datacenter is dc1/],
    [
      'no replica at all',
      'bad',
      { replication: { dc1: 0 } },
      'InvalidSpec',
      /spec.replication.dc1: must be a whole number/,
    ],
    ['no datacenter', 'bad', { replication: {} }, 'InvalidSpec', /spec.replication: must name a datacenter/],
    ['a name of Cassandra', 'bad', { name: 'System_Auth' }, 'InvalidSpec', /spec.name: system and names/],
    ['a name with a quote', 'bad', { name: 'x"; DROP' }, 'InvalidSpec', /spec.name: must be letters/],
    ['an object name that no keyspace can have', 'my-keyspace', {}, 'InvalidSpec', /metadata.name: must be letters/],
  ];
  for (const [what, name, spec, reason, words] of refusals)
    it(`are refused with ${what}, and nobody else is`, async () => {
      const { keyspace, run, ready, schema } = await world();
      await keyspace(name, spec);
      await keyspace('good');
      await run();
      assert.equal(ready(name)?.[1], reason);
      assert.match(ready(name)?.[2] ?? '', words);
      assert.equal(ready('good')?.[0], 'True');
      assert.deepEqual(schema.said, ['Create good dc1:3']);
    });
});
