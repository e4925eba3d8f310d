/** Members of one rack restart together, where the user allows it and the data bears it. */
import assert from 'node:assert/strict';
import { type Pod, pods } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/pod-state.ts';
import { assertReady, converge } from './operator/converge.ts';
import { assertSame, type Deployed, deploy, forEachWrite } from './operator/deploy.ts';
import type { FaultPlan } from './operator/faults.ts';
import { finalState } from './operator/final-state.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, outdated, restarts } from './operator/roll.ts';
import type { Shape } from './shapes.ts';
import type { World } from './world/world.ts';

const racks = ['a', 'b', 'c'].map((zone) => ({ name: `r-${zone}`, zone }));

interface Case {
  shape: Shape;
  change: (world: World) => void;
}

function ring(spec: object): (world: World) => void {
  return (world) => void world.put('CassandraCluster', 'ring', { racks, replicas: 6, ...spec });
}

const two = { updates: { maxUnavailablePerRack: 2 } };
const sixCassandras: Case = {
  shape: { name: 'a Cassandra of six members in three racks', apply: ring(two) },
  change: ring({ ...two, config: { concurrent_reads: 64 } }),
};

/** Which members were away at the same time, by the end of each change. */
function watchAway(world: World): string[][] {
  const away: string[][] = [];
  const names = world.server.list(pods).map(({ metadata }) => metadata.name);
  world.server.observers.push(({ resource }) => {
    if (resource !== pods) return;
    const live = new Map(world.server.list(pods).map((pod): [string, Pod] => [pod.metadata.name, pod]));
    away.push(names.filter((name) => !isUp(live.get(name))));
  });
  return away;
}

function isUp(pod: Pod | undefined): boolean {
  return pod !== undefined && isReady(pod);
}

async function rolled(
  { shape, change }: Case,
  options: OperatorOptions = {},
): Promise<Deployed & { start: number; away: string[][] }> {
  const { world, operator } = await deploy(shape, options);
  const start = operator.writes;
  const away = watchAway(world);
  change(world);
  await converge(world, operator);
  return { world, operator, start, away };
}

function rackOf(name: string): string {
  return name.slice(0, name.lastIndexOf('-'));
}

describe('a roll by racks', () => {
  it('takes one member alone, then the members of one rack together, and never two racks', async () => {
    const { world, operator, away } = await rolled(sixCassandras);
    assertReady(world);
    assert.deepEqual(outdated(world), []);
    assert.deepEqual(restarts(world), eachOf(world, 1));
    assert.ok(
      away.some((names) => names.length === 2),
      'nobody went together',
    );
    for (const names of away) assert.ok(new Set(names.map(rackOf)).size <= 1 && names.length <= 2, names.join());
    const [first] = away.filter((names) => names.length > 0);
    assert.equal(first?.length, 1);
    await assertIdle(world, operator);
  });

  it('comes to the same with a crash at every second write', async () => {
    const { world, operator, start } = await rolled(sixCassandras);
    const final = finalState(world);
    await forEachWrite(
      operator.writes - start,
      async (number) => {
        const fatal = start + number;
        const faults: FaultPlan = (_, write) =>
          write === fatal ? { kind: 'Crash', answered: number % 4 === 1 } : undefined;
        assertSame((await rolled(sixCassandras, { faults })).world, final);
      },
      2,
    );
  });
});
