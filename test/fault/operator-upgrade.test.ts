/** Another version of the operator makes other templates: nobody restarts for it alone, unless the user says so. */
import assert from 'node:assert/strict';
import { ApiError } from '../../operators/kube/api.ts';
import { pods } from '../../operators/kube/resource.ts';
import { assertReady, converge, services, statusLine, turn, turns } from './operator/converge.ts';
import { deploy } from './operator/deploy.ts';
import { type FaultPlan, noFaults } from './operator/faults.ts';
import { Operator } from './operator/operator.ts';
import { assertIdle, assertRestarted, eachOf, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Roll } from './shapes.ts';
import type { World } from './world/world.ts';

/** No member may have other directories. */
const refused = { config: { 'log.dirs': 'x', data_file_directories: 'x' } };
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

function upgraded(world: World, faults: FaultPlan = noFaults): Operator {
  return new Operator(world, { name: 'new', agentsImage: 'agents:2', faults });
}

const unaltering = [{ updates: { unreplicated: 'Accept' } }, { updates: { unreplicated: 'Wait' } }] as const;

async function assertNobodyRestarts(world: World, operator: Operator): Promise<void> {
  await converge(world, operator);
  assertReady(world);
  assert.deepEqual(restarts(world), eachOf(world, 0));
  for (const { metadata } of world.server.list(pods)) assert.ok(required(world).includes(metadata.name));
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

    const unseen = [
      ['that alters no template', [unaltering[0]]],
      ['of control alone', [{ control: { paused: ['deploy'] } }]],
      ['after a pause', [{ control: { paused: ['deploy'] } }, { control: {}, ...unaltering[0] }]],
      ['after a refused one', [refused, { config: {}, ...unaltering[0] }]],
    ] as const;
    for (const [which, specs] of unseen) {
      it(`${each.shape.name}: a change ${which}, made while no operator runs, restarts nobody`, async () => {
        const { world, operator: first } = await deploy(each.shape);
        for (const spec of specs.slice(0, -1)) {
          put(world, spec);
          await turns(20, world, first);
        }
        put(world, specs.at(-1) ?? {});
        const operator = upgraded(world);
        await assertNobodyRestarts(world, operator);
        await assertIdle(world, operator);
        const down = watchDown(world);
        each.change(world);
        await converge(world, operator);
        assertRestarted(world, down);
        assert.equal(required(world), '');
      });
    }

    it(`${each.shape.name}: a change that the API server refuses, and its correction, restart nobody`, async () => {
      const { world } = await deploy(each.shape);
      put(world, unaltering[0]);
      const error = new ApiError(422, 'Invalid', 'not so');
      const refuses: FaultPlan = ({ what }) =>
        what.startsWith('apply StatefulSet') ? { kind: 'Refused', error } : undefined;
      await turns(5, world, upgraded(world, refuses));
      assert.match(statusLine(world), /not so/);
      put(world, unaltering[1]);
      await assertNobodyRestarts(world, upgraded(world));
    });

    it(`${each.shape.name}: wherever it crashes, a change that alters no template restarts nobody`, async () => {
      for (let at = 1, crashed = true; crashed; at += 1) {
        const { world } = await deploy(each.shape);
        put(world, unaltering[0]);
        const operator = upgraded(world, (_, write) => (write === at ? { kind: 'Crash', answered: false } : undefined));
        for (let round = 0; round < 20 && operator.writes < at; round += 1) await turn(world, operator);
        crashed = operator.writes >= at;
        put(world, unaltering[1]);
        await assertNobodyRestarts(world, operator);
      }
    });

    it(`${each.shape.name}: a change that alters the template, made while no operator runs, rolls`, async () => {
      const world = await old(each, { updates: { unreplicated: 'Accept' } });
      const down = watchDown(world);
      each.change(world);
      await converge(world, upgraded(world));
      assertReady(world);
      assertRestarted(world, down);
      assert.equal(required(world), '');
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
