import assert from 'node:assert/strict';
import { addFinalizer, removeFinalizer } from './finalizer.ts';
import { configMaps } from './resource.ts';
import { MemoryApi } from './testing/memory-api.ts';

const options = { signal: new AbortController().signal };

async function stored(finalizers: string[]) {
  const api = new MemoryApi();
  const metadata = { namespace: 'n', name: 'a', finalizers };
  const object = await api.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  api.calls.length = 0;
  return { api, object };
}

describe('finalizer', () => {
  it('adds and removes one and leaves the others', async () => {
    const { api, object } = await stored(['theirs']);
    const added = await addFinalizer(api, configMaps, object, 'ours', options);
    assert.deepEqual(added.metadata.finalizers, ['theirs', 'ours']);
    const removed = await removeFinalizer(api, configMaps, added, 'ours', options);
    assert.deepEqual(removed.metadata.finalizers, ['theirs']);
  });

  it('sends nothing where nothing is to be done', async () => {
    const { api, object } = await stored(['ours']);
    await addFinalizer(api, configMaps, object, 'ours', options);
    await removeFinalizer(api, configMaps, object, 'missing', options);
    const deleted = { ...object, metadata: { ...object.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' } };
    await addFinalizer(api, configMaps, deleted, 'late', options);
    assert.deepEqual(api.calls, []);
  });

  it('never overwrites a finalizer it did not see', async () => {
    const { api, object } = await stored([]);
    await addFinalizer(api, configMaps, object, 'theirs', options);
    await assert.rejects(addFinalizer(api, configMaps, object, 'ours', options), { isConflict: true });
  });

  it('has nothing to remove from an object that is gone', async () => {
    const { api, object } = await stored(['ours']);
    const { uid = '' } = object.metadata;
    await api.remove(configMaps, { namespace: 'n', name: 'a' }, { ...options, preconditions: { uid } });
    await removeFinalizer(api, configMaps, object, 'ours', options);
  });
});
