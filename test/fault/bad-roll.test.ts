/** A change that no member survives takes one member, and the next spec heals it without a hand. */
import assert from 'node:assert/strict';
import { pods } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { assertReady, converge, services, statusLine } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, deployments, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandra, combinedKafka, type Shape } from './shapes.ts';
import type { World } from './world/world.ts';

interface Case {
  what: string;
  shape: Shape;
  bad: object;
  /** Another change that is none of the first. */
  good: object;
  says: RegExp;
  /** Whether the member runs and is only never ready. */
  hangs?: true;
}

const setting = { config: { 'queued.max.requests': '600' } };
const yaml = { config: { concurrent_reads: 64 } };
const bad = (value: string): object => ({ config: { 'queued.max.requests': value } });
const badYaml = (value: string): object => ({ config: { concurrent_reads: value } });

const cases: Case[] = [
  {
    what: 'an image that nobody has',
    shape: combinedKafka,
    bad: { image: 'broken:1' },
    good: setting,
    says: /broken:1/,
  },
  {
    what: 'a setting that ends it',
    shape: combinedKafka,
    bad: bad('crash'),
    good: setting,
    says: /Invalid value crash/,
  },
  {
    what: 'a setting that it hangs on',
    shape: combinedKafka,
    bad: bad('hang'),
    good: setting,
    says: /is not/,
    hangs: true,
  },
  { what: 'an image that nobody has', shape: cassandra, bad: { image: 'broken:1' }, good: yaml, says: /broken:1/ },
  { what: 'a setting that ends it', shape: cassandra, bad: badYaml('crash'), good: yaml, says: /cannot be crash/ },
  {
    what: 'a setting that it hangs on',
    shape: cassandra,
    bad: badYaml('hang'),
    good: yaml,
    says: /STARTING/,
    hangs: true,
  },
];

function put(world: World, { shape }: Case, spec: object): void {
  if (shape === combinedKafka) world.put('KafkaCluster', 'demo', spec);
  else world.put('CassandraCluster', 'ring', spec);
}

function condition(world: World, type: string): string {
  const conditions = services(world).flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find((each) => each.type === type && each.status === 'True')?.message ?? '';
}

/** Changes the spec to one that no member survives. */
async function spoil(each: Case, options: OperatorOptions = {}): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(each.shape, options);
  const start = operator.writes;
  const down = watchDown(world);
  put(world, each, each.bad);
  await converge(world, operator);
  assert.deepEqual(world.violations, []);
  assert.equal(down.most, 1);
  assert.deepEqual(Object.values(restarts(world)).sort(), [0, 0, 1]);
  assert.match(condition(world, each.hangs ? 'Reconciling' : 'Stalled'), each.says, statusLine(world));
  return { world, operator, start };
}

async function heal({ world, operator }: Deployed, each: Case, spec: object): Promise<void> {
  const down = watchDown(world);
  put(world, each, spec);
  await converge(world, operator);
  // A member may be in a long recovery: only after two minutes is it believed to hang.
  if (each.hangs) world.pass(120_000);
  await converge(world, operator);
  assertReady(world);
  assert.equal(down.most, 1);
  assert.deepEqual(outdated(world), []);
}

describe('a change that no member survives', () => {
  for (const each of cases) {
    const title = `${each.shape.name}: ${each.what}`;
    it(`${title}: takes one member, and another spec goes on`, async () => {
      const spoiled = await spoil(each);
      await heal(spoiled, each, each.good);
      assert.deepEqual(Object.values(restarts(spoiled.world)).sort(), [1, 1, 2]);
      assert.deepEqual(deployments(spoiled.world), ['Complete', 'Superseded', 'Complete']);
      await assertIdle(spoiled.world, spoiled.operator);
    });

    it(`${title}: takes one member, and the former spec goes back`, async () => {
      const spoiled = await spoil(each);
      await heal(spoiled, each, {});
      assert.deepEqual(Object.values(restarts(spoiled.world)).sort(), [0, 0, 2]);
      await assertIdle(spoiled.world, spoiled.operator);
    });
  }

  for (const each of cases.filter(({ what }) => what !== 'a setting that it hangs on')) {
    it(`${each.shape.name}: ${each.what}: others that went down meanwhile are healed with it`, async () => {
      const { world, operator } = await spoil(each);
      for (const pod of world.server.list(pods)) world.drop(pods, pod.metadata.name);
      await converge(world, operator);
      assert.ok(!world.server.list(pods).some(isReady), 'all have the template that no member survives');
      put(world, each, each.good);
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(outdated(world), []);
    });

    it(`${each.shape.name}: ${each.what}: with a crash of the operator at every third write`, async () => {
      const spoiltAndHealed = async (options: OperatorOptions = {}) => {
        const spoilt = await spoil(each, options);
        await heal(spoilt, each, each.good);
        return spoilt;
      };
      await crashAtEachWrite(await spoiltAndHealed(), spoiltAndHealed, 3);
    });
  }
});
