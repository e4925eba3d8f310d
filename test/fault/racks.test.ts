/** Members of one rack restart together, where the user allows it and the data bears it. */
import assert from 'node:assert/strict';
import { pods } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { assertReady, converge } from './operator/converge.ts';
import { type Changed, crashAtEachWrite, deploy } from './operator/deploy.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, outdated, restarts } from './operator/roll.ts';
import type { Roll } from './shapes.ts';
import { zoneOf } from './world/scheduler.ts';
import type { World } from './world/world.ts';

const updates = { maxUnavailablePerRack: 2 };
const racks = ['a', 'b', 'c'].map((zone) => ({ name: `r-${zone}`, zone }));
const pools = [
  { name: 'controller', roles: ['Controller'], replicas: 3 },
  { name: 'broker', roles: ['Broker'], replicas: 6 },
];

function ring(spec: object): (world: World) => void {
  return (world) => void world.put('CassandraCluster', 'ring', { racks, replicas: 6, updates, ...spec });
}

function kafka(spec: object): (world: World) => void {
  return (world) =>
    void world.put('KafkaCluster', 'demo', { pools, placement: { membersPerNode: 'Any' }, updates, ...spec });
}

const cases: Roll[] = [
  {
    name: 'Cassandra',
    shape: { name: 'a Cassandra of six members in three racks', apply: ring({}) },
    change: ring({ config: { concurrent_reads: 64 } }),
  },
  {
    name: 'Kafka',
    shape: { name: 'a Kafka of six brokers in three zones', apply: kafka({}) },
    change: kafka({ config: { 'queued.max.requests': '600' } }),
  },
];

/** Which members were away at the same time, by the end of each change. */
function watchAway(world: World): string[][] {
  const away: string[][] = [];
  const names = world.server.list(pods).map(({ metadata }) => metadata.name);
  world.server.observers.push(({ resource }) => {
    if (resource !== pods) return;
    const up = world.server.list(pods).filter(isReady);
    away.push(names.filter((name) => !up.some(({ metadata }) => metadata.name === name)));
  });
  return away;
}

async function rolled({ shape, change }: Roll, options: OperatorOptions = {}): Promise<Changed & { away: string[][] }> {
  const { world, operator } = await deploy(shape, options);
  const start = operator.writes;
  const away = watchAway(world);
  change(world);
  await converge(world, operator);
  return { world, operator, start, away };
}

describe('a roll by racks', () => {
  for (const each of cases) {
    it(`${each.name}: takes one member alone, then members of one rack together, and never two racks`, async () => {
      const { world, operator, away } = await rolled(each);
      assertReady(world);
      assert.deepEqual(outdated(world), []);
      assert.deepEqual(restarts(world), eachOf(world, 1));
      const [first] = away.filter((names) => names.length > 0);
      assert.equal(first?.length, 1);
      assert.ok(
        away.some((names) => names.length === 2),
        'nobody went together',
      );
      for (const names of away) {
        const zones = new Set(names.map((name) => zoneOf(world.server, name)));
        assert.ok(zones.size <= 1 && names.length <= 2, names.join());
      }
      await assertIdle(world, operator);
    });

    it(`${each.name}: comes to the same with a crash at every second write`, async () => {
      await crashAtEachWrite(await rolled(each), (options) => rolled(each, options), 2);
    });
  }
});
