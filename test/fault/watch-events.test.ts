/** The operator's view of the cluster lacks events, has them twice, late or in another order. */
import fc from 'fast-check';
import { converge } from './operator/converge.ts';
import { assertSame, deploy, reference } from './operator/deploy.ts';
import { Operator } from './operator/operator.ts';
import type { Delivery } from './operator/stale-cache.ts';
import { combinedKafka, dedicatedKafka, rackedCassandra, type Shape, shapes } from './shapes.ts';
import { World } from './world/world.ts';

describe('disturbed watches', () => {
  for (const shape of shapes) {
    it(`${shape.name}: every second event is lost until the next list`, async () => {
      const { final } = await reference(shape);
      let events = 0;
      const lossy = (): Delivery => {
        events += 1;
        return events % 2 === 0 ? [] : [0];
      };
      assertSame((await deploy(shape, { events: lossy, relistEvery: 7 })).world, final);
    });

    it(`${shape.name}: every event is lost until the next list`, async () => {
      const { final } = await reference(shape);
      assertSame((await deploy(shape, { events: () => [], relistEvery: 5 })).world, final);
    });

    it(`${shape.name}: every event comes twice, the second time late`, async () => {
      const { final } = await reference(shape);
      assertSame((await deploy(shape, { events: () => [0, 3] })).world, final);
    });

    it(`${shape.name}: every event is four turns late`, async () => {
      const { final } = await reference(shape);
      assertSame((await deploy(shape, { events: () => [4] })).world, final);
    });
  }

  for (const shape of [combinedKafka, dedicatedKafka, rackedCassandra]) {
    it(`${shape.name}: any mix of all that`, async () => {
      const { final } = await reference(shape);
      const delivery = fc.oneof(fc.constant([0]), fc.constant([]), fc.array(fc.nat(4), { maxLength: 2 }));
      const property = fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 40 }), async (deliveries) => {
        assertSame(await deployWith(shape, deliveries), final);
      });
      await fc.assert(property, { numRuns: 15, seed: 7 });
    });
  }
});

async function deployWith(shape: Shape, deliveries: Delivery[]): Promise<World> {
  const world = new World();
  shape.apply(world);
  let events = 0;
  const next = (): Delivery => {
    events += 1;
    return deliveries[events % deliveries.length] ?? [0];
  };
  await converge(world, new Operator(world, { events: next, relistEvery: 9 }));
  return world;
}
