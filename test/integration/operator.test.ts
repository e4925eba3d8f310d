/** The operators as a process among others: their rights, their namespaces, two at once, one after another. */
import assert from 'node:assert/strict';
import { startAnnotation } from '../../operators/cassandra/names.ts';
import { createCache } from '../../operators/kube/cache.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import { elect } from '../../operators/kube/lease.ts';
import { silentLog } from '../../operators/kube/log.ts';
import { persistentVolumeClaims, pods, statefulSets } from '../../operators/kube/resource.ts';
import { serviceResources } from '../../operators/operator.ts';
import { watches } from '../../operators/watches.ts';
import { withRights } from '../lib/chart.ts';
import { type Connection, connect, isWrite } from '../lib/connection.ts';
import { eventually } from '../lib/eventually.ts';
import { cassandras, kafkas } from '../lib/resources.ts';
import { inScene, type Scene } from '../lib/scene.ts';
import {
  applyCassandra,
  applyKafka,
  deleteObject,
  listNames,
  mustRead,
  pool,
  untilCurrent,
  untilGone,
} from '../lib/services.ts';

function refusals({ requests }: Connection): string[] {
  return requests
    .filter(({ status }) => status === 401 || status === 403)
    .map(({ verb, resource }) => `${verb} ${resource}`);
}

/** Everything an operator does in the life of two services. */
async function lead(scene: Scene): Promise<void> {
  const sized = (size: string) => ({ pools: [pool({ storage: { volumes: [{ name: 'data', size }] } })] });
  await applyKafka(scene, 'one', { ...sized('1Gi'), deletionPolicy: 'Delete' });
  await applyCassandra(scene, 'two', { deletionPolicy: 'Delete', replicas: 2 });
  await Promise.all([untilCurrent(scene, kafkas, 'one'), untilCurrent(scene, cassandras, 'two')]);
  await applyKafka(scene, 'one', { ...sized('2Gi'), deletionPolicy: 'Delete' });
  await eventually(async () => {
    const { spec } = await mustRead(scene, persistentVolumeClaims, 'data-one-kafka-0');
    assert.equal(spec?.resources?.requests?.['storage'], '2Gi');
  }, scene);
  await untilCurrent(scene, kafkas, 'one');
  await applyKafka(scene, 'bad', { image: 'registry.example.com/missing/kafka:4.3.1' });
  await eventually(async () => assert.ok((await listNames(scene, pods)).includes('bad-kafka-0')), scene);
  await applyKafka(scene, 'bad', {});
  await untilCurrent(scene, kafkas, 'bad');
  await Promise.all([deleteObject(scene, kafkas, 'one'), deleteObject(scene, cassandras, 'two')]);
  await Promise.all([untilGone(scene, kafkas, 'one'), untilGone(scene, cassandras, 'two')]);
}

async function holdLease(scene: Scene, { api }: Connection, name: string): Promise<void> {
  const ending = new AbortController();
  const onLeading = async () => ending.abort();
  const ref = { namespace: scene.namespace, name };
  const options = { api, ref, identity: 'test', clock: systemClock, log: silentLog, onLeading };
  assert.equal(await elect({ ...options, signal: ending.signal }), 'released');
}

describe('the rights of the chart', () => {
  it(
    'are enough for everything that the operator does in its namespaces',
    inScene(async (scene) => {
      const { namespace, signal } = scene;
      await withRights({ release: namespace, namespace, watchNamespaces: [namespace] }, signal, async (config) => {
        const own = await connect(config);
        const operator = await scene.operator({ api: own.api });
        await lead(scene);
        await holdLease(scene, own, `${namespace}-stateward`);
        await operator.stop();
        await own.close();
        assert.deepEqual(refusals(own), []);
        assert.ok(own.requests.some(({ verb, resource }) => verb === 'create' && resource === 'events.events.k8s.io'));
      });
    }),
  );

  it(
    'are enough to see the whole cluster where no namespace is named',
    inScene(async (scene) => {
      const { namespace, signal } = scene;
      await withRights({ release: namespace, namespace, watchNamespaces: [] }, signal, async (config) => {
        const own = await connect(config);
        const parts = { api: own.api, log: silentLog, clock: systemClock, random: Math.random };
        const cache = createCache({ ...parts, watches: watches(serviceResources) });
        const ending = new AbortController();
        const running = cache.run(ending.signal);
        await cache.synced(signal);
        // In one namespace only, as other tests' operators are at work in the others.
        await scene.operator({ api: own.api });
        await lead(scene);
        ending.abort();
        await running;
        assert.deepEqual(refusals(own), []);
        await own.close();
      });
    }),
  );

  it(
    'end where the chart ends them',
    inScene(
      async (scene) => {
        const [namespace = '', other = ''] = scene.namespaces;
        const { signal } = scene;
        await withRights({ release: namespace, namespace, watchNamespaces: [namespace] }, signal, async (config) => {
          const own = await connect(config);
          await own.api.list(pods, { namespace, signal });
          await assert.rejects(own.api.list(pods, { namespace: other, signal }), /forbidden/);
          await assert.rejects(own.api.list(pods, { signal }), /forbidden/);
          await own.close();
        });
      },
      { namespaces: 2 },
    ),
  );
});

describe('an operator of a list of namespaces', () => {
  it(
    'does nothing in any other',
    inScene(
      async (scene) => {
        const [here = '', there = ''] = scene.namespaces;
        const own = await scene.operator({ namespaces: [here] });
        await Promise.all([applyKafka(scene, 'one', {}, here), applyKafka(scene, 'one', {}, there)]);
        await untilCurrent(scene, kafkas, 'one', here);
        const other = await mustRead(scene, kafkas, 'one', there);
        assert.equal(other.status, undefined);
        assert.deepEqual(await listNames(scene, statefulSets, there), []);
        assert.equal(own.cache.get(kafkas, { namespace: there, name: 'one' }), undefined);
      },
      { namespaces: 2 },
    ),
  );
});

/** Every pod that there ever was, with the grants that it was given. */
async function watchPods({ api, namespace }: Scene, signal: AbortSignal): Promise<Map<string, Set<string>>> {
  const seen = new Map<string, Set<string>>();
  const { resourceVersion } = await api.list(pods, { namespace, signal });
  try {
    for await (const event of api.watch(pods, { namespace, resourceVersion, timeoutSeconds: 60, signal })) {
      if (event.type === 'BOOKMARK') continue;
      const { uid = '', annotations = {} } = event.object.metadata;
      const grants = seen.get(uid) ?? new Set();
      const grant = annotations[startAnnotation];
      seen.set(uid, grant === undefined ? grants : grants.add(grant));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return seen;
}

describe('two operators at once', () => {
  it(
    'come to the same end, disturb no pod twice, and then leave each other alone',
    inScene(async (scene) => {
      const ending = new AbortController();
      const watching = watchPods(scene, ending.signal);
      const connections = await Promise.all([0, 1].map(() => connect(scene.connection.session.kubeConfig())));
      for (const { api } of connections) await scene.operator({ api });
      await applyKafka(scene, 'one', {});
      await applyCassandra(scene, 'two', {});
      await Promise.all([untilCurrent(scene, kafkas, 'one'), untilCurrent(scene, cassandras, 'two')]);
      const written = () => connections.flatMap(({ requests }) => requests.filter(isWrite)).length;
      await eventually(
        async () => {
          const before = written();
          await systemClock.sleep(2_500, scene.signal);
          assert.equal(written(), before, 'they go on writing');
        },
        { signal: scene.signal },
      );
      ending.abort();
      const grants = [...(await watching).values()].map((modes) => [...modes].join());
      assert.deepEqual(grants.sort(), ['', '', '', 'First', 'Found', 'Found']);
      await Promise.all(connections.map((connection) => connection.close()));
    }),
  );
});

describe('one operator after another', () => {
  it(
    'goes on where the first was stopped',
    inScene(async (scene) => {
      const first = await scene.operator();
      await applyCassandra(scene, 'one', {});
      await eventually(async () => assert.ok((await listNames(scene, pods)).length > 0), scene);
      await first.stop();
      await scene.operator();
      await untilCurrent(scene, cassandras, 'one');
      assert.equal((await listNames(scene, pods)).length, 3);
    }),
  );
});
