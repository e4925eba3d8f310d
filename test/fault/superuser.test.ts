/** Another password, or another superuser, for a Cassandra in use: the operator is never locked out, whenever it dies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyspaceResource } from '../../operators/cassandra/keyspaces/keyspace.ts';
import type { MemoryRoles } from '../../operators/cassandra/testing/memory-roles.ts';
import { pods, type Secret, secrets } from '../../operators/kube/resource.ts';
import { encoded } from '../../operators/workload/secrets.ts';
import { assertReady, converge, services, turns } from './operator/converge.ts';
import { type Change, changed, crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { FaultPlan } from './operator/faults.ts';
import { Operator } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { cassandra } from './shapes.ts';
import { namespace, user, type World } from './world/world.ts';

const own = 'ring-cassandra-superuser';
const copy = 'ring-cassandra-binding';

interface Login {
  username: string;
  password: string;
}

const next: Login = { username: 'stateward', password: 'the next one' };
const other: Login = { username: 'root', password: 'of another' };
const application: Login = { username: 'app', password: 'of the application' };

function edit(world: World, name: string, texts: Record<string, string>): void {
  const { metadata, ...secret } = world.server.get(secrets, { namespace, name }) ?? blank(name);
  const data = { ...secret.data, ...encoded(texts) };
  world.server.apply(user, secrets, { ...secret, metadata: { name, namespace }, data }, 'somebody', undefined);
}

function blank(name: string): Secret {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
}

function loginIn(world: World, name: string): Login {
  const data = world.server.get(secrets, { namespace, name })?.data ?? {};
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  return { username: text('username'), password: text('password') };
}

function rolesOf(world: World): MemoryRoles {
  const [roles] = world.cassandra.roles();
  assert.ok(roles);
  return roles;
}

function admits(world: World, { username, password }: Login): boolean {
  return rolesOf(world).admits(username, password);
}

function stalled(world: World): string | undefined {
  const conditions = services(world).flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')?.message;
}

/** Needs the superuser: it is made if the operator gets in. */
function assertGetsIn(world: World): void {
  for (const { metadata, status } of world.server.list(keyspaceResource))
    assert.equal(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True', metadata.name);
}

interface Case {
  name: string;
  change: (world: World) => void;
  expected: Login;
}

const cases: Case[] = [
  { name: 'another password', change: (world) => edit(world, own, { password: next.password }), expected: next },
  { name: 'another superuser', change: (world) => edit(world, own, { ...other }), expected: other },
  {
    name: 'a Secret of the user',
    change: (world) => {
      edit(world, 'given', { ...other });
      world.put('CassandraCluster', 'ring', { superuserSecretName: 'given' });
    },
    expected: other,
  },
];

const before = (world: World): void => void world.put('CassandraKeyspace', 'shop', { cluster: 'ring' });

function caseOf({ change }: Case): Change {
  const changeAll = (world: World): void => {
    change(world);
    world.put('CassandraKeyspace', 'news', { cluster: 'ring' });
  };
  return { shape: cassandra, before, change: changeAll };
}

function assertChanged(world: World, { expected }: Pick<Case, 'expected'>): void {
  assertReady(world);
  assert.deepEqual(loginIn(world, copy), expected);
  assert.ok(admits(world, expected));
  assertGetsIn(world);
  assert.deepEqual(restarts(world), eachOf(world, 0));
  const plans = services(world).flatMap(({ status }) => status?.plans ?? []);
  assert.ok(plans.every(({ name }) => name !== 'superuser'));
}

describe('the superuser of a Cassandra in use', () => {
  for (const each of cases) {
    it(`becomes ${each.name}, with a crash at every write`, async () => {
      const undisturbed = await changed(caseOf(each));
      const { world, operator } = undisturbed;
      assert.deepEqual(operator.errors, []);
      assertChanged(world, each);
      const [finished] = services(world).flatMap(({ status }) => status?.history ?? []);
      assert.deepEqual([finished?.name, finished?.outcome], ['superuser', 'Complete']);
      await assertIdle(world, operator);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed(caseOf(each), options),
        1,
        (after) => assertChanged(after, each),
      );
    });
  }

  it('is let in no more by its former password, and by its former name until somebody drops that role', async () => {
    const { world, operator } = await inUse();
    const former = loginIn(world, own);
    edit(world, own, { password: next.password });
    await converge(world, operator);
    assert.ok(!admits(world, former));
    edit(world, own, { ...other });
    await converge(world, operator);
    assert.ok(admits(world, next));
    assert.ok(admits(world, other));
  });

  it('follows when it is changed again before it is done', async () => {
    const { world, operator } = await inUse();
    for (const password of ['one', 'two', 'three']) {
      edit(world, own, { password });
      await operator.round();
      world.step();
    }
    await converge(world, operator);
    assertChanged(world, { expected: { username: 'stateward', password: 'three' } });
  });

  it('is the one that was written last, however often that changes, and whenever the operator dies', async () => {
    const logins = fc.constantFrom(next, other, { ...next, password: 'the third one' });
    const moves = fc.array(fc.record({ login: logins, turns: fc.integer({ min: 0, max: 4 }) }), {
      minLength: 3,
      maxLength: 12,
    });
    const crashes = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 20 });
    const property = fc.asyncProperty(moves, crashes, fc.boolean(), async (all, deaths, answered) => {
      const { world } = await inUse();
      const faults: FaultPlan = (_, write) => (deaths.includes(write) ? { kind: 'Crash', answered } : undefined);
      const operator = new Operator(world, { faults });
      for (const { login, turns: count } of all) {
        edit(world, own, { ...login });
        await turns(count, world, operator);
      }
      await converge(world, operator);
      const [expected = next] = all.slice(-1).map(({ login }) => login);
      assertChanged(world, { expected });
    });
    await fc.assert(property, { numRuns: 20, seed: 7 });
  });

  const edits: [string, Record<string, string>][] = [
    ['another password', { password: 'of nobody' }],
    ['the login of an application', { ...application }],
    ['nothing', { username: '', password: '' }],
  ];
  for (const [what, texts] of edits)
    it(`is what its Secret says also where somebody puts ${what} into the copy`, async () => {
      const { world, operator } = await inUse();
      const expected = loginIn(world, own);
      edit(world, copy, texts);
      await converge(world, operator);
      assertChanged(world, { expected });
    });

  const refused: [string, (world: World) => void, RegExp][] = [
    [
      'that a role of an application has the name of',
      (world) => edit(world, own, { username: application.username }),
      /role app exists and is no superuser that may log in: name another one in Secret ring-cassandra-superuser/,
    ],
    [
      'without a password',
      (world) => edit(world, own, { password: '' }),
      /Secret ring-cassandra-superuser must have the keys username and password/,
    ],
    [
      'that is the role of the factory',
      (world) => edit(world, own, { username: 'cassandra' }),
      /names the built-in role cassandra/,
    ],
    [
      'when neither Secret has the password of Cassandra',
      (world) => {
        edit(world, own, { password: 'a guess' });
        edit(world, copy, { password: 'another guess' });
      },
      /lets the operator in neither by Secret ring-cassandra-superuser nor by its copy ring-cassandra-binding: put the password/,
    ],
  ];
  for (const [what, change, says] of refused)
    it(`is not one ${what}: that is said, members are healed all the while, and the right one goes on`, async () => {
      const { world, operator } = await inUse();
      const present = loginIn(world, own);
      change(world);
      // Who needs the superuser fails all the while, and is never at rest.
      await turns(40, world, operator);
      assert.match(stalled(world) ?? '', says);
      assert.ok(admits(world, present));
      assert.ok(admits(world, application));
      world.drop(pods, 'ring-r1-1');
      await turns(40, world, operator);
      assert.equal(services(world)[0]?.status?.memberSummary, '3/3');
      edit(world, own, { ...present });
      await converge(world, operator);
      assert.equal(stalled(world), undefined);
      assert.deepEqual(loginIn(world, copy), present);
      assertReady(world);
    });

  it('stays while its plan is paused', async () => {
    const { world, operator } = await inUse({ control: { paused: ['superuser'] } });
    const present = loginIn(world, own);
    edit(world, own, { password: next.password });
    await converge(world, operator);
    assert.deepEqual([loginIn(world, copy), admits(world, present)], [present, true]);
    world.put('CassandraCluster', 'ring', {});
    await converge(world, operator);
    assertChanged(world, { expected: next });
  });
});

async function inUse(spec: object = {}): Promise<Deployed> {
  const deployed = await deploy({
    name: 'a Cassandra',
    apply: (world) => void world.put('CassandraCluster', 'ring', spec),
  });
  const { world, operator } = deployed;
  const { username: role, password } = application;
  rolesOf(world).change([
    { kind: 'Create', role, login: true, superuser: false },
    { kind: 'SetPassword', role, password },
  ]);
  before(world);
  await converge(world, operator);
  return deployed;
}
