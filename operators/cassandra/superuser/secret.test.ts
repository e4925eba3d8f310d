import assert from 'node:assert/strict';
import { type Secret, secrets } from '../../kube/resource.ts';
import { dataLabelsOf } from '../../workload/identity.ts';
import { type TestTurn, testTurn } from '../../workload/testing/turn.ts';
import type { CassandraModel } from '../index.ts';
import { modelOf, service, settings } from '../testing/cassandra.ts';
import { prepareSuperuser, readSuperuser } from './secret.ts';

const object = { apiVersion: 'v1', kind: 'CassandraCluster', metadata: { name: 'demo', namespace: 'ns' } };
const generated = Buffer.alloc(24, 7).toString('base64url');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (data: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));

function secretOf(name: string, data: Record<string, string>): Secret {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'ns' }, data: encoded };
}

const record = { signer: { certificate: 'the CA\n', key: undefined }, former: ['the one before\n'] };

const own = 'demo-cassandra-superuser';
const copy = 'demo-cassandra-binding';
const credentials = { username: 'stateward', password: 'kept' };

async function prepared(model: CassandraModel, ...stored: Secret[]) {
  const world: TestTurn = testTurn(object);
  for (const secret of stored) await world.put(secrets, secret, false);
  const found = await prepareSuperuser(model, record, settings, world.turn);
  return { ...world, ...found, reasons: found.rejections.map(({ reason }) => reason) };
}

const fresh = modelOf();
const inUse = { ...fresh, published: true };
const given = modelOf({ superuserSecretName: 'mine' });

describe('the superuser', () => {
  it('is generated once, without an owner', async () => {
    const { api, turn, reasons, objects } = await prepared(fresh);
    assert.deepEqual([reasons, objects], [[], []]);
    const stored = await api.read(secrets, { namespace: 'ns', name: own });
    assert.deepEqual(plain(stored?.data), { username: 'stateward', password: generated });
    assert.deepEqual(stored?.metadata.labels, dataLabelsOf(service));
    assert.equal(stored?.metadata.ownerReferences, undefined);
    const before = api.writes().length;
    await prepareSuperuser(fresh, record, settings, { ...turn, randomBytes: (length) => Buffer.alloc(length, 8) });
    assert.equal(api.writes().length, before);
  });

  it('is that of whoever was first', async () => {
    const world = testTurn(object);
    world.api.before = async ({ verb }) => {
      world.api.before = () => {};
      if (verb === 'read')
        world.api.before = async (call) => {
          if (call.verb !== 'create') return;
          world.api.before = () => {};
          await world.api.create(secrets, secretOf(own, credentials));
        };
    };
    await prepareSuperuser(fresh, record, settings, world.turn);
    assert.deepEqual(await readSuperuser(fresh, world.turn), credentials);
  });

  it('is put back from the copy when its Secret is lost', async () => {
    const { api, objects } = await prepared(inUse, secretOf(copy, credentials));
    const stored = await api.read(secrets, { namespace: 'ns', name: own });
    assert.deepEqual(plain(stored?.data), credentials);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      [copy],
    );
  });

  it('is copied for applications once they may come', async () => {
    const { objects } = await prepared(inUse, secretOf(own, credentials));
    const [binding] = objects as Secret[];
    assert.equal(binding?.metadata.name, copy);
    assert.deepEqual(plain(binding?.data), {
      type: 'cassandra',
      provider: 'stateward',
      host: 'demo-cassandra.ns.svc.cluster.local',
      port: '9042',
      datacenter: 'dc1',
      ...credentials,
      'ca.crt': 'the CA\nthe one before\n',
    });
    const inClear = { ...modelOf({ encryption: { clients: 'None' } }), published: true };
    const [without] = (await prepared(inClear, secretOf(own, credentials))).objects as Secret[];
    assert.ok(!Object.keys(without?.data ?? {}).includes('ca.crt'));
    assert.deepEqual((await prepared(fresh, secretOf(own, credentials))).objects, []);
  });

  const table: [string, CassandraModel, Secret[], string[], RegExp][] = [
    [
      'a given Secret that is missing',
      given,
      [],
      ['SecretNotFound'],
      /^spec\.superuserSecretName: there is no Secret mine in namespace ns/,
    ],
    [
      'a Secret without a password',
      given,
      [secretOf('mine', { username: 'x' })],
      ['SecretInvalid'],
      /Secret mine must have the keys username and password/,
    ],
    [
      'a Secret with an empty name',
      given,
      [secretOf('mine', { username: '', password: 'x' })],
      ['SecretInvalid'],
      /neither may be empty/,
    ],
    [
      'the name of the built-in role',
      given,
      [secretOf('mine', { username: 'cassandra', password: 'x' })],
      ['SecretInvalid'],
      /is locked; choose another username/,
    ],
    [
      'a generated Secret that somebody emptied',
      fresh,
      [secretOf(own, {})],
      ['SecretInvalid'],
      /demo-cassandra-superuser must have/,
    ],
  ];
  for (const [name, model, stored, reasons, words] of table) {
    it(`refuses ${name}, and writes nothing`, async () => {
      const found = await prepared(model, ...stored);
      assert.deepEqual([found.reasons, found.objects, found.api.writes()], [reasons, [], []]);
      assert.match(found.rejections[0]?.message ?? '', words);
    });
  }

  it('of a given Secret is taken as it is, and never made', async () => {
    const { api, turn, reasons } = await prepared(given, secretOf('mine', { username: 'x', password: 'y' }));
    assert.deepEqual([reasons, api.writes()], [[], []]);
    assert.deepEqual(await readSuperuser(given, turn), { username: 'x', password: 'y' });
  });

  const next = { username: 'stateward', password: 'next' };
  const note = { 'next.username': next.username, 'next.password': next.password };
  const read: [string, Secret[], object][] = [
    ['the one of both Secrets', [secretOf(own, credentials), secretOf(copy, credentials)], credentials],
    [
      'still that of the copy where the Secret has another one',
      [secretOf(own, next), secretOf(copy, credentials)],
      { ...credentials, next, wish: { wanted: next, problem: undefined, noted: false, told: false } },
    ],
    [
      'either that of the copy or the one noted there, whatever the Secret says by now',
      [secretOf(own, { ...next, password: 'later' }), secretOf(copy, { ...credentials, ...note })],
      {
        ...credentials,
        next,
        wish: { wanted: { ...next, password: 'later' }, problem: undefined, noted: true, told: false },
      },
    ],
    [
      'still that of the copy where the Secret names nobody',
      [secretOf(own, { username: 'x' }), secretOf(copy, credentials)],
      {
        ...credentials,
        wish: {
          wanted: undefined,
          problem: `Secret ${own} must have the keys username and password, and neither may be empty`,
          noted: false,
          told: false,
        },
      },
    ],
    ['that of the Secret where the copy has nobody', [secretOf(own, credentials), secretOf(copy, {})], credentials],
  ];
  for (const [what, stored, expected] of read)
    it(`is, in use, ${what}`, async () => {
      const { turn, put } = testTurn(object);
      for (const secret of stored) await put(secrets, secret);
      const { wish, ...found } = (await readSuperuser(inUse, turn)) ?? {};
      const { version: _, ...others } = wish ?? { version: '' };
      assert.deepEqual({ ...found, ...(wish && { wish: others }) }, expected);
    });

  it('is that of the Secret before clients use the service, also beside a copy of an earlier one', async () => {
    const { turn, put } = testTurn(object);
    await put(secrets, secretOf(own, next));
    await put(secrets, secretOf(copy, credentials));
    assert.deepEqual(await readSuperuser(fresh, turn), next);
  });

  it('of a given Secret that is lost in use lives on in the copy', async () => {
    const model = { ...given, published: true };
    const { api, objects, reasons } = await prepared(model, secretOf(copy, { username: 'x', password: 'y' }));
    assert.deepEqual([reasons, api.writes(), objects.length], [[], [], 1]);
  });

  it('is nobody while there is none', async () =>
    assert.equal(await readSuperuser(fresh, testTurn(object).turn), undefined));
});
