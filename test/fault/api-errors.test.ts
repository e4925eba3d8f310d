/** The API server refuses or loses any one write of a deployment, or many of them. */
import assert from 'node:assert/strict';
import { assertSame, deploy, forEachWrite, reference } from './operator/deploy.ts';
import { apiErrors, type FaultPlan } from './operator/faults.ts';
import { cassandra, combinedKafka, dedicatedKafka, rackedCassandra } from './shapes.ts';

describe('an API error at any write of a deployment', () => {
  for (const shape of [dedicatedKafka, cassandra]) {
    for (const [name, fault] of Object.entries(apiErrors)) {
      it(`${shape.name}: ${name}`, async () => {
        const { final, writes } = await reference(shape);
        await forEachWrite(writes, async (failing) => {
          const { world } = await deploy(shape, {
            faults: (call, write) => (write === failing && call.at === 'Api' ? fault : undefined),
          });
          assertSame(world, final);
        });
      });
    }
  }

  for (const shape of [combinedKafka, rackedCassandra]) {
    it(`${shape.name}: a sixth of all calls fails, each error in turn`, async () => {
      const { final } = await reference(shape);
      const { world, operator } = await deploy(shape, { faults: stormOf(300) });
      assertSame(world, final);
      assert.ok(operator.errors.length > 3, 'the errors were met');
    });
  }
});

/** Among the first calls to the API; in no step with the calls of one reconcile. */
function stormOf(length: number): FaultPlan {
  const faults = Object.values(apiErrors);
  let calls = 0;
  let noise = 1;
  return (call) => {
    calls += 1;
    noise = (noise * 16_807) % 2_147_483_647;
    return call.at === 'Api' && calls < length && noise % 6 === 0 ? faults[noise % faults.length] : undefined;
  };
}
