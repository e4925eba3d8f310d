/** Two processes that both believe to lead: nothing is done twice, and nobody goes down beside another. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assertReady } from './operator/converge.ts';
import { deploy, reference } from './operator/deploy.ts';
import { finalState } from './operator/final-state.ts';
import { interleave, moves } from './operator/leaders.ts';
import { eachOf, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandra, cassandraRoll, combinedKafka, kafkaRoll, rackedCassandra } from './shapes.ts';
import { World } from './world/world.ts';

describe('two overlapping leaders', () => {
  for (const shape of [combinedKafka, cassandra, rackedCassandra]) {
    it(`${shape.name}: any interleaving of their writes ends the same`, async () => {
      const { final } = await reference(shape);
      const property = fc.asyncProperty(moves, async (all) => {
        const world = new World();
        shape.apply(world);
        await interleave(world, all);
        assertReady(world);
        assert.deepEqual(finalState(world), final);
      });
      await fc.assert(property, { numRuns: 25, seed: 11 });
    });
  }

  for (const { name, shape, change } of [kafkaRoll, cassandraRoll]) {
    it(`${name}: each member restarts once, whoever does it`, async () => {
      const property = fc.asyncProperty(moves, async (all) => {
        const { world } = await deploy(shape);
        const down = watchDown(world);
        change(world);
        await interleave(world, all);
        assertReady(world);
        assert.deepEqual([restarts(world), down.most, outdated(world)], [eachOf(world, 1), 1, []]);
      });
      await fc.assert(property, { numRuns: 20, seed: 12 });
    });

    it(`${name}, and a restart of all at the same time: nobody goes down beside another`, async () => {
      const service =
        shape === cassandra ? { kind: 'CassandraCluster', name: 'ring' } : { kind: 'KafkaCluster', name: 'demo' };
      const property = fc.asyncProperty(moves, async (all) => {
        const { world } = await deploy(shape);
        const down = watchDown(world);
        world.operate('once', { service, type: 'Restart' });
        change(world);
        await interleave(world, all);
        assertReady(world);
        assert.deepEqual([down.most, outdated(world)], [1, []]);
        for (const count of Object.values(restarts(world))) assert.ok(count === 1 || count === 2, String(count));
      });
      await fc.assert(property, { numRuns: 20, seed: 13 });
    });
  }
});
