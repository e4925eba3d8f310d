/** The API server fails, or the view of it is late, in the middle of a roll. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assertReady, converge, turns } from './operator/converge.ts';
import { type Deployed, deploy, forEachWrite } from './operator/deploy.ts';
import { apiErrors, type FaultPlan } from './operator/faults.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertRestarted, watchDown } from './operator/roll.ts';
import type { Delivery } from './operator/stale-cache.ts';
import { cassandraRoll, kafkaRoll, type Roll } from './shapes.ts';
import type { HistoryEvent } from './world/api-server.ts';

async function roll({ shape, change }: Roll, options: OperatorOptions): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(shape, options);
  const start = operator.writes;
  const down = watchDown(world);
  change(world);
  await converge(world, operator);
  assertReady(world);
  assertRestarted(world, down);
  return { world, operator, start };
}

describe('a roll and the API server', () => {
  for (const each of [kafkaRoll, cassandraRoll]) {
    for (const name of ['a conflict', 'a reset after the write'] as const) {
      it(`${each.name}: ${name} at every third write`, async () => {
        const { operator, start } = await roll(each, {});
        await forEachWrite(
          operator.writes - start,
          async (number) => {
            const faults: FaultPlan = (call, write) =>
              write === start + number && call.at === 'Api' ? apiErrors[name] : undefined;
            await roll(each, { faults });
          },
          3,
        );
      });
    }
  }
});

describe('a roll and a disturbed watch', () => {
  for (const each of [kafkaRoll, cassandraRoll]) {
    it(`${each.name}: every event is lost until the next list`, async () => {
      await roll(each, { events: () => [], relistEvery: 5 });
    });

    it(`${each.name}: every event comes twice, the second time late`, async () => {
      await roll(each, { events: () => [0, 3] });
    });

    it(`${each.name}: every event is four turns late`, async () => {
      await roll(each, { events: () => [4] });
    });

    it(`${each.name}: any mix of all that`, async () => {
      const delivery = fc.oneof(fc.constant([0]), fc.constant([]), fc.array(fc.nat(4), { maxLength: 2 }));
      const property = fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 40 }), async (deliveries) => {
        let count = 0;
        const events = (): Delivery => {
          count += 1;
          return deliveries[count % deliveries.length] ?? [0];
        };
        await roll(each, { events, relistEvery: 7 });
      });
      await fc.assert(property, { numRuns: 12, seed: 17 });
    });

    for (const kind of ['Pod', 'StatefulSet'] as const) {
      it(`${each.name}: nothing is heard of any ${kind} for a long time`, async () => {
        let deaf = false;
        const events = ({ resource }: HistoryEvent): Delivery => (deaf && resource.kind === kind ? [] : [0]);
        const { world, operator } = await deploy(each.shape, { events });
        const down = watchDown(world);
        deaf = true;
        each.change(world);
        await turns(60, world, operator);
        assert.deepEqual(world.violations, []);
        assert.ok(down.most <= 1);
        deaf = false;
        operator.relist();
        await converge(world, operator);
        assertReady(world);
        assertRestarted(world, down);
      });
    }
  }
});
