/** Services at rest: the operator writes nothing. */
import assert from 'node:assert/strict';
import { type KubeObject, persistentVolumeClaims, pods, type Resource } from '../../operators/kube/resource.ts';
import { ownedResources } from '../../operators/workload/apply-desired.ts';
import { throughout } from '../lib/eventually.ts';
import { cassandras, kafkas } from '../lib/resources.ts';
import { type Place, usePlace } from './lib/place.ts';
import { apply, list, singleKafka, smallCassandra, untilCassandraReady, untilKafkaReady } from './lib/services.ts';

const idleMs = 5 * 60_000;

const watched: Resource[] = [kafkas, cassandras, pods, persistentVolumeClaims, ...ownedResources];

function shown({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;
}

async function versions(place: Place): Promise<string[]> {
  const lists = await Promise.all(watched.map((resource) => list(place, resource)));
  return lists
    .flat()
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map(shown);
}

describe('services at rest', () => {
  const at = usePlace('idle');

  before(async () => {
    await apply(at(), kafkas, 'kafka', { pools: [singleKafka()] });
    await apply(at(), cassandras, 'cassandra', { replicas: 1, ...smallCassandra });
    await Promise.all([untilKafkaReady(at(), 'kafka'), untilCassandraReady(at(), 'cassandra')]);
  });

  it('see no write for five minutes', async () => {
    const before = await versions(at());
    assert.ok(before.length > 10, before.join('\n'));
    const same = async () => assert.deepEqual(await versions(at()), before);
    await throughout(same, { signal: at().signal, timeoutMs: idleMs, everyMs: 5_000 });
  });
});
