/** The user's hand on the plans: pause, one step, a step that counts as done; none of it is in any operator's memory. */
import assert from 'node:assert/strict';
import { pods } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { assertReady, converge, services, statusLine, turn } from './operator/converge.ts';
import { type Deployed, deploy } from './operator/deploy.ts';
import type { Operator } from './operator/operator.ts';
import { assertIdle, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Roll } from './shapes.ts';
import type { World } from './world/world.ts';

/** The spec as it is, with other parts. */
function put(world: World, parts: object): void {
  const [service] = services(world);
  assert.ok(service !== undefined);
  const kind = service.kind === 'KafkaCluster' ? 'KafkaCluster' : 'CassandraCluster';
  world.put(kind, service.metadata.name, { ...Object(service.spec), ...parts });
}

function control(world: World, value: object): void {
  put(world, { control: value });
}

/** The new spec and `control` in one write. */
async function changeUnder({ shape, change }: Roll, value: object): Promise<Deployed> {
  const { world, operator } = await deploy(shape);
  // The operator sees both together: it has not run in between.
  change(world);
  control(world, value);
  await converge(world, operator);
  return { world, operator };
}

function touched(world: World): number {
  return Object.values(restarts(world)).reduce((sum, count) => sum + count, 0);
}

/** Names of steps of the deploy plan's restarts, as `spec.control` takes them. */
function stepIds(world: World): string[] {
  const plans = services(world).flatMap(({ status }) => status?.plans ?? []);
  return plans
    .filter(({ name }) => name === 'deploy')
    .flatMap(({ name, revision, phases }) =>
      phases
        .filter((phase) => phase.name === 'restart')
        .flatMap((phase) => phase.steps.map((step) => `${name}/${phase.name}/${step.name}@${revision}`)),
    );
}

function paused(world: World): string | undefined {
  const conditions = services(world).flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find(({ type, status }) => type === 'Paused' && status === 'True')?.message;
}

async function untilTouched(count: number, world: World, operator: Operator): Promise<void> {
  for (let round = 0; round < 100 && touched(world) < count; round += 1) await turn(world, operator);
  assert.equal(touched(world), count, statusLine(world));
}

function assertServing(world: World): void {
  assert.deepEqual(world.violations, []);
  assert.ok(world.server.list(pods).every(isReady), statusLine(world));
}

/** The last thing that is done about a broker that was restarted. */
function assertPreferred(world: World): void {
  if (services(world)[0]?.kind !== 'KafkaCluster') return;
  for (const { leader, replicas } of world.kafka.cluster.topics.list()) assert.equal(leader, replicas[0]);
}

describe('a plan under control', () => {
  for (const each of [kafkaRoll, cassandraRoll]) {
    for (const entry of ['deploy', 'deploy/restart']) {
      it(`${each.name}: with ${entry} paused it begins nothing, and runs when the pause ends`, async () => {
        const { world, operator } = await changeUnder(each, { paused: [entry] });
        assertServing(world);
        assert.equal(touched(world), 0);
        assert.match(paused(world) ?? '', new RegExp(entry));
        operator.restart();
        await converge(world, operator);
        await assertIdle(world, operator);
        assert.equal(touched(world), 0);
        const down = watchDown(world);
        control(world, {});
        await converge(world, operator);
        assertReady(world);
        assert.equal(paused(world), undefined);
        assert.deepEqual([touched(world), down.most, outdated(world)], [3, 1, []]);
      });
    }

    it(`${each.name}: outside the maintenance windows it begins nothing, and in one it runs`, async () => {
      const { world, operator } = await deploy(each.shape);
      each.change(world);
      // The world begins at midnight.
      put(world, { updates: { windows: [{ schedule: '0 3 * * *', duration: '1h' }] } });
      await converge(world, operator);
      assertServing(world);
      assert.equal(touched(world), 0);
      world.pass(3 * 3_600_000);
      await untilTouched(1, world, operator);
      world.pass(3_600_000);
      await converge(world, operator);
      assertServing(world);
      assert.equal(touched(world), 1, 'what is begun is finished, and no more');
      world.pass(23 * 3_600_000);
      await converge(world, operator);
      assertReady(world);
      assert.equal(touched(world), 3);
    });

    it(`${each.name}: paused midway it finishes what is begun`, async () => {
      const { world, operator } = await deploy(each.shape);
      each.change(world);
      await untilTouched(1, world, operator);
      control(world, { paused: ['deploy'] });
      operator.restart();
      await converge(world, operator);
      assertServing(world);
      assertPreferred(world);
      assert.equal(touched(world), 1);
      control(world, {});
      await converge(world, operator);
      assertReady(world);
      assert.equal(touched(world), 3);
    });

    it(`${each.name}: a step that is allowed runs alone`, async () => {
      const { world, operator } = await changeUnder(each, { paused: ['deploy'] });
      const [first = ''] = stepIds(world);
      control(world, { paused: ['deploy'], allowed: [first] });
      await converge(world, operator);
      assertServing(world);
      assert.equal(touched(world), 1);
      assert.equal(outdated(world).length, 2);
      operator.restart();
      await converge(world, operator);
      assert.equal(touched(world), 1);
    });

    it(`${each.name}: a step that is allowed for another revision runs not`, async () => {
      const { world, operator } = await changeUnder(each, { paused: ['deploy'] });
      const allowed = stepIds(world).map((id) => id.replace(/@.*$/, '@0123456789'));
      control(world, { paused: ['deploy'], allowed });
      await converge(world, operator);
      assert.equal(touched(world), 0);
    });

    it(`${each.name}: a step that counts as complete is passed over, and never done by another operator`, async () => {
      const { world, operator } = await changeUnder(each, { paused: ['deploy'] });
      const [first = ''] = stepIds(world);
      control(world, { completed: [first] });
      await converge(world, operator);
      assertReady(world);
      assert.equal(touched(world), 2);
      assert.deepEqual(outdated(world).length, 1);
      operator.restart();
      await converge(world, operator);
      await assertIdle(world, operator);
      assert.equal(touched(world), 2);
    });
  }
});
