/** Roles of a Cassandra come, change, take turns and go: who has the Secret is let in, whenever the operator dies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cassandraResource } from '../../operators/cassandra/index.ts';
import { roleFinalizer } from '../../operators/cassandra/roles/reconcile.ts';
import { roleResource } from '../../operators/cassandra/roles/role.ts';
import type { MemoryRoles } from '../../operators/cassandra/testing/memory-roles.ts';
import { secrets } from '../../operators/kube/resource.ts';
import { assertReady, converge } from './operator/converge.ts';
import { type Change, changed, crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import { interleave, moves } from './operator/leaders.ts';
import { Operator, type OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { cassandra } from './shapes.ts';
import { namespace, type World } from './world/world.ts';

const select = (keyspace: string) => ({ resource: { keyspace }, permissions: ['Select'] });
const turns = { rotation: { type: 'Turns', grace: '24h' } };

function putRole(world: World, name: string, spec: object): void {
  world.put('CassandraRole', name, { cluster: 'ring', ...spec });
}

function rolesOf(world: World): MemoryRoles {
  const [roles] = world.cassandra.roles();
  assert.ok(roles);
  return roles;
}

/** As applications have made them. */
function furnish(world: World): void {
  for (const keyspace of ['shop', 'news']) rolesOf(world).resources.add(`data/${keyspace}`);
}

interface Login {
  username: string;
  password: string;
}

function loginOf(world: World, name: string): Login | undefined {
  const data = world.server.get(secrets, { namespace, name: `${name}-cassandra-role` })?.data;
  const text = (key: string): string => Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
  return data && { username: text('username'), password: text('password') };
}

/** By role: of whom it is a member, and what it may do where. */
function inCassandra(world: World): Record<string, [memberOf: string[], grants: string[]]> {
  const { roles } = rolesOf(world);
  const grants = (permissions: Map<string, Set<string>>): string[] =>
    [...permissions].flatMap(([resource, all]) => [...all].map((permission) => `${permission} on ${resource}`));
  const applications = [...roles.keys()].filter((name) => name !== 'stateward').sort();
  return Object.fromEntries(
    applications.map((name) => {
      const role = roles.get(name);
      return [name, [[...(role?.memberOf ?? [])].sort(), grants(role?.permissions ?? new Map()).sort()]];
    }),
  );
}

function assertRoles(world: World, { expected, logins }: Pick<Case, 'expected' | 'logins'>): void {
  assertReady(world);
  assert.deepEqual(inCassandra(world), expected);
  for (const role of world.server.list(roleResource)) {
    assert.deepEqual(role.metadata.finalizers, [roleFinalizer]);
    assert.equal(role.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True', role.metadata.name);
  }
  for (const [name, username] of Object.entries(logins)) {
    const login = loginOf(world, name);
    assert.equal(login?.username, username);
    const isAdmitted = login !== undefined && rolesOf(world).admits(login.username, login.password);
    assert.equal(isAdmitted, username !== undefined, `${username} is let in: ${isAdmitted}`);
  }
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

interface Case {
  name: string;
  before: (world: World) => void;
  change: (world: World) => void;
  expected: Record<string, [string[], string[]]>;
  /** By object: whom its Secret names. */
  logins: Record<string, string | undefined>;
}

function create(world: World): void {
  putRole(world, 'ann', { grants: [select('shop')], memberOf: ['readers'] });
  putRole(world, 'readers', { login: false, grants: [select('news')], identities: ['spiffe://x/y'] });
  putRole(world, 'app', { ...turns, grants: [select('shop')] });
  putRole(world, 'temp', { deletionPolicy: 'Delete' });
  putRole(world, 'kept', {});
}

const readers: [string[], string[]] = [[], ['SELECT on data/news']];
const app: [string[], string[]] = [[], ['SELECT on data/shop']];

const cases: Case[] = [
  {
    name: 'come',
    before: () => {},
    change: create,
    expected: {
      ann: [['readers'], ['SELECT on data/shop']],
      app,
      app_a: [['app'], []],
      kept: [[], []],
      readers,
      temp: [[], []],
    },
    logins: { ann: 'ann', app: 'app_a', temp: 'temp', readers: undefined },
  },
  {
    name: 'change, take turns, stay and go',
    before: create,
    change: (world) => {
      putRole(world, 'ann', { superuser: true, grants: [select('news')] });
      world.drop(secrets, 'ann-cassandra-role');
      world.drop(secrets, 'app-cassandra-role');
      world.drop(roleResource, 'temp');
      world.drop(roleResource, 'kept');
    },
    expected: {
      ann: [[], ['SELECT on data/news']],
      app,
      app_a: [['app'], []],
      app_b: [['app'], []],
      kept: [[], []],
      readers,
    },
    logins: { ann: 'ann', app: 'app_b' },
  },
];

/** What applications have made is there before the roles are. */
function caseOf({ before, change }: Case): Change {
  const furnished = (world: World): void => {
    furnish(world);
    before(world);
  };
  return { shape: cassandra, before: furnished, change };
}

describe('the roles of a Cassandra', () => {
  for (const each of cases) {
    it(`${each.name}, with a crash at every write`, async () => {
      const undisturbed = await changed(caseOf(each));
      assertRoles(undisturbed.world, each);
      await assertIdle(undisturbed.world, undisturbed.operator);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed(caseOf(each), options),
        1,
        (world) => assertRoles(world, each),
      );
    });
  }

  const rotations: [string, (world: World) => void][] = [
    ['because its Secret is lost', (world) => world.drop(secrets, 'app-cassandra-role')],
    ['because its password is old', (world) => world.pass(721 * 3_600_000)],
  ];
  for (const [why, begin] of rotations)
    it(`let in who has read the Secret, through a rotation ${why} and every crash in it`, () => assertAdmission(begin));

  async function assertAdmission(begin: (world: World) => void): Promise<void> {
    const rotated = async (options: OperatorOptions): Promise<Deployed & { start: number }> => {
      const { world, operator } = await deploy(cassandra, options);
      putRole(world, 'app', { rotation: { ...turns.rotation, every: '720h' } });
      await converge(world, operator);
      const start = operator.writes;
      const reader = loginOf(world, 'app');
      assert.ok(reader);
      begin(world);
      const step = world.step.bind(world);
      world.step = () => {
        step();
        const now = loginOf(world, 'app') ?? reader;
        for (const { username, password } of [reader, now])
          assert.ok(rolesOf(world).admits(username, password), `${username} is not let in`);
      };
      await converge(world, operator);
      return { world, operator, start };
    };
    const undisturbed = await rotated({});
    const end = (world: World): void => assert.equal(loginOf(world, 'app')?.username, 'app_b');
    end(undisturbed.world);
    for (let write = undisturbed.start + 1; write <= undisturbed.operator.writes; write += 1)
      for (const answered of [false, true])
        end(
          (await rotated({ faults: (_, number) => (number === write ? { kind: 'Crash', answered } : undefined) }))
            .world,
        );
  }

  it('close the login whose turn it was, in time', async () => {
    const { world, operator } = await deploy(cassandra);
    putRole(world, 'app', turns);
    await converge(world, operator);
    const former = loginOf(world, 'app');
    assert.ok(former);
    world.drop(secrets, 'app-cassandra-role');
    await converge(world, operator);
    const status = () => world.server.get(roleResource, { namespace, name: 'app' })?.status;
    assert.ok(status()?.formerUntil !== undefined);
    world.pass(24 * 3_600_000);
    await converge(world, operator);
    assert.equal(rolesOf(world).admits(former.username, former.password), false);
    assert.deepEqual([status()?.username, status()?.formerUntil], ['app_b', undefined]);
  });

  it('are the same for two leaders', async () => {
    const property = fc.asyncProperty(moves, async (all) => {
      const { world } = await deploy(cassandra);
      furnish(world);
      create(world);
      await interleave(world, all);
      await converge(world, new Operator(world));
      const [{ expected, logins }] = cases as [Case];
      assertRoles(world, { expected, logins: { ...logins, app: loginOf(world, 'app')?.username } });
    });
    await fc.assert(property, { numRuns: 10, seed: 7 });
  });

  it('are not waited for when their Cassandra goes', async () => {
    const { world, operator } = await deploy(cassandra);
    create(world);
    await converge(world, operator);
    world.drop(roleResource, 'temp');
    world.drop(cassandraResource, 'ring');
    world.drop(roleResource, 'ann');
    await converge(world, operator);
    const left = world.server.list(roleResource).map(({ metadata }) => metadata.name);
    assert.deepEqual(left.sort(), ['app', 'kept', 'readers']);
  });
});
