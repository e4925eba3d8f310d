/** A member is kept down for as long as somebody wants it, and beside it nobody goes down by choice. */
import assert from 'node:assert/strict';
import { pods } from '../../operators/kube/resource.ts';
import { isReady, reportPod } from '../../operators/workload/members/pod-state.ts';
import { operationResource } from '../../operators/workload/operations/operations.ts';
import { assertReady, converge, services, statusLine, turn, turns } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import { finalState } from './operator/final-state.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Roll } from './shapes.ts';
import type { World } from './world/world.ts';

interface Case {
  roll: Roll;
  service: { kind: string; name: string };
  member: string;
  other: string;
}

const cases: Case[] = [
  {
    roll: kafkaRoll,
    service: { kind: 'KafkaCluster', name: 'demo' },
    member: 'demo-kafka-1',
    other: 'demo-kafka-2',
  },
  {
    roll: cassandraRoll,
    service: { kind: 'CassandraCluster', name: 'ring' },
    member: 'ring-r1-1',
    other: 'ring-r1-2',
  },
];

function pause(world: World, { service, member }: Pick<Case, 'service' | 'member'>, name = 'hold'): void {
  world.operate(name, { service, type: 'Pause', members: [member] });
}

function suspend(world: World, value: boolean): void {
  world.server.modify('user', operationResource, { namespace: 'ns', name: 'hold' }, (live) => ({
    ...live,
    spec: { ...Object(live.spec), suspend: value },
  }));
}

const lifts: { how: string; lift: (world: World) => void }[] = [
  { how: 'deleted', lift: (world) => world.drop(operationResource, 'hold') },
  { how: 'suspended', lift: (world) => suspend(world, true) },
];

/** Also where the service goes on saying that an operation is suspended. */
function assertAlike(world: World, final: Record<string, unknown>): void {
  assert.deepEqual(world.violations, []);
  assert.deepEqual(finalState(world), final);
}

/** Everybody serves; the service itself goes on saying that an operation is suspended. */
function assertBack(world: World): void {
  assert.deepEqual(world.violations, []);
  assert.deepEqual(
    world.server.list(pods).filter((pod) => !isReady(pod)),
    [],
    statusLine(world),
  );
  if (world.server.get(operationResource, { namespace: 'ns', name: 'hold' }) === undefined) assertReady(world);
}

function condition(world: World, name = 'hold'): string {
  const object = world.server.get(operationResource, { namespace: 'ns', name });
  return object?.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

function stateOf(world: World, member: string): string {
  return reportPod(world.server.get(pods, { namespace: 'ns', name: member }), []).state;
}

/** The member is down, as the service says, too; all others serve. */
function assertPaused(world: World, member: string): void {
  assert.deepEqual(world.violations, []);
  assert.equal(stateOf(world, member), 'Paused', statusLine(world));
  const said = services(world).flatMap(({ status }) => status?.members ?? []);
  assert.equal(said.find(({ name }) => name === member)?.state, 'Paused');
  const others = world.server.list(pods).filter(({ metadata }) => metadata.name !== member);
  assert.ok(others.length === 2 && others.every(isReady), statusLine(world));
  assert.match(condition(world), /keeps the member down until it is deleted/);
}

/** Restarts of all, that of one member aside. */
function withMember(world: World, count: number, member: string, own: number): Record<string, number> {
  return { ...eachOf(world, count), [member]: own };
}

interface Paused extends Deployed {
  start: number;
  down: { readonly most: number };
}

async function paused(each: Case, options: OperatorOptions = {}): Promise<Paused> {
  const { world, operator } = await deploy(each.roll.shape, options);
  const start = operator.writes;
  const down = watchDown(world);
  pause(world, each);
  await converge(world, operator);
  assertPaused(world, each.member);
  return { world, operator, start, down };
}

/** The whole story: down, another spec meanwhile, and up again, all with the new one. */
async function pausedAndRolled(
  each: Case,
  lift: (world: World) => void,
  options: OperatorOptions = {},
): Promise<Paused> {
  const scene = await paused(each, options);
  const { world, operator, down } = scene;
  each.roll.change(world);
  await converge(world, operator);
  assertPaused(world, each.member);
  const before = restarts(world);
  for (const [name, count] of Object.entries(before)) if (name !== each.member) assert.equal(count, 0, name);
  lift(world);
  await converge(world, operator);
  assertBack(world);
  assert.deepEqual(outdated(world), []);
  assert.deepEqual(restarts(world), withMember(world, 1, each.member, (before[each.member] ?? 0) + 1));
  assert.equal(down.most, 1);
  return scene;
}

describe('a paused member', () => {
  for (const each of cases) {
    for (const { how, lift } of lifts) {
      it(`${each.member}: comes back whenever its pause is ${how}`, async () => {
        for (let after = 1; after <= 16; after += 1) {
          const { world, operator } = await deploy(each.roll.shape);
          pause(world, each);
          await turns(after, world, operator);
          lift(world);
          await converge(world, operator);
          assertBack(world);
        }
      });
    }

    const { roll, member, other, service } = each;
    const { name } = roll.shape;

    it(`${name}: goes down alone, and stays down`, async () => {
      const { world, operator, down } = await paused(each);
      assert.deepEqual(operator.errors, []);
      assert.deepEqual(restarts(world), withMember(world, 0, member, 1));
      await assertIdle(world, operator);
      operator.restart();
      world.pass(86_400_000);
      await converge(world, operator);
      assertPaused(world, member);
      assert.deepEqual(restarts(world), withMember(world, 0, member, 1));
      assert.equal(down.most, 1);
    });

    it(`${name}: stays down when its pod is made anew`, async () => {
      const { world, operator } = await paused(each);
      world.drop(pods, member);
      await converge(world, operator);
      assertPaused(world, member);
      await assertIdle(world, operator);
    });

    it(`${name}: goes down only when the service bears it`, async () => {
      const { world, operator } = await deploy(roll.shape);
      world.cordon(true);
      world.drop(pods, other);
      await turns(6, world, operator);
      pause(world, each);
      await turns(40, world, operator);
      assert.deepEqual(world.violations, []);
      assert.equal(stateOf(world, member), 'Ready');
      world.cordon(false);
      await converge(world, operator);
      assertPaused(world, member);
    });

    it(`${name}: is the only one: another pause waits for its end`, async () => {
      const { world, operator, down } = await paused(each);
      pause(world, { service, member: other }, 'more');
      await turns(60, world, operator);
      assertPaused(world, member);
      assert.doesNotMatch(condition(world, 'more'), /keeps the member down/);
      world.drop(operationResource, 'hold');
      await converge(world, operator);
      assert.deepEqual(world.violations, []);
      assert.deepEqual([stateOf(world, member), stateOf(world, other)], ['Ready', 'Paused']);
      assert.equal(down.most, 1);
    });

    for (const { how, lift } of lifts) {
      it(`${name}: comes back when its operation is ${how}`, async () => {
        const { world, operator, down } = await paused(each);
        lift(world);
        await converge(world, operator);
        assertBack(world);
        assert.deepEqual(restarts(world), withMember(world, 0, member, 2));
        assert.equal(down.most, 1);
        await assertIdle(world, operator);
      });

      it(`${name}: holds back a roll until it is ${how}, with a crash at some write`, async () => {
        const undisturbed = await pausedAndRolled(each, lift);
        const { world, operator } = undisturbed;
        assert.deepEqual(operator.errors, []);
        await assertIdle(world, operator);
        await crashAtEachWrite(undisturbed, (options) => pausedAndRolled(each, lift, options), 2, assertAlike);
      });
    }

    it(`${name}: goes down again when its operation is suspended no more`, async () => {
      const { world, operator, down } = await paused(each);
      suspend(world, true);
      await converge(world, operator);
      assertBack(world);
      suspend(world, false);
      await turns(60, world, operator);
      assertPaused(world, member);
      assert.equal(down.most, 1);
    });

    it(`${name}: in the middle of a roll it goes no further until the pause ends`, async () => {
      const { world, operator } = await deploy(roll.shape);
      const down = watchDown(world);
      roll.change(world);
      for (let round = 0; round < 100 && outdated(world).length === 3; round += 1) await turn(world, operator);
      pause(world, each);
      await turns(60, world, operator);
      assertPaused(world, member);
      const before = restarts(world);
      await turns(40, world, operator);
      assert.deepEqual(restarts(world), before);
      world.drop(operationResource, 'hold');
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(outdated(world), []);
      assert.equal(down.most, 1);
    });
  }
});
