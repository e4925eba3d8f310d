/** Users of a Kafka come, change and go: Kafka ends with what is wanted, whenever the operator dies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { userFinalizer } from '../../operators/kafka/users/reconcile.ts';
import { userResource } from '../../operators/kafka/users/user.ts';
import { secrets } from '../../operators/kube/resource.ts';
import { isSignedBy, readCertificate } from '../../operators/tls/certificate.ts';
import { recordOf } from '../../operators/workload/certificates/secrets.ts';
import { assertReady, converge } from './operator/converge.ts';
import { type Change, changed, crashAtEachWrite, deploy } from './operator/deploy.ts';
import { interleave, moves } from './operator/leaders.ts';
import { Operator } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { combinedKafka, type Shape } from './shapes.ts';
import { namespace, type World } from './world/world.ts';

const day = 86_400_000;

const listeners = [
  { name: 'secure', port: 9093 },
  { name: 'mutual', port: 9094, authentication: 'Tls' },
];
const guardedKafka: Shape = {
  name: 'a Kafka that lets users in by passwords and by certificates',
  apply: (world) => void world.put('KafkaCluster', 'demo', { listeners }),
};

const read = (name: string) => ({ resource: { type: 'Topic', name }, operations: ['Read', 'Describe'] });

function putUser(world: World, name: string, spec: object): void {
  world.put('KafkaUser', name, { cluster: 'demo', ...spec });
}

function create(world: World): void {
  putUser(world, 'ann', { acls: [read('a')], quotas: { producerBytesPerSecond: 1000 } });
  putUser(world, 'ben', { acls: [read('b')] });
}

/** By user: how many rules, and how many quotas; of all whom Kafka knows, and of these. */
function inKafka(world: World, names: readonly string[]): Record<string, [acls: number, quotas: number]> {
  const { passwords, acls, quotas } = world.kafka.users;
  const rules = (name: string): number => [...acls.values()].filter(({ user }) => user === name).length;
  const known = [...passwords.keys(), ...[...acls.values()].map(({ user }) => user), ...quotas.keys(), ...names];
  return Object.fromEntries([...new Set(known)].map((name) => [name, [rules(name), quotas.get(name)?.size ?? 0]]));
}

interface Expected {
  [user: string]: [acls: number, quotas: number];
}

/** @param certified - who of them has a certificate in place of a password */
function assertUsers(world: World, expected: Expected, certified: readonly string[] = []): void {
  const names = Object.keys(expected).sort();
  assertReady(world);
  assert.deepEqual(inKafka(world, names), expected);
  const withPassword = names.filter((name) => !certified.includes(name));
  assert.deepEqual([...world.kafka.users.passwords.keys()].sort(), withPassword);
  const users = world.server.list(userResource);
  for (const { metadata, status } of users) {
    assert.deepEqual(metadata.finalizers, [userFinalizer]);
    assert.equal(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True', metadata.name);
  }
  assert.deepEqual(users.map(({ metadata }) => metadata.name).sort(), names);
  for (const name of certified) assertCertificate(world, name);
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

function secretOf(world: World, name: string): Record<string, string> {
  return world.server.get(secrets, { namespace, name: `${name}-kafka-user` })?.data ?? {};
}

/** Signed by the only CA that there is, and the only proof that he has. */
function assertCertificate(world: World, name: string): void {
  const authority = recordOf(world.server.get(secrets, { namespace, name: 'demo-kafka-ca-key' }));
  const certificate = Buffer.from(secretOf(world, name)['user.crt'] ?? '', 'base64').toString('utf8');
  assert.ok(authority !== undefined && isSignedBy(certificate, authority.signer.certificate));
  assert.deepEqual([authority.next, authority.former], [undefined, undefined]);
  assert.equal(secretOf(world, name)['password'], undefined);
  const { status } = world.server.get(userResource, { namespace, name }) ?? {};
  const read = readCertificate(certificate);
  assert.ok(read.ok);
  assert.equal(status?.certificate?.notAfter, new Date(read.value.notAfter).toISOString());
  assert.equal(status?.password, undefined);
}

interface Case {
  name: string;
  before: (world: World) => void;
  change: (world: World) => void;
  expected: Expected;
  /** Who has a certificate. */
  certified?: string[];
  shape?: Shape;
  /** The operator dies at each so many-th write. */
  stride?: number;
}

const cases: Case[] = [
  { name: 'come', before: () => {}, change: create, expected: { ann: [2, 1], ben: [2, 0] } },
  {
    name: 'change, and one of them goes',
    before: create,
    change: (world) => {
      putUser(world, 'ann', { acls: [read('a'), read('c')] });
      world.drop(userResource, 'ben');
      putUser(world, 'cid', {});
      world.drop(secrets, 'ann-kafka-user');
    },
    expected: { ann: [4, 0], cid: [0, 0] },
  },
  {
    name: 'come by a certificate from now on',
    shape: guardedKafka,
    before: create,
    change: (world) => {
      putUser(world, 'ann', { acls: [read('a')], authentication: { type: 'Tls' } });
      putUser(world, 'cid', { acls: [read('c')], authentication: { type: 'Tls' } });
    },
    expected: { ann: [2, 0], ben: [2, 0], cid: [2, 0] },
    certified: ['ann', 'cid'],
  },
  {
    name: 'get certificates of the CA that takes the place of another',
    shape: guardedKafka,
    before: (world) => putUser(world, 'ann', { authentication: { type: 'Tls' } }),
    change: (world) => world.pass((3 * 365 - 179) * day),
    expected: { ann: [0, 0] },
    certified: ['ann'],
    // Nearly all writes are those of the CA, which certificates.test.ts tries one by one.
    stride: 3,
  },
];

/** Clients are given a day to learn of another CA. */
function caseOf({ shape = combinedKafka, certified, ...rest }: Case): Change {
  return { shape, ...rest, passMs: certified && 1.5 * day };
}

describe('the users of a Kafka', () => {
  for (const each of cases) {
    it(`${each.name}, with crashes at its writes`, async () => {
      const undisturbed = await changed(caseOf(each));
      assertUsers(undisturbed.world, each.expected, each.certified);
      await assertIdle(undisturbed.world, undisturbed.operator);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed(caseOf(each), options),
        each.stride,
        (world) => assertUsers(world, each.expected, each.certified),
      );
    });
  }

  it('are the same for two leaders', async () => {
    const property = fc.asyncProperty(moves, async (all) => {
      const { world } = await deploy(combinedKafka);
      create(world);
      await interleave(world, all);
      await converge(world, new Operator(world));
      assertUsers(world, { ann: [2, 1], ben: [2, 0] });
      const password = world.server.get(secrets, { namespace, name: 'ann-kafka-user' })?.data?.['password'];
      assert.ok(password);
    });
    await fc.assert(property, { numRuns: 10, seed: 7 });
  });

  it('go with their Kafka', async () => {
    const { world, operator } = await deploy(combinedKafka);
    create(world);
    await converge(world, operator);
    world.drop(userResource, 'ben');
    world.drop(kafkaResource, 'demo');
    world.drop(userResource, 'ann');
    await converge(world, operator);
    assert.deepEqual(world.server.list(userResource), []);
  });
});
