import assert from 'node:assert/strict';
import { writeThrough } from './cached-api.ts';
import { type ConfigMap, configMaps } from './resource.ts';
import { MemoryApi } from './testing/memory-api.ts';
import { memoryCache } from './testing/memory-cache.ts';

const { signal } = new AbortController();
const ref = { namespace: 'n', name: 'a' };
const object: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref };

describe('cached api', () => {
  it('shows every kind of write at once', async () => {
    const cache = memoryCache(configMaps);
    const api = writeThrough(new MemoryApi(), cache);
    const x = () => cache.get(configMaps, ref)?.data?.['x'];
    const created = await api.create(configMaps, { ...object, data: { x: '1' } }, { signal });
    assert.equal(x(), '1');
    await api.update(configMaps, { ...created, data: { x: '2' } }, { signal });
    assert.equal(x(), '2');
    await api.patch(configMaps, ref, { data: { x: '3' } }, { signal });
    assert.equal(x(), '3');
    await api.apply(configMaps, { ...object, data: { x: '4' } }, { manager: 'm', signal });
    assert.equal(x(), '4');
  });

  it('does not show a dry run', async () => {
    const cache = memoryCache(configMaps);
    await writeThrough(new MemoryApi(), cache).apply(configMaps, object, { manager: 'm', dryRun: true, signal });
    assert.equal(cache.get(configMaps, ref), undefined);
  });

  it('shows that a deleted object lingers', async () => {
    const cache = memoryCache(configMaps);
    const memory = new MemoryApi();
    const metadata = { ...ref, uid: 'u', resourceVersion: '200', deletionTimestamp: '2030-01-01T00:00:00Z' };
    memory.remove = async () => ({ ...object, metadata });
    const api = writeThrough(memory, cache);
    await api.remove(configMaps, ref, { preconditions: { uid: 'u' }, propagation: 'Foreground', signal });
    assert.equal(cache.get(configMaps, ref)?.metadata.deletionTimestamp, metadata.deletionTimestamp);
  });

  it('shows that an object went with its last finalizer', async () => {
    const cache = memoryCache(configMaps);
    const memory = new MemoryApi();
    const doomed = { ...ref, uid: 'u', resourceVersion: '200', deletionTimestamp: '2030-01-01T00:00:00Z' };
    const held = { ...object, metadata: { ...doomed, deletionGracePeriodSeconds: 0, finalizers: ['ours'] } };
    cache.wrote(configMaps, held);
    memory.patch = async <T>() => ({ ...held, metadata: { ...held.metadata, finalizers: [] } }) as T;
    await writeThrough(memory, cache).patch(configMaps, ref, {}, { signal });
    assert.equal(cache.get(configMaps, ref), undefined);
  });

  it('shows a pod for as long as it takes to end', async () => {
    const cache = memoryCache(configMaps);
    const metadata = { ...ref, resourceVersion: '200', deletionTimestamp: '2030-01-01T00:00:00Z' };
    cache.wrote(configMaps, { ...object, metadata: { ...metadata, deletionGracePeriodSeconds: 30 } });
    assert.notEqual(cache.get(configMaps, ref), undefined);
  });
});
