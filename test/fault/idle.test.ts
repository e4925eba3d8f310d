/** A service that is as it should be is left alone. */
import assert from 'node:assert/strict';
import { assertReady, converge } from './operator/converge.ts';
import { Operator } from './operator/operator.ts';
import { shapes } from './shapes.ts';
import { World } from './world/world.ts';

describe('a service at rest', () => {
  for (const shape of shapes) {
    it(`${shape.name}: a hundred reconciles write nothing`, async () => {
      const world = new World();
      shape.apply(world);
      const operator = new Operator(world);
      await converge(world, operator);
      assertReady(world);
      const { writes } = operator;
      const { version } = world.server;
      for (let round = 0; round < 100; round += 1) {
        await operator.reconcileAll();
        world.pass(1_000);
      }
      assert.equal(operator.writes, writes);
      assert.equal(world.server.version, version);
      assert.deepEqual(operator.errors, []);
    });
  }
});
