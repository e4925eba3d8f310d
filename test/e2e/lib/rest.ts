/** Services at rest, beside those that the tests of a file change: the operator writes nothing. */
import assert from 'node:assert/strict';
import { type KubeObject, persistentVolumeClaims, pods, type Resource } from '../../../operators/kube/resource.ts';
import { ownedResources } from '../../../operators/workload/apply-desired.ts';
import { throughout } from '../../lib/eventually.ts';
import { cassandras, kafkas } from '../../lib/resources.ts';
import { type Place, usePlace } from './place.ts';
import { apply, list, singleKafka, smallCassandra, untilCassandraReady, untilKafkaReady } from './services.ts';

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

async function watchRest(place: Place): Promise<void> {
  await apply(place, kafkas, 'kafka', { pools: [singleKafka()] });
  await apply(place, cassandras, 'cassandra', { replicas: 1, ...smallCassandra });
  await Promise.all([untilKafkaReady(place, 'kafka'), untilCassandraReady(place, 'cassandra')]);
  const before = await versions(place);
  assert.ok(before.length > 10, before.join('\n'));
  const same = async () => assert.deepEqual(await versions(place), before);
  await throughout(same, { signal: place.signal, timeoutMs: idleMs, everyMs: 5_000 });
}

/**
 * For the top of a `describe` whose tests take longer than that: they need hardly any CPU, and a file of their own would
 * hold a place for five minutes. Answers what waits until those are over, and rejects where anything was written.
 */
export function servicesAtRest(): () => Promise<void> {
  const at = usePlace('idle');
  let watching: Promise<void> | undefined;
  before(() => {
    watching = watchRest(at());
    watching.catch(() => {}); // told by the test that waits for it
  });
  return async () => {
    assert.ok(watching);
    await watching;
  };
}
