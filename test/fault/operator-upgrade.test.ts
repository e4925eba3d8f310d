/** Another version of the operator makes other templates: nobody restarts for it alone, unless the user says so. */
import assert from 'node:assert/strict';
import { pods } from '../../operators/kube/resource.ts';
import { assertReady, converge, services, statusLine } from './operator/converge.ts';
import { deploy } from './operator/deploy.ts';
import { Operator } from './operator/operator.ts';
import { assertIdle, assertRestarted, eachOf, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Roll } from './shapes.ts';
import type { World } from './world/world.ts';

const automatic = { updates: { restartOnOperatorUpgrade: true } };

function put(world: World, spec: object): void {
  const [service] = services(world);
  const kind = service?.kind === 'KafkaCluster' ? 'KafkaCluster' : 'CassandraCluster';
  world.put(kind, service?.metadata.name ?? '', { ...Object(service?.spec), ...spec });
}

function required(world: World): string {
  const conditions = services(world).flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find(({ type, status }) => type === 'RestartRequired' && status === 'True')?.message ?? '';
}

/** A service of the old operator, which has ended. */
async function old({ shape }: Roll, spec: object = {}): Promise<World> {
  const { world, operator } = await deploy(shape);
  put(world, spec);
  await converge(world, operator);
  assert.deepEqual(restarts(world), eachOf(world, 0), 'the change alters no template');
  return world;
}

function upgraded(world: World): Operator {
  return new Operator(world, { name: 'new', agentsImage: 'agents:2' });
}

describe('an upgrade of the operator', () => {
  for (const each of [kafkaRoll, cassandraRoll]) {
    const spec = [
      ['alone', {}],
      ['after a change that alters no template', { updates: { unreplicated: 'Accept' }, deletionPolicy: 'Delete' }],
      ['while plans are paused', { control: { paused: ['deploy'] } }],
    ] as const;
    for (const [when, before] of spec) {
      it(`${each.shape.name}: ${when} it restarts nobody, and says who runs the old`, async () => {
        const world = await old(each, before);
        const operator = upgraded(world);
        await converge(world, operator);
        assertReady(world);
        assert.deepEqual(restarts(world), eachOf(world, 0));
        for (const { metadata } of world.server.list(pods)) assert.ok(required(world).includes(metadata.name));
        await assertIdle(world, operator);
      });
    }

    it(`${each.shape.name}: a change that alters no template restarts nobody after it`, async () => {
      const world = await old(each);
      const operator = upgraded(world);
      await converge(world, operator);
      put(world, { updates: { unreplicated: 'Accept' } });
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(restarts(world), eachOf(world, 0));
      assert.notEqual(required(world), '');
    });

    it(`${each.shape.name}: where the user says so it rolls`, async () => {
      const world = await old(each, automatic);
      const down = watchDown(world);
      const operator = upgraded(world);
      await converge(world, operator);
      assertReady(world);
      assertRestarted(world, down);
      assert.equal(required(world), '');
      await assertIdle(world, operator);
    });

    it(`${each.shape.name}: it rolls when the user says so later`, async () => {
      const world = await old(each);
      const operator = upgraded(world);
      await converge(world, operator);
      const down = watchDown(world);
      put(world, automatic);
      await converge(world, operator);
      assertReady(world);
      assertRestarted(world, down);
      assert.equal(required(world), '');
    });

    it(`${each.shape.name}: it rolls with the next change that alters the template`, async () => {
      const world = await old(each);
      const operator = upgraded(world);
      await converge(world, operator);
      const down = watchDown(world);
      each.change(world);
      await converge(world, operator);
      assertReady(world);
      assertRestarted(world, down);
      assert.equal(required(world), '');
    });

    it(`${each.shape.name}: in the middle of a roll it goes on, and nobody restarts twice`, async () => {
      const { world, operator: first } = await deploy(each.shape);
      const down = watchDown(world);
      each.change(world);
      for (let round = 0; round < 100 && outdated(world).length !== 2; round += 1) {
        await first.round();
        world.step();
        world.pass(1_000);
      }
      assert.equal(outdated(world).length, 2, statusLine(world));
      const operator = upgraded(world);
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual([restarts(world), down.most], [eachOf(world, 1), 1]);
      await assertIdle(world, operator);
    });
  }
});
