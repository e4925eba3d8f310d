/** A broker that passes no requests on to the controllers: found, told of, and restarted once, whatever happens meanwhile. */
import assert from 'node:assert/strict';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { assertReady, converge, statusLine, turns } from './operator/converge.ts';
import { type Changed, changed, crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, restarts, watchDown } from './operator/roll.ts';
import { dedicated, type Shape } from './shapes.ts';
import type { World } from './world/world.ts';

const put = (world: World, replicas: number, spec: object = {}): void =>
  void world.put('KafkaCluster', 'demo', dedicated(replicas, spec));

const shape: Shape = { name: 'a Kafka of four brokers', apply: (world) => put(world, 4) };
const [broker, name] = [1002, 'demo-broker-1002'];
/** Long enough to be asked, and for patience to end. */
const whileMs = 120_000;

function lose(world: World): void {
  world.kafka.deaf.add(broker);
}

function lost(options: OperatorOptions = {}): Promise<Changed> {
  return changed({ shape, change: lose, passMs: whileMs }, options);
}

function record(world: World) {
  const [service] = world.server.list(kafkaResource);
  return service?.status?.members?.find((member) => member.name === name)?.notForwarding;
}

/** Looks again and again while time goes by. */
async function wait(world: World, operator: Deployed['operator']): Promise<void> {
  for (let passed = 0; passed < whileMs; passed += 10_000) {
    world.pass(10_000);
    await turns(1, world, operator);
  }
}

function assertHealed(world: World, restarted = 1): void {
  assertReady(world);
  assert.deepEqual([...world.kafka.deaf], []);
  assert.equal(record(world), undefined);
  assert.deepEqual(restarts(world), { ...eachOf(world, 0), [name]: restarted });
}

describe('a broker that passes no requests on to the controllers', () => {
  it('is restarted once, and alone', async () => {
    const { world, operator } = await deploy(shape);
    const down = watchDown(world);
    lose(world);
    await wait(world, operator);
    await converge(world, operator);
    assertHealed(world);
    assert.equal(down.most, 1);
    assert.deepEqual(operator.errors, []);
    await assertIdle(world, operator);
  });

  it('is restarted after another one that does not either', async () => {
    const { world, operator } = await deploy(shape);
    const down = watchDown(world);
    for (const id of [1001, 1002]) world.kafka.deaf.add(id);
    await wait(world, operator);
    await converge(world, operator);
    await wait(world, operator);
    await converge(world, operator);
    assertReady(world);
    assert.equal(down.most, 1);
    assert.deepEqual(restarts(world), { ...eachOf(world, 0), 'demo-broker-1001': 1, [name]: 1 });
  });

  it('comes to the same with a crash at every write', async () => {
    const undisturbed = await lost();
    assertHealed(undisturbed.world);
    await crashAtEachWrite(undisturbed, lost);
  });

  it('is known before anything is done, and left alone if it passes them on again', async () => {
    const { world, operator } = await deploy(shape);
    lose(world);
    for (let round = 0; record(world) === undefined && round < 10; round += 1) {
      world.pass(10_000);
      await turns(1, world, operator);
    }
    assert.notEqual(record(world), undefined);
    assertReady(world);
    world.kafka.deaf.clear();
    await wait(world, operator);
    assertHealed(world, 0);
  });

  it('is not restarted a second time where that has not helped, and holds up no other change', async () => {
    const { world, operator } = await deploy(shape);
    world.kafka.incurable = true;
    lose(world);
    await wait(world, operator);
    await converge(world, operator);
    await wait(world, operator);
    await converge(world, operator);
    assert.deepEqual(restarts(world), { ...eachOf(world, 0), [name]: 1 });
    assert.match(
      statusLine(world),
      /Stalled=True: demo-broker-1002:\[reconnect\]: passes no requests on .* not helped/,
    );
    await assertIdle(world, operator);
    world.kafka.incurable = false;
    put(world, 4, { config: { 'queued.max.requests': '9' } });
    await converge(world, operator);
    assertReady(world);
    assert.deepEqual(restarts(world), { ...eachOf(world, 1), [name]: 2 });
  });

  it('waits for its window, and for whoever holds the plan', async () => {
    const { world, operator } = await deploy(shape);
    const windows = [{ schedule: '0 12 * * *', duration: '1h' }];
    put(world, 4, { updates: { windows } });
    lose(world);
    await wait(world, operator);
    assert.match(statusLine(world), /passes no requests on to the controllers: outside the maintenance windows/);
    put(world, 4, { control: { paused: ['recovery'] } });
    await wait(world, operator);
    assert.match(statusLine(world), /demo-broker-1002:\[reconnect\]: paused by spec.control.paused: recovery/);
    assert.deepEqual(restarts(world), eachOf(world, 0));
    put(world, 4);
    await converge(world, operator);
    assertHealed(world);
  });

  it('says nothing while no controller leads', async () => {
    const { world, operator } = await deploy(shape);
    for (const id of [1000, 1001, 1002, 1003]) world.kafka.deaf.add(id);
    const { describe: truth } = world.kafka.admin;
    world.kafka.admin.describe = () => Promise.reject(new Error('Request timed out'));
    await wait(world, operator);
    assert.equal(record(world), undefined);
    assert.deepEqual(restarts(world), eachOf(world, 0));
    world.kafka.admin.describe = truth;
    world.kafka.deaf.clear();
    await converge(world, operator);
    assertReady(world);
  });

  it('is restarted before it hands over what it has, where it is to leave', async () => {
    const { world, operator } = await deploy(shape);
    world.kafka.deaf.add(1003);
    put(world, 3);
    await turns(3, world, operator);
    const leaving = JSON.stringify(world.server.list(kafkaResource)[0]?.status?.plans);
    assert.match(leaving, /is told to take no new replicas once it passes requests on to the controllers/);
    await converge(world, operator);
    await wait(world, operator);
    await converge(world, operator);
    assertReady(world);
    assert.deepEqual(operator.errors, []);
    assert.deepEqual([...world.kafka.cluster.cordoned], []);
    assert.deepEqual(restarts(world), { ...eachOf(world, 0), 'demo-broker-1003': 1 });
  });
});
