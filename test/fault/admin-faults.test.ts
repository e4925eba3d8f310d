/** The services themselves say nothing, fail, or say what is not so. */
import assert from 'node:assert/strict';
import { cassandraResource } from '../../operators/cassandra/index.ts';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { converge, services, turns } from './operator/converge.ts';
import { assertSame, reference } from './operator/deploy.ts';
import type { Fault } from './operator/faults.ts';
import { Operator } from './operator/operator.ts';
import { cassandra, combinedKafka, rackedCassandra, type Shape } from './shapes.ts';
import { World } from './world/world.ts';

const silent: Fault = { kind: 'Refused', error: new Error('the member does not answer in time') };

function complete(world: World): string[] {
  const steps = services(world).flatMap(({ status }) => status?.plans ?? []);
  return steps
    .flatMap(({ phases }) => phases.flatMap((phase) => phase.steps))
    .filter(({ status }) => status === 'Complete')
    .map(({ name }) => name);
}

async function silentFrom(shape: Shape): Promise<{ world: World; operator: Operator; speak: () => void }> {
  const world = new World();
  shape.apply(world);
  let fault: Fault | undefined = silent;
  const operator = new Operator(world, { faults: (call) => (call.at === 'Service' ? fault : undefined) });
  await turns(40, world, operator);
  return {
    world,
    operator,
    speak: () => {
      fault = undefined;
    },
  };
}

describe('a service that does not answer', () => {
  it('Cassandra: no step completes, nobody but the first starts, and it goes on when answers come', async () => {
    const { final } = await reference(rackedCassandra);
    const { world, operator, speak } = await silentFrom(rackedCassandra);
    assert.deepEqual(complete(world), []);
    assert.deepEqual(world.cassandra.hostIds().length, 1);
    assert.equal(world.server.list(cassandraResource)[0]?.status?.endpoints, undefined);
    speak();
    await converge(world, operator);
    assertSame(world, final);
  });

  it('Kafka: neither quorum nor brokers count as there, and it goes on when answers come', async () => {
    const { final } = await reference(combinedKafka);
    const { world, operator, speak } = await silentFrom(combinedKafka);
    const done = complete(world);
    assert.ok(!done.includes('quorum:[form]') && !done.includes('brokers:[register]'), done.join(', '));
    assert.equal(world.server.list(kafkaResource)[0]?.status?.clusterId, undefined);
    speak();
    await converge(world, operator);
    assertSame(world, final);
  });

  for (const shape of [cassandra, combinedKafka]) {
    it(`${shape.name}: silence in the middle of the deployment`, async () => {
      const { final } = await reference(shape);
      const world = new World();
      shape.apply(world);
      let mute = false;
      const operator = new Operator(world, { faults: (call) => (mute && call.at === 'Service' ? silent : undefined) });
      for (let round = 0; round < 8; round += 1) {
        mute = round % 2 === 1;
        await turns(4, world, operator);
      }
      mute = false;
      await converge(world, operator);
      assertSame(world, final);
    });

    it(`${shape.name}: silence after it is ready takes nothing down`, async () => {
      const world = new World();
      shape.apply(world);
      let mute = false;
      const operator = new Operator(world, { faults: (call) => (mute && call.at === 'Service' ? silent : undefined) });
      await converge(world, operator);
      const pods = world.server.list({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true });
      mute = true;
      await turns(60, world, operator);
      const after = world.server.list({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true });
      assert.deepEqual(
        after.map(({ metadata }) => metadata.uid),
        pods.map(({ metadata }) => metadata.uid),
      );
      assert.deepEqual(world.violations, []);
    });
  }
});

describe('a service that says what is not so', () => {
  it('Cassandra: a member that is NORMAL and does not know its host id lets nobody join', async () => {
    const world = new World();
    cassandra.apply(world);
    const operator = new Operator(world);
    const { ask } = world.cassandra.admin;
    world.cassandra.admin.ask = async (...parts) => ({ ...(await ask(...parts)), hostId: undefined });
    await turns(40, world, operator);
    assert.deepEqual(complete(world), []);
    assert.equal(world.cassandra.hostIds().length, 1);
    world.cassandra.admin.ask = ask;
    await converge(world, operator);
    assertSame(world, (await reference(cassandra)).final);
  });

  it('Kafka: a leader without brokers is no service', async () => {
    const world = new World();
    combinedKafka.apply(world);
    const operator = new Operator(world);
    const { describe: truth } = world.kafka.admin;
    world.kafka.admin.describe = async (...parts) => {
      const view = await truth(...parts);
      return { ...view, brokers: view.brokers.map((broker) => ({ ...broker, fenced: true })) };
    };
    await turns(40, world, operator);
    assert.ok(!complete(world).includes('brokers:[register]'));
    const ready = world.server.list(kafkaResource)[0]?.status?.conditions?.find(({ type }) => type === 'Ready');
    assert.equal(ready?.status, 'False');
    world.kafka.admin.describe = truth;
    await converge(world, operator);
    assertSame(world, (await reference(combinedKafka)).final);
  });
});
