/** Many services, large services, and what they cost when nothing happens. */
import assert from 'node:assert/strict';
import { systemClock } from '../../../operators/kube/clock.ts';
import {
  configMaps,
  type KubeObject,
  networkPolicies,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  type Resource,
  secrets,
  services,
  statefulSets,
} from '../../../operators/kube/resource.ts';
import { isWrite } from '../../lib/connection.ts';
import { eventually } from '../../lib/eventually.ts';
import { type KafkaCluster, kafkas } from '../../lib/resources.ts';
import { inService, type Scene } from '../../lib/scene.ts';
import { applyKafka, assertCurrent, assertStalled, pool, untilService } from '../../lib/services.ts';

const everything: Resource[] = [
  kafkas,
  statefulSets,
  pods,
  persistentVolumeClaims,
  services,
  configMaps,
  secrets,
  podDisruptionBudgets,
  networkPolicies,
];

async function versionsOf(scene: Scene): Promise<string[]> {
  const { api, namespace, signal } = scene;
  const lists = everything.map((resource) => api.list(resource, { namespace, signal }));
  const objects: KubeObject[] = (await Promise.all(lists)).flatMap(({ items }) => items);
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`).sort();
}

const writesOf = ({ connection }: Scene) =>
  connection.requests.filter(isWrite).map(({ verb, resource }) => `${verb} ${resource}`);

/** Counts of events go on being written for a while; then nothing does. */
async function untilQuiet(scene: Scene): Promise<void> {
  const look = async (): Promise<void> => {
    const before = writesOf(scene).length;
    await systemClock.sleep(3_000, scene.signal);
    assert.deepEqual(writesOf(scene).slice(before), [], 'it still writes');
  };
  await eventually(look, { signal: scene.signal, timeoutMs: 60_000 });
}

describe('fifty services at once', function () {
  this.timeout(360_000);

  it(
    'all become Ready, and then a minute of idleness makes no write',
    inService(async (scene) => {
      const { api, namespace, signal } = scene;
      const names = Array.from({ length: 50 }, (_, index) => `service-${index}`);
      await Promise.all(names.map((name) => applyKafka(scene, name, {})));
      const allCurrent = async (): Promise<void> => {
        const { items } = await api.list(kafkas, { namespace, signal });
        assert.equal(items.length, names.length);
        items.forEach(assertCurrent);
      };
      await eventually(allCurrent, { signal, timeoutMs: 180_000, everyMs: 500 });
      await untilQuiet(scene);
      const [versions, writes] = [await versionsOf(scene), writesOf(scene).length];
      await systemClock.sleep(60_000, signal);
      assert.deepEqual(writesOf(scene).slice(writes), []);
      assert.deepEqual(await versionsOf(scene), versions);
    }),
  );
});

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
