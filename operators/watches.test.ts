import assert from 'node:assert/strict';
import { kafkaClusters } from '../crds/kafka-cluster.ts';
import type { Change } from './kube/cache.ts';
import { type KubeObject, nodes, pods, storageClasses } from './kube/resource.ts';
import { sources, userSources, watches } from './watches.ts';
import { labelsOf } from './workload/identity.ts';
import { operationResource } from './workload/operations/operations.ts';
import { podOf } from './workload/testing/objects.ts';
import { operationOf, serviceOf } from './workload/testing/services.ts';

const service = serviceOf();

function woken(resource: { kind: string }, change: Change<KubeObject>): [string, string[]] {
  const source = sources('KafkaCluster', kafkaClusters).find((one) => one.resource.kind === resource.kind);
  assert.ok(source !== undefined);
  return [source.priority, source.keysOf(change)];
}

function cluster(metadata: Partial<KubeObject['metadata']>): KubeObject {
  return { apiVersion: 'v', kind: 'KafkaCluster', metadata: { name: 'demo', namespace: 'ns', ...metadata } };
}

describe('watches', () => {
  it('keep only what carries our label, but for our kinds, nodes and classes', () => {
    const all = watches([kafkaClusters]);
    const whole = all.filter(({ labelSelector }) => labelSelector === undefined).map(({ resource }) => resource.kind);
    assert.deepEqual(whole, [
      'KafkaCluster',
      'ServiceOperation',
      'KafkaUser',
      'KafkaTopic',
      'CassandraKeyspace',
      'CassandraRole',
      'Node',
      'StorageClass',
      'PriorityClass',
      'RuntimeClass',
    ]);
    const selectors = new Set(all.map(({ labelSelector }) => labelSelector).filter((one) => one !== undefined));
    assert.deepEqual([...selectors], ['app.kubernetes.io/managed-by=stateward']);
    assert.equal(labelsOf(service)['app.kubernetes.io/managed-by'], 'stateward');
    assert.deepEqual([nodes.kind, storageClasses.kind], ['Node', 'StorageClass']);
  });

  it('keep of a node its labels', () => {
    const transform = watches([]).find(({ resource }) => resource.kind === 'Node')?.transform;
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { zone: 'a' } } };
    assert.deepEqual(transform?.({ ...node, status: { conditions: [] } } as KubeObject), node);
  });
});

describe('a change wakes', () => {
  const old = cluster({ generation: 1 });
  const spec: [string, Change<KubeObject>, string[]][] = [
    ['the service that is new', { type: 'Added', object: old }, ['ns/demo']],
    [
      'the service whose spec changed',
      { type: 'Modified', object: cluster({ generation: 2 }), previous: old },
      ['ns/demo'],
    ],
    [
      'the service that is to go',
      { type: 'Modified', object: cluster({ generation: 1, deletionTimestamp: 't' }), previous: old },
      ['ns/demo'],
    ],
    ['the service that is gone', { type: 'Deleted', object: old }, ['ns/demo']],
    [
      'nobody when only status changed',
      { type: 'Modified', object: cluster({ generation: 1, resourceVersion: '9' }), previous: old },
      [],
    ],
  ];
  for (const [name, change, expected] of spec) {
    it(name, () => assert.deepEqual(woken(kafkaClusters, change), ['SpecChange', expected]));
  }

  const labels = labelsOf(service);
  const parts: [string, Record<string, string>, string[]][] = [
    ['the service of a pod', labels, ['ns/demo']],
    ['nobody of another kind', { ...labels, 'stateward.dev/kind': 'CassandraCluster' }, []],
    ['nobody when it has no name', { 'stateward.dev/kind': 'KafkaCluster' }, []],
    ['nobody when it has no labels', {}, []],
  ];
  for (const [name, of, expected] of parts) {
    it(name, () => {
      const object = podOf('demo-kafka-0', { labels: of });
      assert.deepEqual(woken(pods, { type: 'Modified', object }), ['OwnedEvent', expected]);
    });
  }

  const wish = operationOf('again');
  const suspended = operationOf('again', { generation: 2, spec: { suspend: true } });
  const operations: [string, Change<KubeObject>, string[]][] = [
    ['the service of an operation that is new', { type: 'Added', object: wish }, ['ns/demo']],
    [
      'the service of an operation that is suspended',
      { type: 'Modified', object: suspended, previous: wish },
      ['ns/demo'],
    ],
    ['the service of an operation that is gone', { type: 'Deleted', object: wish }, ['ns/demo']],
    [
      'nobody when only the status of an operation changed',
      { type: 'Modified', object: operationOf('again', { status: { progress: 'x' } }), previous: wish },
      [],
    ],
    [
      'nobody of another kind by an operation',
      {
        type: 'Added',
        object: operationOf('again', { spec: { service: { kind: 'CassandraCluster', name: 'demo' } } }),
      },
      [],
    ],
    ['nobody by an operation on nothing', { type: 'Added', object: { ...wish, spec: {} } }, []],
  ];
  for (const [name, change, expected] of operations) {
    it(name, () => assert.deepEqual(woken(operationResource, change), ['SpecChange', expected]));
  }
});

describe('a KafkaCluster wakes its users', () => {
  const trusting = (...trusts: (string | undefined)[]): KubeObject => {
    const members = trusts.map((trusted) => ({ certificate: { trusts: trusted } }));
    return { ...cluster({}), ...{ status: { members } } };
  };
  const changes: [string, KubeObject, KubeObject | undefined, string[]][] = [
    ['when a broker lets in the next CA', trusting('a', 'a'), trusting('a', undefined), ['ns/demo']],
    ['when there is none any more', trusting(undefined), trusting('a'), ['ns/demo']],
    ['not by anything else', { ...trusting('a'), metadata: cluster({ generation: 2 }).metadata }, trusting('a'), []],
    ['not by being there', trusting(undefined, undefined), undefined, []],
  ];
  for (const [name, object, previous, expected] of changes) {
    it(name, () => {
      const source = userSources().find(({ resource }) => resource.kind === 'KafkaCluster');
      const change: Change<KubeObject> =
        previous === undefined ? { type: 'Added', object } : { type: 'Modified', object, previous };
      assert.deepEqual(source?.keysOf(change), expected);
    });
  }
});
