/** A change of the spec reaches all running members, one after another, whatever becomes of the operator meanwhile. */
import assert from 'node:assert/strict';
import { assertReady, converge, services, turn } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { Operator, OperatorOptions } from './operator/operator.ts';
import { assertIdle, assertRolled, watchDown } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Roll, rolls } from './shapes.ts';
import type { World } from './world/world.ts';

/** Deploys, changes the spec, and waits for the end. */
async function roll({ shape, change }: Roll, options: OperatorOptions = {}): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(shape, options);
  const start = operator.writes;
  const down = watchDown(world);
  change(world);
  await converge(world, operator);
  assertReady(world);
  assertRolled(world, down);
  return { world, operator, start };
}

async function crash(each: Roll, stride: number): Promise<void> {
  const undisturbed = await roll(each);
  const { world, operator } = undisturbed;
  assert.deepEqual(operator.errors, []);
  await assertIdle(world, operator);
  await crashAtEachWrite(undisturbed, (options) => roll(each, options), stride);
}

function isComplete(world: World): boolean {
  const plans = services(world).flatMap(({ status }) => status?.plans ?? []);
  return plans.every(({ status }) => status === 'Complete');
}

/** Stops at the very write that says so. */
async function untilComplete(world: World, operator: Operator): Promise<void> {
  await turn(world, operator);
  assert.ok(!isComplete(world));
  for (let round = 0; round < 100; round += 1) {
    await operator.round();
    if (isComplete(world)) return;
    world.step();
    world.pass(1_000);
  }
  assert.fail('is never complete');
}

describe('a rolling change', () => {
  it('takes the active controller of a Kafka last: it moves once', async () => {
    const { world, operator } = await deploy(kafkaRoll.shape);
    const { quorum } = world.kafka.cluster;
    assert.equal(quorum.leaderId, 0, 'the first in any other order');
    const before = quorum.elections;
    kafkaRoll.change(world);
    await converge(world, operator);
    assertReady(world);
    assert.equal(quorum.elections - before, 1);
  });

  it('of a Kafka is complete when all replicas are in sync, and the preferred leaders lead', async () => {
    const { world, operator } = await deploy(kafkaRoll.shape);
    kafkaRoll.change(world);
    await untilComplete(world, operator);
    for (const { leader, replicas, inSync } of world.kafka.cluster.topics.list()) {
      assert.deepEqual([leader, inSync.length], [replicas[0], replicas.length]);
    }
  });

  it('of a Cassandra is complete when all writes have reached everybody', async () => {
    const { world, operator } = await deploy(cassandraRoll.shape);
    cassandraRoll.change(world);
    await untilComplete(world, operator);
    assert.deepEqual(world.cassandra.hints(), []);
  });

  for (const each of rolls) {
    // The others differ in nothing but what is changed.
    const stride = each === kafkaRoll || each === cassandraRoll ? 1 : 7;
    it(`${each.name}: with a crash at ${stride === 1 ? 'any' : 'some'} write`, () => crash(each, stride));
  }
});
