/** Members leave a service: what they have goes first, whatever happens meanwhile. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims, pods } from '../../operators/kube/resource.ts';
import { operationResource } from '../../operators/workload/operations/operations.ts';
import { isRetired } from '../../operators/workload/scale.ts';
import { assertReady, converge, services, statusLine, turn } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { dedicated, type Shape } from './shapes.ts';
import type { World } from './world/world.ts';

interface Case {
  shape: Shape;
  /** Asks for fewer members. */
  shrink: (world: World, spec?: object) => void;
  leavers: string[];
}

const combined = (replicas: number, spec: object = {}) => ({
  pools: [{ name: 'kafka', roles: ['Controller', 'Broker'], replicas }],
  placement: { membersPerNode: 'Any' },
  ...spec,
});
const put =
  (of: (replicas: number, spec?: object) => object, replicas: number) =>
  (world: World, spec: object = {}): void =>
    void world.put('KafkaCluster', 'demo', of(replicas, spec));

const ring =
  (replicas: number) =>
  (world: World, spec: object = {}): void =>
    void world.put('CassandraCluster', 'ring', { replicas, placement: { membersPerNode: 'Any' }, ...spec });

const cases: Case[] = [
  {
    shape: { name: 'a Kafka of five members', apply: put(combined, 5) },
    shrink: put(combined, 3),
    leavers: ['demo-kafka-3', 'demo-kafka-4'],
  },
  {
    shape: { name: 'a Kafka of four brokers', apply: put(dedicated, 4) },
    shrink: put(dedicated, 3),
    leavers: ['demo-broker-1003'],
  },
  {
    shape: { name: 'a Cassandra of five members', apply: ring(5) },
    shrink: ring(3),
    leavers: ['ring-r1-3', 'ring-r1-4'],
  },
];

function podNames(world: World): string[] {
  return world.server.list(pods).map(({ metadata }) => metadata.name);
}

function isRing(world: World): boolean {
  return services(world).some(({ kind }) => kind === 'CassandraCluster');
}

/** Node ids that take no replicas: also those of brokers to come. */
function shut({ kafka }: World): number[] {
  return [...kafka.cluster.cordoned];
}

function retired(world: World): string[] {
  const claims = world.server.list(persistentVolumeClaims).filter(isRetired);
  return claims.map(({ metadata }) => metadata.name).sort();
}

async function shrunk({ shape, shrink }: Case, options: OperatorOptions = {}): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(shape, options);
  const start = operator.writes;
  shrink(world);
  await converge(world, operator);
  return { world, operator, start };
}

function assertLeft(world: World, leavers: string[]): void {
  assertReady(world);
  assert.deepEqual(
    podNames(world).filter((name) => leavers.includes(name)),
    [],
  );
  assert.deepEqual(
    retired(world),
    leavers.map((name) => `data-${name}`),
  );
  if (!isRing(world)) assertUnknown(world, leavers);
}

function assertUnknown(world: World, leavers: string[]): void {
  const ids = leavers.map((name) => Number(name.split('-').at(-1)));
  const { cluster } = world.kafka;
  const held = cluster.topics.list().filter(({ replicas }) => replicas.some((nodeId) => ids.includes(nodeId)));
  assert.deepEqual(held, []);
  const { brokers, quorum } = cluster.describe(true);
  const known = [...brokers, ...quorum.voters].filter(({ nodeId }) => ids.includes(nodeId));
  assert.deepEqual(known, []);
  assert.deepEqual(shut(world), []);
}

describe('members that leave', () => {
  for (const each of cases) {
    it(`${each.shape.name}: hand over what they have and are forgotten`, async () => {
      const { world, operator } = await shrunk(each);
      assertLeft(world, each.leavers);
      assert.deepEqual(operator.errors, []);
      assert.deepEqual(restarts(world), eachOf(world, 0));
      await assertIdle(world, operator);
    });

    it(`${each.shape.name}: also with a crash at every write`, async () => {
      await crashAtEachWrite(await shrunk(each), (options) => shrunk(each, options));
    });

    it(`${each.shape.name}: leave no volumes where the policy says so`, async () => {
      const { world, operator } = await deploy(each.shape);
      each.shrink(world, { deletionPolicy: 'Delete' });
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(retired(world), []);
      each.shape.apply(world);
      await converge(world, operator);
      assertReady(world);
    });

    it(`${each.shape.name}: stay if they are wanted again, whenever that is`, async () => {
      const { operator: measured, start } = await shrunk(each);
      for (let after = 1; after < measured.writes - start; after += 3) {
        const { world, operator } = await deploy(each.shape);
        each.shrink(world);
        const goal = operator.writes + after;
        for (let rounds = 0; operator.writes < goal && rounds < 100; rounds += 1) await turn(world, operator);
        each.shape.apply(world);
        await converge(world, operator);
        assert.deepEqual(world.violations, []);
        const kept = retired(world);
        if (kept.length === 0) assertReady(world);
        else assert.match(statusLine(world), /kubectl delete pvc|cannot get more controllers/);
        if (statusLine(world).includes('more controllers')) {
          put(combined, 5 - kept.length)(world);
          await converge(world, operator);
          assertReady(world);
        }
        if (!isRing(world)) assert.deepEqual(shut(world), []);
      }
    });
  }

  it('do not leave at all where too few would be left', async () => {
    const [first] = cases;
    assert.ok(first !== undefined);
    const { world, operator } = await deploy(first.shape);
    put(combined, 2)(world);
    await converge(world, operator);
    assert.deepEqual(world.violations, []);
    assert.match(statusLine(world), /3 replicas and 2 brokers would be left/);
    assert.equal(podNames(world).length, 5);
    assert.deepEqual(shut(world), []);
    assert.deepEqual(restarts(world), eachOf(world, 0));
    put(combined, 3)(world);
    await converge(world, operator);
    assertLeft(world, first.leavers);
  });

  it('leave by an operation, which keeps the place empty until the spec agrees', async () => {
    const [, second] = cases;
    assert.ok(second !== undefined);
    const { world, operator } = await deploy(second.shape);
    const make = (name: string, member: string) =>
      world.server.create('user', operationResource, {
        apiVersion: 'stateward.dev/v1alpha1',
        kind: 'ServiceOperation',
        metadata: { name, namespace: services(world)[0]?.metadata.namespace ?? '' },
        spec: { service: { kind: 'KafkaCluster', name: 'demo' }, type: 'Decommission', members: [member] },
      });
    make('wrong', 'demo-broker-1001');
    make('right', 'demo-broker-1003');
    await converge(world, operator);
    assertLeft(world, second.leavers);
    const said = (name: string) =>
      JSON.stringify(world.server.list(operationResource).find(({ metadata }) => metadata.name === name)?.status);
    assert.match(said('wrong'), /only the last of its kind can leave: .*demo-broker-100/);
    assert.match(said('right'), /keeps the place of demo-broker-1003 empty/);
    assert.doesNotMatch(said('right'), /finishedAt/);
    second.shrink(world);
    await converge(world, operator);
    assert.match(said('right'), /finishedAt/);
    assertLeft(world, second.leavers);
  });
});
