/** A service as large as it may be. */
import assert from 'node:assert/strict';
import { type KafkaCluster, kafkas } from '../../lib/resources.ts';
import { inService } from '../../lib/scene.ts';
import { applyKafka, assertStalled, pool, untilService } from '../../lib/services.ts';

describe('a service of 500 members', function () {
  this.timeout(360_000);

  it(
    'fits in one object, also while every member has something to say',
    inService(async (scene) => {
      const placement = { nodeSelector: { 'example.com/no-such-node': 'true' }, membersPerNode: 'Any' };
      await applyKafka(scene, 'large', { pools: [pool({ replicas: 500 })], placement });
      const speaking = (service: KafkaCluster) =>
        service.status?.members?.filter(({ state }) => state === 'Unschedulable').length ?? 0;
      const stuck = await untilService(
        scene,
        kafkas,
        'large',
        (service) => {
          assertStalled(service, 'StepFailed', /no node fits/);
          assert.ok(speaking(service) >= 200, `${speaking(service)} members speak`);
        },
        { timeoutMs: 300_000, everyMs: 500 },
      );
      assert.equal(stuck.status?.members?.length, 500);
      const bytes = Buffer.byteLength(JSON.stringify(stuck.status));
      const whole = (bytes / speaking(stuck)) * 500; // as if the silent ones were nothing: more than it can ever be
      assert.ok(whole < 1_000_000, `a status of up to ${whole} bytes`);
    }),
  );
});
