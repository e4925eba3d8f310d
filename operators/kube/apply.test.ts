import assert from 'node:assert/strict';
import { APPLIED_HASH, type Applied, applyIfChanged, hashOf } from './apply.ts';
import { writeThrough } from './cached-api.ts';
import { type ConfigMap, configMaps, type OwnerReference, type Secret, secrets } from './resource.ts';
import { MemoryApi } from './testing/memory-api.ts';
import { memoryCache } from './testing/memory-cache.ts';

const { signal } = new AbortController();
const ref = { namespace: 'n', name: 'a' };

function configMap(data: Record<string, string>, ownerReferences: OwnerReference[] = []): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...ref, ownerReferences }, data };
}

function owner(uid: string): OwnerReference {
  return { apiVersion: 'stateward.dev/v1alpha1', kind: 'KafkaCluster', name: 'k', uid, controller: true };
}

function world() {
  const memory = new MemoryApi();
  const cache = memoryCache(configMaps, secrets);
  const api = writeThrough(memory, cache);
  const differences: string[] = [];
  const options = { manager: 'm', signal, onDifference: (path: string) => differences.push(path) };
  const apply = (desired: ConfigMap): Promise<Applied> => applyIfChanged(api, cache, configMaps, desired, options);
  return { memory, cache, api, apply, differences, options };
}

describe('apply', () => {
  it('creates, then costs nothing until something differs', async () => {
    const { memory, apply } = world();
    assert.equal(await apply(configMap({ x: '1' })), 'created');
    const calls = memory.calls.length;
    assert.equal(await apply(configMap({ x: '1' })), 'unchanged');
    assert.equal(memory.calls.length, calls);
    assert.equal(await apply(configMap({ x: '2' })), 'updated');
    assert.equal((await memory.read(configMaps, ref))?.data?.['x'], '2');
  });

  it('sends a removal', async () => {
    const { memory, apply, differences } = world();
    await apply(configMap({ x: '1', y: '2' }));
    assert.equal(await apply(configMap({ x: '1' })), 'updated');
    assert.deepEqual(differences, ['applied-hash']);
    assert.equal(memory.writes().length, 2);
  });

  it('puts back what somebody else edited, and leaves what they added', async () => {
    const { api, memory, apply, differences } = world();
    await apply(configMap({ x: '1' }));
    await api.patch(configMaps, ref, { data: { x: 'edited' } }, { signal });
    assert.equal(await apply(configMap({ x: '1' })), 'updated');
    assert.deepEqual(differences, ['data.x']);
    await api.patch(configMaps, ref, { data: { foreign: 'y' }, metadata: { labels: { theirs: 'z' } } }, { signal });
    assert.equal(await apply(configMap({ x: '1' })), 'unchanged');
    assert.deepEqual((await memory.read(configMaps, ref))?.data, { x: '1', foreign: 'y' });
  });

  it('looks at the server where the cache holds nothing', async () => {
    const { memory, cache, apply } = world();
    await applyIfChanged(memory, cache, configMaps, configMap({ x: '1' }), { manager: 'm', signal });
    assert.equal(cache.get(configMaps, ref), undefined);
    assert.equal(await apply(configMap({ x: '1' })), 'unchanged');
  });

  it('takes nothing away from another owner', async () => {
    const { memory, apply } = world();
    await apply(configMap({ x: '1' }, [owner('one')]));
    assert.equal(await apply(configMap({ x: '2' }, [owner('two')])), 'foreign');
    assert.equal(memory.writes().length, 1);
  });

  it('neither revives a deleted object nor touches its successor', async () => {
    const { memory, apply } = world();
    await apply(configMap({ x: '1' }));
    const uid = (await memory.read(configMaps, ref))?.metadata.uid ?? '';
    await memory.remove(configMaps, ref, { preconditions: { uid } });
    await memory.create(configMaps, configMap({ x: 'successor' }));
    await assert.rejects(apply(configMap({ x: '2' })), { isConflict: true });
    assert.equal((await memory.read(configMaps, ref))?.data?.['x'], 'successor');
  });

  it('says unchanged when the server stores what was there', async () => {
    const { memory, apply } = world();
    await apply(configMap({ x: '1' }));
    const original = memory.apply.bind(memory);
    memory.apply = async (resource) => {
      const live = await memory.read(resource, ref);
      return live ?? original(resource, configMap({}) as never);
    };
    assert.equal(await apply(configMap({ x: '2' })), 'unchanged');
  });

  it('compares the text of secrets by what is stored', async () => {
    const { api, cache, memory, options } = world();
    const secret: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: ref,
      stringData: { p: 'ß' },
      data: { q: 'eA==' },
    };
    await applyIfChanged(api, cache, secrets, secret, options);
    assert.deepEqual((await memory.read(secrets, ref))?.data, { p: 'w58=', q: 'eA==' });
    assert.equal(await applyIfChanged(api, cache, secrets, secret, options), 'unchanged');
  });

  it('hashes content, not the order of keys', async () => {
    assert.equal(hashOf({ a: 1, b: { c: 2, d: 3 } }), hashOf({ b: { d: 3, c: 2 }, a: 1 }));
    const { memory, apply } = world();
    await apply(configMap({ x: '1' }));
    const live = await memory.read(configMaps, ref);
    assert.equal(live?.metadata.annotations?.[APPLIED_HASH], hashOf(configMap({ x: '1' })));
  });
});
