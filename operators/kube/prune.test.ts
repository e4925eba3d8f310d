import assert from 'node:assert/strict';
import { ownerReference } from './owner.ts';
import { keepKey, prune } from './prune.ts';
import { type ConfigMap, configMaps, type KubeObject, type Resource, secrets, services } from './resource.ts';
import { MemoryApi } from './testing/memory-api.ts';
import { memoryCache } from './testing/memory-cache.ts';

const { signal } = new AbortController();

function owned(name: string, uid: string): ConfigMap {
  const owner = { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x', uid } };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'n', name, ownerReferences: [ownerReference(owner)] },
  };
}

async function world() {
  const api = new MemoryApi();
  const cache = memoryCache(configMaps, secrets, services);
  const put = async <T extends KubeObject>(resource: Resource<T>, object: T) => {
    cache.wrote(resource, await api.create(resource, object));
  };
  await put(configMaps, owned('wanted', 'me'));
  await put(configMaps, owned('unwanted', 'me'));
  await put(configMaps, owned('theirs', 'other'));
  await put(secrets, { ...owned('wanted', 'me'), kind: 'Secret', data: {} });
  const keep = new Set([keepKey(configMaps, { namespace: 'n', name: 'wanted' })]);
  return { api, cache, options: { ownerUid: 'me', keep, resources: [configMaps, secrets, services], signal } };
}

describe('prune', () => {
  it('deletes what is owned and not wanted, kind by kind', async () => {
    const { api, cache, options } = await world();
    assert.deepEqual(await prune(api, cache, options), ['configmaps/n/unwanted', 'secrets/n/wanted']);
    assert.equal((await api.list(configMaps)).items.length, 2);
  });

  it('leaves alone what changed since it was seen', async () => {
    const { api, cache, options } = await world();
    await api.patch(configMaps, { namespace: 'n', name: 'unwanted' }, { data: { x: '1' } });
    assert.deepEqual(await prune(api, cache, options), ['secrets/n/wanted']);
  });

  it('does not delete twice what is going away', async () => {
    const { api, cache, options } = await world();
    const [first] = cache.by(configMaps, 'owner', 'me').filter(({ metadata }) => metadata.name === 'unwanted');
    assert.ok(first);
    const metadata = { ...first.metadata, deletionTimestamp: '2030-01-01T00:00:00Z', resourceVersion: '999' };
    cache.wrote(configMaps, { ...first, metadata });
    assert.deepEqual(await prune(api, cache, options), ['secrets/n/wanted']);
  });

  it('passes on what the server refuses', async () => {
    const { api, cache, options } = await world();
    api.before = ({ verb }) => {
      if (verb === 'remove') throw new Error('server down');
    };
    await assert.rejects(prune(api, cache, options), /server down/);
  });
});
