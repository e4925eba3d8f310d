/** How operators/kube speaks, to a real API server. */
import assert from 'node:assert/strict';
import { ApiError, type KubeApi } from '../../operators/kube/api.ts';
import { type Applied, applyIfChanged } from '../../operators/kube/apply.ts';
import { type Cache, createCache } from '../../operators/kube/cache.ts';
import { type Clock, systemClock } from '../../operators/kube/clock.ts';
import { createRecorder } from '../../operators/kube/events.ts';
import { addFinalizer, removeFinalizer } from '../../operators/kube/finalizer.ts';
import { silentLog } from '../../operators/kube/log.ts';
import type { ReflectorEvent } from '../../operators/kube/reflector.ts';
import { type ConfigMap, configMaps, idOf, type KubeObject, secrets } from '../../operators/kube/resource.ts';
import { kubectl } from '../lib/cluster.ts';
import { isWrite } from '../lib/connection.ts';
import { eventually } from '../lib/eventually.ts';
import { kafkas, kubeEvents } from '../lib/resources.ts';
import { inScene, type Scene } from '../lib/scene.ts';
import { applyKafka } from '../lib/services.ts';

function configMap({ namespace }: Scene, name: string, data: Record<string, string>): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** Runs a cache of the namespace's ConfigMaps and KafkaClusters for as long as `body` takes. */
async function withCache(
  scene: Scene,
  body: (cache: Cache, events: ReflectorEvent[]) => Promise<void>,
  api: KubeApi = scene.api,
): Promise<void> {
  const events: ReflectorEvent[] = [];
  const onEvent = (event: ReflectorEvent) => events.push(event);
  const watches = [{ resource: configMaps }, { resource: kafkas }];
  const parts = { api, log: silentLog, clock: systemClock, random: () => 0, watches, onEvent };
  const cache = createCache({ ...parts, namespaces: [scene.namespace] });
  const ending = new AbortController();
  const running = cache.run(ending.signal);
  await cache.synced(scene.signal);
  try {
    await body(cache, events);
  } finally {
    ending.abort();
    await running;
  }
}

const summaryOf = (objects: ConfigMap[]) =>
  objects.map(({ metadata, data }) => `${metadata.name}: ${data?.['a']}`).sort();

async function assertSame(scene: Scene, cache: Cache): Promise<void> {
  const { api, namespace, signal } = scene;
  const live = await api.list(configMaps, { namespace, signal });
  assert.deepEqual(summaryOf(cache.list(configMaps, namespace)), summaryOf(live.items));
}

async function removed(scene: Scene, object: KubeObject): Promise<KubeObject | undefined> {
  const { namespace = '', name, uid = '' } = object.metadata;
  const options = { signal: scene.signal, preconditions: { uid }, propagation: 'Background' } as const;
  return scene.api.remove(configMaps, { namespace, name }, options);
}

function put(scene: Scene, cache: Cache, desired: ConfigMap): Promise<Applied> {
  return applyIfChanged(scene.api, cache, configMaps, desired, { manager: 'stateward', signal: scene.signal });
}

describe('the cache', () => {
  it(
    'follows what is created, changed and deleted',
    inScene((scene) =>
      withCache(scene, async (cache) => {
        const { api, namespace, signal } = scene;
        for (const name of ['one', 'two', 'three'])
          await api.create(configMaps, configMap(scene, name, { a: '1' }), { signal });
        await api.patch(configMaps, { namespace, name: 'two' }, { data: { a: '2' } }, { signal });
        const three = await api.read(configMaps, { namespace, name: 'three' }, { signal });
        assert.ok(three);
        await removed(scene, three);
        await eventually(() => assertSame(scene, cache), { signal });
        assert.equal(cache.get(configMaps, { namespace, name: 'two' })?.data?.['a'], '2');
        assert.equal(cache.get(configMaps, { namespace, name: 'three' }), undefined);
      }),
    ),
  );

  it(
    'lists again when the server has forgotten its version',
    inScene(async (scene) => {
      const { api, signal, namespace } = scene;
      let watches = 0;
      /** The first watch ends soon; the second asks for what was before the kind was. */
      const forgetful: KubeApi['watch'] = (resource, options) => {
        if (resource.kind !== kafkas.kind) return api.watch(resource, options);
        watches += 1;
        if (watches === 1) return api.watch(resource, { ...options, timeoutSeconds: 1 });
        return api.watch(resource, watches === 2 ? { ...options, resourceVersion: '1' } : options);
      };
      const follow = async (cache: Cache, events: ReflectorEvent[]): Promise<void> => {
        const of = (type: ReflectorEvent['type']) =>
          events.filter((event) => event.type === type && event.resource === idOf(kafkas)).length;
        await eventually(() => assert.equal(of('failure'), 1, 'no watch was refused'), { signal });
        await applyKafka(scene, 'late', {});
        await eventually(() => assert.ok(cache.get(kafkas, { namespace, name: 'late' })), { signal });
        assert.equal(of('list'), 2);
      };
      await withCache(scene, follow, { ...bound(api), watch: forgetful });
    }),
  );

  it(
    'is told by the server that a version is too old',
    inScene(async ({ api, namespace, signal }) => {
      const read = async (): Promise<void> => {
        const watch = api.watch(kafkas, { namespace, resourceVersion: '1', timeoutSeconds: 5, signal });
        for await (const event of watch) assert.fail(`answered ${event.type}`);
      };
      await assert.rejects(read(), (error) => error instanceof ApiError && error.isExpired);
    }),
  );

  it(
    'reads a list in pages',
    inScene(async (scene) => {
      const { api, namespace, signal } = scene;
      // ConfigMaps are also made by Kubernetes, sooner or later.
      const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
      for (const name of ['one', 'two', 'three']) await api.create(secrets, secret(name), { signal });
      const first = await api.list(secrets, { namespace, signal, limit: 2 });
      assert.equal(first.items.length, 2);
      assert.ok(first.continueToken);
      const second = await api.list(secrets, { namespace, signal, limit: 2, continueToken: first.continueToken });
      const names = [...first.items, ...second.items].map(({ metadata }) => metadata.name).sort();
      assert.deepEqual(names, ['one', 'three', 'two']);
      assert.equal(second.resourceVersion, first.resourceVersion);
    }),
  );
});

function bound(api: KubeApi): Omit<KubeApi, 'watch'> {
  return {
    read: (resource, ref, options) => api.read(resource, ref, options),
    list: (resource, options) => api.list(resource, options),
    create: (resource, object, options) => api.create(resource, object, options),
    update: (resource, object, options) => api.update(resource, object, options),
    apply: (resource, object, options) => api.apply(resource, object, options),
    patch: (resource, ref, patch, options) => api.patch(resource, ref, patch, options),
    remove: (resource, ref, options) => api.remove(resource, ref, options),
  };
}

describe('server-side apply', () => {
  it(
    'sends nothing where nothing differs',
    inScene((scene) =>
      withCache(scene, async (cache) => {
        const { api, namespace, signal, connection } = scene;
        const desired = configMap(scene, 'one', { a: '1' });
        assert.equal(await put(scene, cache, desired), 'created');
        const before = await api.read(configMaps, { namespace, name: 'one' }, { signal });
        const sent = connection.requests.filter(isWrite).length;
        assert.equal(await put(scene, cache, desired), 'unchanged');
        await eventually(() => assertSame(scene, cache), { signal });
        assert.equal(await put(scene, cache, desired), 'unchanged');
        const after = await api.read(configMaps, { namespace, name: 'one' }, { signal });
        assert.equal(after?.metadata.resourceVersion, before?.metadata.resourceVersion);
        assert.equal(connection.requests.filter(isWrite).length, sent);
      }),
    ),
  );

  it(
    'puts back what somebody else edited, and leaves what is theirs',
    inScene((scene) =>
      withCache(scene, async (cache) => {
        const { api, namespace, signal } = scene;
        const ref = { namespace, name: 'one' };
        await put(scene, cache, configMap(scene, 'one', { a: '1' }));
        await api.patch(configMaps, ref, { data: { a: 'other', theirs: 'kept' } }, { signal });
        await eventually(() => assert.equal(cache.get(configMaps, ref)?.data?.['a'], 'other'), { signal });
        assert.equal(await put(scene, cache, configMap(scene, 'one', { a: '1' })), 'updated');
        const after = await api.read(configMaps, ref, { signal });
        assert.deepEqual(after?.data, { a: '1', theirs: 'kept' });
      }),
    ),
  );

  it(
    'removes a field that is no longer desired',
    inScene((scene) =>
      withCache(scene, async (cache) => {
        const { api, namespace, signal } = scene;
        await put(scene, cache, configMap(scene, 'one', { a: '1', b: '2' }));
        assert.equal(await put(scene, cache, configMap(scene, 'one', { a: '1' })), 'updated');
        const after = await api.read(configMaps, { namespace, name: 'one' }, { signal });
        assert.deepEqual(after?.data, { a: '1' });
      }),
    ),
  );

  it(
    'refuses a field that does not exist',
    inScene(async (scene) => {
      const { api, signal } = scene;
      const wrong = { ...configMap(scene, 'one', {}), dataa: { a: '1' } };
      await assert.rejects(api.apply(configMaps, wrong, { manager: 'stateward', signal }), (error) => {
        assert.ok(error instanceof ApiError, String(error));
        assert.match(error.message, /dataa: field not declared|unknown field "dataa"/);
        return true;
      });
    }),
  );

  it(
    'does not make a deleted object anew in the name of its uid',
    inScene(async (scene) => {
      const { api, signal } = scene;
      const { metadata } = await api.create(configMaps, configMap(scene, 'one', {}), { signal });
      await removed(scene, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
      const desired = configMap(scene, 'one', { a: '1' });
      const { uid = '' } = metadata;
      const late = api.apply(
        configMaps,
        { ...desired, metadata: { ...desired.metadata, uid } },
        { manager: 'x', signal },
      );
      await assert.rejects(late, (error) => error instanceof ApiError && error.isConflict);
    }),
  );
});

describe('finalizers', () => {
  const finalizer = 'stateward.dev/test';

  it(
    'keep an object until they are removed',
    inScene(async (scene) => {
      const { api, signal, namespace } = scene;
      const created = await api.create(configMaps, configMap(scene, 'one', {}), { signal });
      const held = await addFinalizer(api, configMaps, created, finalizer, { signal });
      assert.ok((await removed(scene, held))?.metadata.deletionTimestamp);
      const dying = await api.read(configMaps, { namespace, name: 'one' }, { signal });
      assert.ok(dying);
      assert.equal(await addFinalizer(api, configMaps, dying, 'stateward.dev/late', { signal }), dying);
      await removeFinalizer(api, configMaps, dying, finalizer, { signal });
      assert.equal(await api.read(configMaps, { namespace, name: 'one' }, { signal }), undefined);
    }),
  );

  it(
    'are not written over what somebody else wrote meanwhile',
    inScene(async (scene) => {
      const { api, signal, namespace } = scene;
      const stale = await api.create(configMaps, configMap(scene, 'one', {}), { signal });
      await api.patch(
        configMaps,
        { namespace, name: 'one' },
        { metadata: { finalizers: ['example.com/theirs'] } },
        { signal },
      );
      const late = addFinalizer(api, configMaps, stale, finalizer, { signal });
      await assert.rejects(late, (error) => error instanceof ApiError && error.isConflict);
      const kept = await api.read(configMaps, { namespace, name: 'one' }, { signal });
      assert.deepEqual(kept?.metadata.finalizers, ['example.com/theirs']);
      await api.patch(configMaps, { namespace, name: 'one' }, { metadata: { finalizers: null } }, { signal });
    }),
  );
});

describe('events', () => {
  it(
    'are seen by kubectl as one series',
    inScene(async (scene) => {
      const { api, signal, namespace } = scene;
      let ahead = 0;
      const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
      const names = { controller: 'stateward.dev/test', instance: 'test' };
      const recorder = createRecorder({ api, clock, log: silentLog, random: Math.random, ...names });
      const regarding = await api.create(configMaps, configMap(scene, 'one', {}), { signal });
      const emit = () => recorder.emit(regarding, { type: 'Normal', reason: 'Tried', action: 'Try', note: 'tries' });
      const ending = new AbortController();
      emit();
      emit();
      const running = recorder.run(ending.signal);
      const seen = async (count: number) => {
        const { items } = await api.list(kubeEvents, { namespace, signal });
        assert.deepEqual(
          items.map(({ series }) => series?.count),
          [count],
        );
      };
      await eventually(() => seen(2), { signal });
      ahead = 31_000; // counts are brought up to date every 30 s
      emit();
      await eventually(() => seen(3), { signal });
      ending.abort();
      await running;
      const shown = await kubectl(['events', '--namespace', namespace, '--for', 'configmap/one'], signal);
      assert.match(shown, /\(x3 over .*\)\s+Normal\s+Tried\s+ConfigMap\/one\s+tries/);
    }),
  );
});
