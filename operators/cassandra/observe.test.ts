import assert from 'node:assert/strict';
import { containerStatus, podOf, readyPod } from '../workload/testing/objects.ts';
import { operationOf, starting } from '../workload/testing/services.ts';
import type { Authentication, CassandraAdmin, Keyspace } from './admin/admin.ts';
import { type CassandraMember, observeCassandra } from './observe.ts';
import { adminOf, cassandraFacts, membersOf, modelOf, wordOf } from './testing/cassandra.ts';

const never = new AbortController().signal;
const own = { username: 'u', password: 'p' };
const name = 'demo-r1-0';

interface World {
  parts?: Record<string, Partial<CassandraMember>>;
  admin?: Partial<CassandraAdmin>;
  credentials?: typeof own | undefined;
  published?: boolean;
  operations?: ReturnType<typeof operationOf>[];
  signal?: AbortSignal;
  /** Nobody can prove who it is. */
  silent?: boolean;
  spec?: Parameters<typeof modelOf>[0];
}

function observe(world: World) {
  const model = { ...modelOf(world.spec), published: world.published ?? false };
  const views = membersOf(model, world.parts).map(
    ({ word: _, atGate: __, granted: ___, recordedHostId: ____, ...view }) => view,
  );
  const credentials = 'credentials' in world ? world.credentials : own;
  const facts = cassandraFacts({}, { operations: world.operations ?? [] });
  const admin = world.silent ? undefined : adminOf(world.admin);
  return observeCassandra(model, views, facts, {
    admin,
    superuser: async () => credentials,
    signal: world.signal ?? never,
  });
}

const target = { host: 'a', port: 9042, name: `${name}.demo-cassandra-members.ns.svc`, datacenter: 'dc1' };

const normal: Partial<CassandraAdmin> = {
  ask: async () => wordOf('NORMAL', 'h'),
  inspect: async () => ({ kind: 'Default' }),
};

describe('the members of a Cassandra service', () => {
  it('are asked at their agents when they run, and are unknown when they do not answer', async () => {
    const asked: string[] = [];
    const ask: CassandraAdmin['ask'] = async ({ host, port, name }) => {
      asked.push(`${host}:${port} ${name}`);
      if (host === 'b') throw new Error('no answer');
      return wordOf('NORMAL', 'h');
    };
    const parts = {
      [name]: { address: 'a', report: starting },
      'demo-r1-1': { address: 'b' },
      'demo-r1-2': { address: 'c', report: { state: 'Crashing' as const, message: '' } },
    };
    const { members } = await observe({ parts, admin: { ask } });
    const nameOf = (pod: string): string => `${pod}.demo-cassandra-members.ns.svc`;
    assert.deepEqual(asked, [`a:8779 ${nameOf(name)}`, `b:8779 ${nameOf('demo-r1-1')}`]);
    assert.deepEqual(
      members.map(({ word }) => word?.operationMode),
      ['NORMAL', undefined, undefined],
    );
  });

  it('are unknown while the operator cannot prove who it is', async () => {
    const { members, authentication } = await observe({ parts: { [name]: { address: 'a' } }, silent: true });
    assert.deepEqual([members[0]?.word, authentication.kind], [undefined, 'Unknown']);
  });

  it('show how they stand at the gate', async () => {
    const gate = (state: object) =>
      podOf(name, { init: [containerStatus('agent'), containerStatus('gate', { state })] });
    const pod = gate({ running: {} });
    pod.metadata.annotations = { 'stateward.dev/start': 'Found' };
    const [waiting] = (await observe({ parts: { [name]: { pod } } })).members;
    assert.deepEqual([waiting?.atGate, waiting?.granted, waiting?.recordedHostId], [true, 'Found', undefined]);
    const [passed] = (await observe({ parts: { [name]: { pod: gate({ terminated: { exitCode: 0 } }) } } })).members;
    assert.deepEqual([passed?.atGate, passed?.granted], [false, undefined]);
    assert.equal((await observe({ parts: { [name]: { pod: readyPod(name) } } })).members[0]?.atGate, false);
  });

  it('are not waited for once nobody wants it', async () => {
    const controller = new AbortController();
    const ask = async (): Promise<never> => {
      controller.abort(new Error('enough'));
      throw new Error('no answer');
    };
    await assert.rejects(observe({ admin: { ask }, signal: controller.signal }), /enough/);
  });
});

describe('the authentication', () => {
  const table: [string, World, Authentication][] = [
    ['is what the superuser finds', { admin: normal }, { kind: 'Default' }],
    [
      'is unknown while no member is NORMAL',
      { admin: { ask: async () => wordOf('JOINING') } },
      { kind: 'Unknown', message: 'no member is NORMAL yet' },
    ],
    [
      'is unknown without a password',
      { admin: normal, credentials: undefined },
      { kind: 'Unknown', message: 'there is no Secret demo-cassandra-superuser yet' },
    ],
    [
      'is not asked for once clients use the service',
      { admin: normal, published: true },
      { kind: 'Unknown', message: 'not asked for once clients use the service' },
    ],
  ];
  for (const [what, world, expected] of table) {
    it(what, async () => assert.deepEqual((await observe(world)).authentication, expected));
  }

  it('is asked of a NORMAL member with our own name', async () => {
    const asked: unknown[] = [];
    const inspect: CassandraAdmin['inspect'] = async (...args) => {
      asked.push(...args.slice(0, 3));
      return { kind: 'Default' };
    };
    await observe({ parts: { [name]: { address: 'a' } }, admin: { ...normal, inspect } });
    assert.deepEqual(asked, [{ ...target, clear: false }, own, 3]);
  });

  for (const clients of ['Optional', 'None'] as const) {
    it(`is asked of a member that may know no TLS where clients is ${clients}`, async () => {
      const asked: unknown[] = [];
      const inspect: CassandraAdmin['inspect'] = async ({ clear }) => {
        asked.push(clear);
        return { kind: 'Default' };
      };
      const spec = { encryption: { clients } };
      await observe({ spec, parts: { [name]: { address: 'a' } }, admin: { ...normal, inspect } });
      assert.deepEqual(asked, [true]);
    });
  }
});

describe('the keyspaces', () => {
  const orders: Keyspace = {
    name: 'orders',
    strategy: 'NetworkTopologyStrategy',
    replication: new Map([['dc1', 3]]),
    durableWrites: true,
  };
  const admin: Partial<CassandraAdmin> = { ...normal, keyspaces: async () => [orders] };
  const outdated = { [name]: { outdated: 'Spec' as const, joined: true } };
  const startedAt = '2026-01-01T00:00:00Z';
  const roll: World = { admin, published: true, parts: outdated };
  const table: [string, World, Keyspace[] | undefined][] = [
    ['are known while a member is to be restarted', roll, [orders]],
    [
      'are known while only the operator is newer',
      { ...roll, parts: { [name]: { outdated: 'Operator', joined: true } } },
      [orders],
    ],
    [
      'are known while an operation has yet to begin',
      { ...roll, parts: {}, operations: [operationOf('one')] },
      [orders],
    ],
    [
      'are known while an operation goes on',
      { ...roll, parts: {}, operations: [operationOf('one', { status: { startedAt } })] },
      [orders],
    ],
    ["are nobody's business in a quiet service", { ...roll, parts: {} }, undefined],
    [
      "are nobody's business after an operation",
      { ...roll, parts: {}, operations: [operationOf('one', { status: { finishedAt: startedAt } })] },
      undefined,
    ],
    [
      "are nobody's business while a member has yet to join",
      { ...roll, parts: { [name]: { outdated: 'Spec' } } },
      undefined,
    ],
    ["are nobody's business before clients use the service", { ...roll, published: false }, undefined],
    [
      'are unknown while no member is NORMAL',
      { ...roll, admin: { ...admin, ask: async () => wordOf('DRAINED') } },
      undefined,
    ],
    ['are unknown without a password', { ...roll, credentials: undefined }, undefined],
    ['are unknown where nobody answers', { ...roll, admin: normal }, undefined],
  ];
  for (const [what, world, expected] of table)
    it(what, async () => assert.deepEqual((await observe(world)).keyspaces, expected));

  it('are asked of a NORMAL member with our own name', async () => {
    const asked: unknown[] = [];
    const keyspaces: CassandraAdmin['keyspaces'] = async (...args) => {
      asked.push(...args.slice(0, 2));
      return [orders];
    };
    await observe({ ...roll, parts: { [name]: { ...outdated[name], address: 'a' } }, admin: { ...normal, keyspaces } });
    assert.deepEqual(asked, [{ ...target, clear: false }, own]);
  });

  it('are not waited for once nobody wants it', async () => {
    const controller = new AbortController();
    const keyspaces = async (): Promise<never> => {
      controller.abort(new Error('enough'));
      throw new Error('no answer');
    };
    await assert.rejects(observe({ ...roll, admin: { ...normal, keyspaces }, signal: controller.signal }), /enough/);
  });
});
