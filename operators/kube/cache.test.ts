import assert from 'node:assert/strict';
import type { ListOptions, ListPage, WatchEvent, WatchOptions } from './api.ts';
import { type CacheOptions, createCache } from './cache.ts';
import { silentLog } from './log.ts';
import {
  type ConfigMap,
  configMaps,
  type KubeObject,
  nodes,
  type Pod,
  pods,
  type Resource,
  secrets,
} from './resource.ts';
import { EagerClock, settle } from './testing/fake-clock.ts';
import { MemoryApi } from './testing/memory-api.ts';

function configMap(name: string, version: number, fields: Partial<ConfigMap['metadata']> = {}): ConfigMap {
  const metadata = { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: String(version), ...fields };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

/** Lists by namespace what the test put there; events are pushed by hand. */
class FedApi extends MemoryApi {
  readonly scopes: string[] = [];
  items: KubeObject[] = [];
  #push: ((event: WatchEvent<KubeObject>) => void)[] = [];

  override async list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ListPage<T>> {
    this.scopes.push(`${resource.plural} ${options?.namespace ?? '*'}`);
    const items = this.items.filter(({ kind, metadata }) => {
      return kind === resource.kind && (options?.namespace ?? metadata.namespace) === metadata.namespace;
    });
    return { items: items as T[], resourceVersion: '100' };
  }

  override async *watch<T extends KubeObject>(
    _resource: Resource<T>,
    { signal }: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    while (!signal.aborted) {
      const event = Promise.withResolvers<WatchEvent<KubeObject>>();
      const abort = () => event.reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      this.#push.push(event.resolve);
      yield (await event.promise) as WatchEvent<T>;
      signal.removeEventListener('abort', abort);
    }
  }

  async push(event: WatchEvent<KubeObject>): Promise<void> {
    for (const resolve of this.#push.splice(0)) resolve(event);
    await settle();
  }
}

async function withCache(
  api: FedApi,
  options: Pick<CacheOptions, 'watches' | 'namespaces'>,
  test: (cache: ReturnType<typeof createCache>) => Promise<void> | void,
): Promise<void> {
  const controller = new AbortController();
  const cache = createCache({
    api,
    log: silentLog,
    clock: new EagerClock(),
    random: () => 0,
    freeze: true,
    ...options,
  });
  const running = cache.run(controller.signal);
  await cache.synced(controller.signal);
  await settle();
  await test(cache);
  controller.abort(new Error('done'));
  await running;
}

describe('cache', () => {
  it('holds what was listed and what the watch tells, by name, namespace and index', async () => {
    const api = new FedApi();
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'owner-1', controller: true };
    api.items = [configMap('a', 50, { ownerReferences: [owner] }), configMap('b', 51, { namespace: 'm' })];
    const spec = {
      resource: configMaps,
      indexes: { app: ({ metadata }: ConfigMap) => [metadata.labels?.['app'] ?? ''] },
    };
    await withCache(api, { watches: [spec] }, async (cache) => {
      const seen: string[] = [];
      cache.onChange(configMaps, ({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
      await api.push({ type: 'ADDED', object: configMap('c', 101, { labels: { app: 'k' } }) });
      await api.push({ type: 'DELETED', object: configMap('b', 102, { namespace: 'm' }) });
      assert.deepEqual(seen, ['Added c', 'Deleted b']);
      assert.deepEqual(
        cache.list(configMaps, 'n').map(({ metadata }) => metadata.name),
        ['a', 'c'],
      );
      assert.deepEqual(cache.list(configMaps, 'm'), []);
      assert.equal(cache.by(configMaps, 'owner', 'owner-1')[0]?.metadata.name, 'a');
      assert.equal(cache.by(configMaps, 'app', 'k')[0]?.metadata.name, 'c');
      assert.equal(cache.get(configMaps, { namespace: 'm', name: 'b' }), undefined);
    });
  });

  it('watches each namespace by itself, and cluster-scoped kinds whole', async () => {
    const api = new FedApi();
    await withCache(api, { watches: [{ resource: pods }, { resource: nodes }], namespaces: ['n', 'm'] }, (cache) => {
      assert.deepEqual(api.scopes.toSorted(), ['nodes *', 'pods m', 'pods n']);
      cache.wrote(configMaps, configMap('never-watched', 1));
    });
  });

  it('shows own writes at once, and nothing older later', async () => {
    const api = new FedApi();
    await withCache(api, { watches: [{ resource: configMaps }] }, async (cache) => {
      const ref = { namespace: 'n', name: 'a' };
      cache.wrote(configMaps, configMap('a', 110));
      await api.push({ type: 'MODIFIED', object: configMap('a', 105) });
      assert.equal(cache.get(configMaps, ref)?.metadata.resourceVersion, '110');
      await api.push({ type: 'DELETED', object: configMap('a', 120) });
      cache.wrote(configMaps, configMap('a', 115));
      assert.equal(cache.get(configMaps, ref), undefined);
    });
  });

  it('takes no write that its watch would never tell of', async () => {
    const api = new FedApi();
    const watches = [{ resource: configMaps, labelSelector: 'app=k' }];
    await withCache(api, { watches, namespaces: ['n'] }, (cache) => {
      cache.wrote(configMaps, configMap('a', 110));
      cache.wrote(configMaps, configMap('b', 111, { labels: { app: 'k' } }));
      cache.wrote(configMaps, configMap('c', 112, { labels: { app: 'k' }, namespace: 'm' }));
      assert.deepEqual(
        cache.list(configMaps).map(({ metadata }) => metadata.name),
        ['b'],
      );
    });
  });

  it('keeps only what the transform leaves', async () => {
    const api = new FedApi();
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'n' },
      spec: { containers: [] },
    };
    api.items = [pod];
    const transform = ({ spec: _spec, ...rest }: Pod): Pod => rest;
    await withCache(api, { watches: [{ resource: pods, transform }] }, (cache) => {
      assert.equal(cache.get(pods, { namespace: 'n', name: 'p' })?.spec, undefined);
    });
  });

  it('survives a handler that throws', async () => {
    const api = new FedApi();
    await withCache(api, { watches: [{ resource: configMaps }] }, async (cache) => {
      let called = 0;
      cache.onChange(configMaps, () => {
        throw new Error('handler');
      });
      cache.onChange(configMaps, () => {
        called += 1;
      });
      await api.push({ type: 'ADDED', object: configMap('a', 101) });
      await api.push({ type: 'MODIFIED', object: configMap('a', 102) });
      assert.equal(called, 2);
    });
  });

  it('refuses to answer for what it does not watch', () => {
    const options = { api: new FedApi(), log: silentLog, clock: new EagerClock(), random: () => 0 };
    const cache = createCache({ ...options, watches: [{ resource: pods }] });
    assert.throws(() => cache.get(secrets, { name: 'x' }), /secrets is not watched/);
    assert.throws(() => cache.by(pods, 'colour', 'x'), /no index colour/);
  });

  it('stops waiting for a server that never answers when told to', async () => {
    const options = { api: new FedApi(), log: silentLog, clock: new EagerClock(), random: () => 0 };
    const cache = createCache({ ...options, watches: [{ resource: pods }] });
    const controller = new AbortController();
    const waiting = cache.synced(controller.signal);
    controller.abort(new Error('stop'));
    await assert.rejects(waiting, /stop/);
  });
});
