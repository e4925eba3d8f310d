/** Users of a Kafka come, change and go: Kafka ends with what is wanted, whenever the operator dies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { userFinalizer } from '../../operators/kafka/users/reconcile.ts';
import { userResource } from '../../operators/kafka/users/user.ts';
import { secrets } from '../../operators/kube/resource.ts';
import { assertReady, converge } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import { interleave, moves } from './operator/leaders.ts';
import { Operator, type OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { combinedKafka } from './shapes.ts';
import { namespace, type World } from './world/world.ts';

const read = (name: string) => ({ resource: { type: 'Topic', name }, operations: ['Read', 'Describe'] });

function putUser(world: World, name: string, spec: object): void {
  world.put('KafkaUser', name, { cluster: 'demo', ...spec });
}

function create(world: World): void {
  putUser(world, 'ann', { acls: [read('a')], quotas: { producerBytesPerSecond: 1000 } });
  putUser(world, 'ben', { acls: [read('b')] });
}

/** By user: how many rules, and how many quotas; only of those who have a password. */
function inKafka(world: World): Record<string, [acls: number, quotas: number]> {
  const { passwords, acls, quotas } = world.kafka.users;
  const rules = (name: string): number => [...acls.values()].filter(({ user }) => user === name).length;
  const known = [...passwords.keys()].sort();
  return Object.fromEntries(known.map((name) => [name, [rules(name), quotas.get(name)?.size ?? 0]]));
}

function assertUsers(world: World, expected: Record<string, [number, number]>): void {
  assertReady(world);
  assert.deepEqual(inKafka(world), expected);
  const total = Object.values(expected).reduce((sum, [rules]) => sum + rules, 0);
  assert.equal(world.kafka.users.acls.size, total);
  for (const user of world.server.list(userResource)) {
    assert.deepEqual(user.metadata.finalizers, [userFinalizer]);
    assert.equal(user.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True', user.metadata.name);
  }
  assert.deepEqual(
    world.server
      .list(userResource)
      .map(({ metadata }) => metadata.name)
      .sort(),
    Object.keys(expected),
  );
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

interface Case {
  name: string;
  before: (world: World) => void;
  change: (world: World) => void;
  expected: Record<string, [number, number]>;
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
];

async function changed({ before, change }: Case, options: OperatorOptions = {}): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(combinedKafka, options);
  before(world);
  await converge(world, operator);
  const start = operator.writes;
  change(world);
  await converge(world, operator);
  return { world, operator, start };
}

describe('the users of a Kafka', () => {
  for (const each of cases) {
    it(`${each.name}, with a crash at every write`, async () => {
      const undisturbed = await changed(each);
      assertUsers(undisturbed.world, each.expected);
      await assertIdle(undisturbed.world, undisturbed.operator);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed(each, options),
        1,
        (world) => assertUsers(world, each.expected),
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
