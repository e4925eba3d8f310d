import assert from 'node:assert/strict';
import type { CassandraRoleSpecInput } from '../../../crds/cassandra-role.ts';
import { ApiError } from '../../kube/api.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import { cassandraResource } from '../index.ts';
import { adminOf, service } from '../testing/cassandra.ts';
import { entityWorld } from '../testing/entities.ts';
import { MemoryRoles } from '../testing/memory-roles.ts';
import { roleFinalizer, roleReconcile } from './reconcile.ts';
import { roleResource } from './role.ts';

const { namespace } = service;
const grants: CassandraRoleSpecInput['grants'] = [
  { resource: { keyspace: 'shop' }, permissions: ['Select', 'Modify'] },
];
const turns = { rotation: { type: 'Turns', grace: '1h' } } as const;
const vip = 'demo-cassandra.ns.svc:9042';
const endpoint = { name: 'cql', dns: [], vip, port: 9042, tls: true, authentication: 'Password' };

async function world() {
  let passed = Date.UTC(2030, 0, 1);
  const slept: number[] = [];
  const cassandra = new MemoryRoles(() => passed);
  cassandra.resources.add('data/shop');
  const admin = adminOf({
    roles: async () => cassandra.read(),
    changeRoles: async (_target, _own, changes) => cassandra.change(changes),
  });
  const made = await entityWorld(
    roleResource,
    (parts, io) =>
      roleReconcile(parts, { ...io, clock: { now: () => passed, sleep: async (ms) => void slept.push(ms) } }),
    admin,
  );
  const { get, put, entity, run } = made;
  const cluster = get(cassandraResource, service.name);
  assert.ok(cluster);
  await put(cassandraResource, { ...cluster, status: { ...cluster.status, endpoints: [endpoint] } });
  const text = (name: string, key: string) =>
    Buffer.from(get(secrets, name)?.data?.[key] ?? '', 'base64').toString('utf8');
  const binding = (name: string) => {
    const secret = `${name}-cassandra-role`;
    return { username: text(secret, 'username'), password: text(secret, 'password') };
  };
  return {
    ...made,
    slept,
    cassandra,
    text,
    binding,
    role: (name: string, spec: Partial<CassandraRoleSpecInput> = {}) => entity(name, spec),
    /** Whether who has the Secret is let in. */
    admits: ({ username, password }: { username: string; password: string }) => cassandra.admits(username, password),
    later: async (ms: number) => {
      passed += ms;
      await run();
    },
    /** Somebody takes everything out of it: the cache here hears of no deletion. */
    lose: async (name: string) => {
      const secret = get(secrets, name);
      assert.ok(secret);
      await made.io.api.update(secrets, { ...secret, data: {} }, { signal: made.signal });
    },
    give: (name: string, password: string, labels: Record<string, string> = { 'stateward.dev/password': 'true' }) =>
      put(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name, labels },
        data: { password: Buffer.from(password).toString('base64') },
      } satisfies Secret),
  };
}

const settled = 10_000;

describe('the roles of a CassandraCluster', () => {
  it('get a login, a Secret and their grants', async () => {
    const { role, run, ready, cassandra, text, binding, admits, get } = await world();
    await role('ann', { grants, memberOf: ['readers'] });
    await role('readers', { login: false });
    await run();
    assert.deepEqual(ready('ann'), ['True', 'Applied', 'Cassandra has the role as the spec says']);
    assert.deepEqual(ready('readers')?.[0], 'True');
    const { roles, permissions } = cassandra.read();
    assert.deepEqual([...(permissions.get('ann')?.get('data/shop') ?? [])], ['SELECT', 'MODIFY']);
    assert.deepEqual([...(roles.get('ann')?.memberOf ?? [])], ['readers']);
    assert.ok(admits(binding('ann')));
    assert.deepEqual(
      ['type', 'host', 'port', 'datacenter'].map((key) => text('ann-cassandra-role', key)),
      ['cassandra', 'demo-cassandra.ns.svc', '9042', 'dc1'],
    );
    assert.match(text('ann-cassandra-role', 'ca.crt'), /BEGIN CERTIFICATE/);
    assert.equal(get(secrets, 'readers-cassandra-role'), undefined);
    assert.deepEqual(get(roleResource, 'ann')?.metadata.finalizers, [roleFinalizer]);
    assert.ok(!JSON.stringify(get(roleResource, 'ann')).includes(binding('ann').password));
  });

  it('cost nothing once they are as they should be', async () => {
    const { role, run, later, api, told } = await world();
    await role('ann', { grants });
    await role('two', turns);
    await run();
    api.calls.length = 0;
    await later(settled);
    assert.deepEqual(api.writes(), []);
    assert.deepEqual(told, []);
  });

  it('have put back what somebody has changed in Cassandra, and are told so', async () => {
    const { role, run, later, cassandra, told, binding, admits } = await world();
    await role('ann', { grants });
    await run();
    const known = cassandra.roles.get('ann');
    assert.ok(known?.password);
    known.superuser = true;
    known.password = { text: 'theirs', written: known.password.written + 1 };
    known.permissions.set('data', new Set(['DROP']));
    await later(settled);
    assert.equal(known.superuser, false);
    assert.ok(admits(binding('ann')));
    assert.deepEqual(
      told.map(({ reason, note }) => [reason, note]),
      [
        [
          'DriftCorrected',
          'what Cassandra has differs from the spec: revokes DROP on data, sets login and superuser of ann, sets the password of ann',
        ],
      ],
    );
  });

  it('get another password when their Secret is gone', async () => {
    const { role, run, later, lose, binding, admits, told, slept } = await world();
    await role('ann');
    await run();
    const before = binding('ann');
    assert.deepEqual(slept, []);
    await lose('ann-cassandra-role');
    await later(settled);
    assert.deepEqual(slept, [2_000]);
    assert.deepEqual([admits(before), admits(binding('ann'))], [false, true]);
    assert.deepEqual(told, []);
  });

  it('wait where Cassandra takes no second password so soon', async () => {
    const { role, run, later, lose, ready, binding, admits } = await world();
    await role('ann');
    await run();
    await lose('ann-cassandra-role');
    await run();
    assert.deepEqual(ready('ann')?.slice(0, 2), ['False', 'CassandraRefuses']);
    assert.equal(binding('ann').password, '');
    await later(settled);
    assert.equal(ready('ann')?.[0], 'True');
    assert.ok(admits(binding('ann')));
  });

  it('take the password of a Secret that is given, and its changes', async () => {
    const { role, run, later, give, binding, admits } = await world();
    await give('given', 'first');
    await role('ann', { passwordFrom: { name: 'given' } });
    await run();
    assert.deepEqual(binding('ann'), { username: 'ann', password: 'first' });
    await give('given', 'second');
    await later(settled);
    assert.deepEqual(binding('ann'), { username: 'ann', password: 'second' });
    assert.ok(admits(binding('ann')));
  });

  it('take turns: the former one stays, for some time', async () => {
    const { role, run, later, lose, binding, admits, cassandra, told } = await world();
    await role('ann', { ...turns, grants });
    await run();
    const first = binding('ann');
    assert.deepEqual([first.username, admits(first)], ['ann_a', true]);
    assert.deepEqual([...cassandra.roles.keys()], ['ann', 'ann_a']);
    await lose('ann-cassandra-role');
    await run();
    const second = binding('ann');
    assert.deepEqual([second.username, admits(second), admits(first)], ['ann_b', true, true]);
    for (const name of ['ann_a', 'ann_b']) assert.deepEqual([...(cassandra.roles.get(name)?.memberOf ?? [])], ['ann']);
    await later(30 * 60_000);
    assert.ok(admits(first));
    await later(30 * 60_000);
    assert.deepEqual([admits(first), admits(second)], [false, true]);
    await lose('ann-cassandra-role');
    await later(settled);
    const third = binding('ann');
    assert.deepEqual([third.username, admits(third), admits(second)], ['ann_a', true, true]);
    assert.notEqual(third.password, first.password);
    assert.deepEqual(told, []);
  });

  it('take turns when their password is old', async () => {
    const { role, run, later, binding, admits } = await world();
    await role('ann', { rotation: { type: 'Turns', every: '24h' } });
    await run();
    const first = binding('ann');
    await later(23 * 3_600_000);
    assert.deepEqual(binding('ann'), first);
    await later(2 * 3_600_000);
    assert.deepEqual([binding('ann').username, admits(binding('ann')), admits(first)], ['ann_b', true, true]);
  });

  it('are told what is not there yet, and get it when it is', async () => {
    const { role, run, later, ready, cassandra, binding, admits } = await world();
    await role('ann', { grants: [{ resource: { keyspace: 'late' }, permissions: ['Select'] }], memberOf: ['nobody'] });
    await run();
    assert.deepEqual(ready('ann'), [
      'False',
      'Incomplete',
      'the role is not all that the spec says: there is no role nobody; there is no keyspace late',
    ]);
    assert.ok(admits(binding('ann')));
    cassandra.resources.add('data/late');
    await role('nobody', { login: false });
    await later(settled);
    assert.equal(ready('ann')?.[0], 'True');
  });

  it('leave alone a role that is there already, unless they may adopt it', async () => {
    const { role, run, later, ready, cassandra, get } = await world();
    cassandra.change([{ kind: 'Create', role: 'ann', login: true, superuser: true }]);
    await role('ann');
    await run();
    assert.deepEqual(ready('ann')?.slice(0, 2), ['False', 'RoleExists']);
    assert.equal(cassandra.roles.get('ann')?.superuser, true);
    assert.deepEqual(
      [get(secrets, 'ann-cassandra-role'), get(roleResource, 'ann')?.metadata.finalizers],
      [undefined, undefined],
    );
    await role('ann', { adoptionPolicy: 'Adopt' });
    await later(settled);
    assert.equal(ready('ann')?.[0], 'True');
    assert.equal(cassandra.roles.get('ann')?.superuser, false);
  });

  it('lose their Secret when they may not log in any more', async () => {
    const { role, run, later, binding, admits, api } = await world();
    await role('ann');
    await run();
    const before = binding('ann');
    await role('ann', { login: false });
    await later(settled);
    assert.equal(admits(before), false);
    assert.equal(await api.read(secrets, { namespace, name: 'ann-cassandra-role' }), undefined);
  });

  it('stay when their object goes, unless it says otherwise', async () => {
    const { role, run, later, doom, cassandra, get } = await world();
    await role('kept');
    await role('gone', { ...turns, deletionPolicy: 'Delete' });
    await run();
    for (const name of ['kept', 'gone']) await doom(name);
    await later(settled);
    assert.deepEqual([...cassandra.roles.keys()], ['kept']);
    for (const name of ['kept', 'gone']) assert.deepEqual(get(roleResource, name)?.metadata.finalizers ?? [], []);
  });

  const refusals: [string, Partial<CassandraRoleSpecInput>, string, RegExp][] = [
    [
      'a password that is nowhere',
      { passwordFrom: { name: 'nowhere' } },
      'SecretInvalid',
      /passwordFrom: Secret nowhere does not exist; create it with the key password and the label stateward\.dev\/password=true/,
    ],
    [
      'a Secret that is not for passwords',
      { passwordFrom: { name: 'closed' } },
      'SecretInvalid',
      /passwordFrom: Secret closed does not say that it may be read here: label it stateward\.dev\/password=true$/,
    ],
    [
      'a password that Cassandra would cut',
      { passwordFrom: { name: 'long' } },
      'SecretInvalid',
      /Secret long key password has more than 72 characters, and Cassandra would ignore the rest/,
    ],
    [
      'the Secret of somebody else',
      { passwordFrom: { name: 'ben-cassandra-role' } },
      'SecretInvalid',
      /passwordFrom: Secret ben-cassandra-role is written by Stateward: name one of your own/,
    ],
    ['the name of the superuser', { name: 'stateward' }, 'InvalidSpec', /spec\.name: stateward is the operator's own/],
  ];
  for (const [what, spec, reason, words] of refusals)
    it(`are refused with ${what}, and nobody else is`, async () => {
      const { role, run, ready, cassandra, give } = await world();
      await give('long', 'x'.repeat(73));
      await give('closed', 'secret', {});
      await role('ben');
      await run();
      await role('ann', spec);
      await run();
      const [status, why, message] = ready('ann') ?? [];
      assert.deepEqual([status, why], ['False', reason]);
      assert.match(message ?? '', words);
      assert.equal(ready('ben')?.[0], 'True');
      assert.deepEqual([...cassandra.roles.keys()], ['ben']);
    });

  it('are refused whose Secret the API server refuses, and nobody else is', async () => {
    const { role, run, ready, api } = await world();
    await role('ann');
    await role('ben');
    api.before = ({ verb, key }) => {
      if (verb === 'create' && key.endsWith('ann-cassandra-role'))
        throw new ApiError(403, 'Forbidden', 'exceeded quota');
    };
    await run();
    assert.deepEqual(ready('ann'), [
      'False',
      'SecretInvalid',
      'the API server refuses Secret ann-cassandra-role: exceeded quota',
    ]);
    assert.equal(ready('ben')?.[0], 'True');
  });

  it('do not take over a Secret of somebody else', async () => {
    const { role, run, ready, give, text, cassandra } = await world();
    await give('ann-cassandra-role', 'theirs');
    await role('ann');
    await run();
    assert.equal(ready('ann')?.[1], 'SecretInvalid');
    assert.equal(text('ann-cassandra-role', 'password'), 'theirs');
    assert.equal(cassandra.roles.size, 0);
  });

  it('have their Secret also where Cassandra refuses a grant', async () => {
    const { role, run, ready, binding, admits } = await world();
    await role('ann', { grants: [{ resource: { keyspace: 'system_gone' }, permissions: ['Select'] }] });
    await run();
    assert.deepEqual(ready('ann')?.slice(0, 2), ['False', 'CassandraRefuses']);
    assert.ok(admits(binding('ann')));
  });

  it('are told what Cassandra refuses', async () => {
    const { role, run, ready, cassandra } = await world();
    cassandra.change([{ kind: 'Create', role: 'other', login: false, superuser: false }]);
    cassandra.change = (changes) =>
      new Map(changes.map(({ role: name }) => [name, { message: 'Unauthorized', passes: false }]));
    await role('ann');
    await run();
    assert.deepEqual(ready('ann'), ['False', 'CassandraRefuses', 'Cassandra refuses the role: Unauthorized']);
  });
});
