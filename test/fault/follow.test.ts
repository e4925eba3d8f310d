/** Most runs with a crash do up to it what an undisturbed run did: they have to be what a run that decides for itself is. */
import assert from 'node:assert/strict';
import { type Deployed, deploy, reference } from './operator/deploy.ts';
import type { FaultPlan } from './operator/faults.ts';
import { combinedKafka, rackedCassandra } from './shapes.ts';
import type { World } from './world/world.ts';

function crashAt(fatal: number): FaultPlan {
  return (_, write) => (write === fatal ? { kind: 'Crash', answered: fatal % 2 === 0 } : undefined);
}

/** All that was ever written, as text: a deep comparison of it takes minutes. */
function told({ world, operator }: Deployed): string {
  const history = world.server.history.map(({ type, object }) => ({ type, object }));
  return JSON.stringify([history, world.clock.now(), operator.writes, operator.errors.map(String)]);
}

describe('a run that follows another up to its crash', () => {
  for (const shape of [combinedKafka, rackedCassandra]) {
    it(`${shape.name}: is the same as one that follows nobody`, async () => {
      const { writes, deeds } = await reference(shape);
      for (let fatal = 1; fatal <= writes; fatal += 5) {
        const [alone, follower] = [
          await deploy(shape, { faults: crashAt(fatal) }),
          await deploy(shape, { faults: crashAt(fatal), follows: deeds }),
        ];
        assert.ok(told(follower) === told(alone), `they differ after write ${fatal}`);
      }
    });
  }

  it('is not to be had in another world', async () => {
    const { deeds } = await reference(combinedKafka);
    const disturbed = (world: World): void => {
      combinedKafka.apply(world);
      world.addStorageClass('more');
    };
    await assert.rejects(deploy({ name: 'another', apply: disturbed }, { follows: deeds }), /no longer the world/);
  });

  it('has no other fault', async () => {
    const { deeds } = await reference(combinedKafka);
    await assert.rejects(deploy(combinedKafka, { faults: () => ({ kind: 'Reset' }), follows: deeds }), /can only die/);
  });
});
