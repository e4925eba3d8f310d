/** A bad spec says what is wrong and touches nothing; a corrected one always goes on. */
import assert from 'node:assert/strict';
import { storageClassName } from '../../hack/cluster/objects.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import {
  persistentVolumeClaims,
  pods,
  type StorageClass,
  statefulSets,
  storageClasses,
} from '../../operators/kube/resource.ts';
import { eventually } from '../lib/eventually.ts';
import { downText, watchDown } from '../lib/history/down-watch.ts';
import { type KafkaCluster, kafkas } from '../lib/resources.ts';
import { inService, type Scene } from '../lib/scene.ts';
import {
  applyKafka,
  assertStalled,
  conditionOf,
  listNames,
  mustRead,
  pool,
  untilCurrent,
  untilService,
} from '../lib/services.ts';

function untilStalled(scene: Scene, reason: string, words: string | RegExp): Promise<KafkaCluster> {
  return untilService(scene, kafkas, 'one', (service) => assertStalled(service, reason, words));
}

async function podUids({ api, namespace, signal }: Scene): Promise<(string | undefined)[]> {
  const { items } = await api.list(pods, { namespace, signal });
  return items.map(({ metadata }) => metadata.uid).sort();
}

const onClass = (name: string) => ({
  pools: [pool({ storage: { volumes: [{ name: 'data', size: '1Gi', storageClassName: name }] } })],
});

/** A class that nobody provisions for. */
async function withIdleClass(scene: Scene, body: (name: string) => Promise<void>): Promise<void> {
  const { api, namespace: name, signal } = scene;
  const made: StorageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'example.com/no',
  };
  const { metadata } = await api.create(storageClasses, made, { signal });
  try {
    await body(name);
  } finally {
    const preconditions = { uid: metadata.uid ?? '' };
    await api.remove(storageClasses, { name }, { preconditions, propagation: 'Background', signal });
  }
}

describe('a spec that cannot be followed, and its correction', () => {
  it(
    'a storage class that does not exist',
    inService(async (scene) => {
      await applyKafka(scene, 'one', onClass('nowhere'));
      await untilStalled(scene, 'StorageClassNotFound', `no StorageClass nowhere; the cluster has`);
      assert.deepEqual(await listNames(scene, statefulSets), []);
      await applyKafka(scene, 'one', onClass(storageClassName));
      await untilCurrent(scene, kafkas, 'one');
    }),
  );

  it(
    'a storage class that gives no volumes',
    inService((scene) =>
      withIdleClass(scene, async (idle) => {
        await applyKafka(scene, 'one', onClass(idle));
        await eventually(async () => assert.equal((await listNames(scene, persistentVolumeClaims)).length, 3), scene);
        await applyKafka(scene, 'one', onClass(storageClassName));
        await untilCurrent(scene, kafkas, 'one');
        const { items } = await scene.api.list(persistentVolumeClaims, scene);
        assert.deepEqual([...new Set(items.map(({ spec }) => spec?.storageClassName))], [storageClassName]);
      }),
    ),
  );

  it(
    'an image that nobody has',
    inService(async (scene) => {
      await applyKafka(scene, 'one', { image: 'registry.example.com/missing/kafka:4.3.1' });
      await untilStalled(scene, 'StepFailed', /image of kafka: ImagePullBackOff/);
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
    }),
  );

  it(
    'a process that ends again and again',
    inService(async (scene) => {
      await applyKafka(scene, 'one', { podMetadata: { annotations: { 'test.stateward.dev/play': 'crash' } } });
      await untilStalled(scene, 'StepFailed', /kafka ended with exit code 1, 3 restarts: bad option/);
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
    }),
  );

  it(
    'a memory limit that is too small, for a service that runs',
    inService(async (scene) => {
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      const before = await podUids(scene);
      const tiny = { requests: { memory: '256Mi' }, limits: { memory: '256Mi' } };
      await applyKafka(scene, 'one', { pools: [pool({ resources: tiny })] });
      const stuck = await untilStalled(scene, 'MemoryTooSmall', 'spec.pools[kafka]');
      assert.equal(conditionOf(stuck, 'Ready')?.status, 'True', 'what runs goes on running');
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      assert.deepEqual(await podUids(scene), before);
    }),
  );

  it(
    'a setting that Stateward owns',
    inService(async (scene) => {
      await applyKafka(scene, 'one', { config: { 'node.id': '7' } });
      await untilStalled(
        scene,
        'ConfigRefused',
        'spec.config[node.id] cannot be set: it is the number in the pod name',
      );
      await applyKafka(scene, 'one', { config: { 'log.retention.hours': '24' } });
      await untilCurrent(scene, kafkas, 'one');
    }),
  );

  it(
    'something that only the API server can judge',
    inService(async (scene) => {
      const term = { matchExpressions: [{ key: 'a', operator: 'Near', values: ['b'] }] };
      const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
      await applyKafka(scene, 'one', { placement: { affinity: { nodeAffinity: required } } });
      await untilStalled(scene, 'InvalidSpec', 'the API server refuses StatefulSet one-kafka');
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
    }),
  );

  it(
    'a change of a running service restarts its members one after another',
    inService(async (scene) => {
      const { api, namespace, signal } = scene;
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      const before = await podUids(scene);
      const watch = await watchDown(
        { api, namespace, kind: 'KafkaCluster', service: 'one', clock: systemClock },
        signal,
      );
      await applyKafka(scene, 'one', { image: 'registry.example.com/other/kafka:4.3.1' });
      await untilCurrent(scene, kafkas, 'one');
      await watch.stop();
      assert.equal(watch.maxDownTogether().count, 1, downText(watch.maxDownTogether()));
      const after = await podUids(scene);
      assert.deepEqual(
        after.filter((uid) => before.includes(uid)),
        [],
      );
      const { status } = await mustRead(scene, kafkas, 'one');
      assert.deepEqual(
        status?.history?.map(({ name, outcome }) => `${name} ${outcome}`),
        ['deploy Complete', 'deploy Complete'],
      );
    }),
  );

  it(
    'a larger volume grows, and a smaller one is refused',
    inService(async (scene) => {
      const sized = (size: string) => ({ pools: [pool({ storage: { volumes: [{ name: 'data', size }] } })] });
      await applyKafka(scene, 'one', sized('1Gi'));
      await untilCurrent(scene, kafkas, 'one');
      const before = await podUids(scene);
      await applyKafka(scene, 'one', sized('2Gi'));
      await eventually(async () => {
        const { status } = await mustRead(scene, persistentVolumeClaims, 'data-one-kafka-2');
        assert.match(status?.capacity?.['storage'] ?? '', /^(2Gi|2048Mi)$/);
      }, scene);
      await untilCurrent(scene, kafkas, 'one');
      assert.deepEqual(await podUids(scene), before, 'a StatefulSet made anew keeps its pods');
      await applyKafka(scene, 'one', sized('1Gi'));
      await untilStalled(scene, 'StorageChangeRefused', 'cannot shrink to 1Gi; set the size back to 2Gi');
      await applyKafka(scene, 'one', sized('2Gi'));
      await untilCurrent(scene, kafkas, 'one');
    }),
  );
});
