/** Many services, and what they cost when nothing happens. */
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
import { kafkas } from '../../lib/resources.ts';
import { inService, type Scene } from '../../lib/scene.ts';
import { applyKafka, assertCurrent } from '../../lib/services.ts';

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
