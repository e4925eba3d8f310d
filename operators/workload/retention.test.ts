import assert from 'node:assert/strict';
import { kafkaClusters } from '../../crds/kafka-cluster.ts';
import { persistentVolumeClaims, pods, type Resource, type Secret, secrets } from '../kube/resource.ts';
import { actOnWorkload, isWorkloadAction } from './act.ts';
import { gatherFacts, type ServiceObject } from './facts.ts';
import { keys, labelsOf, ownerOf } from './identity.ts';
import { adoptClaims, deletionFinalizer, finishDeletion, holdForDeletion, retainedVolumes } from './retention.ts';
import { claimOf, podOf } from './testing/objects.ts';
import { factsOf, groupOf, serviceModel, serviceOf } from './testing/services.ts';
import { testTurn } from './testing/turn.ts';

const service = serviceOf();
const resource: Resource<ServiceObject> = kafkaClusters;

function objectOf(deletionPolicy: 'Retain' | 'Delete', finalizers: string[] = []): ServiceObject {
  const { apiVersion, kind, name, namespace, uid } = service;
  return { apiVersion, kind, metadata: { name, namespace, uid, finalizers }, spec: { deletionPolicy } };
}

function modelOf(adoptVolumesFrom?: string) {
  return serviceModel({ adoptVolumesFrom });
}

function secretOf(name: string, parts: { uid?: string; owned?: boolean } = {}): Secret {
  const labels = { ...labelsOf(service), [keys.serviceUid]: parts.uid ?? service.uid };
  const owners = parts.owned === true ? { ownerReferences: [ownerOf(service)] } : {};
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'ns', labels, ...owners } };
}

describe('retained volumes', () => {
  it('are those that no member uses, and those of others', () => {
    const claims = [
      claimOf('data-demo-kafka-0', service),
      claimOf('data-demo-kafka-1', service, { owner: 'old', size: '5Gi', capacity: '6Gi' }),
      claimOf('data-demo-kafka-3', service, { phase: 'Pending' }),
      claimOf('other', service),
    ];
    assert.deepEqual(retainedVolumes({ groups: [groupOf()] }, factsOf({}, { claims })), [
      { claim: 'data-demo-kafka-1', ownerUid: 'old', member: 'demo-kafka-1', size: '6Gi' },
      { claim: 'data-demo-kafka-3', ownerUid: 'uid-1', member: 'demo-kafka-3', size: '20Gi' },
      { claim: 'other', ownerUid: 'uid-1', size: '20Gi' },
    ]);
  });
});

describe('adoption', () => {
  const claims = ['old', 'older', 'uid-1'].map((owner, index) =>
    claimOf(`data-demo-kafka-${index}`, service, { owner }),
  );

  async function adopted(from?: string): Promise<string[]> {
    const { turn, api, put } = testTurn(objectOf('Retain'));
    const live = [];
    for (const claim of claims) live.push(await put(persistentVolumeClaims, claim));
    await adoptClaims(modelOf(from), factsOf({}, { claims: live }), turn);
    return api.writes().map(({ verb, key, body }) => `${verb} ${key} ${JSON.stringify(body)}`);
  }

  it('puts the uid on the volumes that are named, fenced by what was seen of them', async () => {
    const [write, ...rest] = await adopted('old');
    assert.match(
      write ?? '',
      /^patch persistentvolumeclaims\/ns\/data-demo-kafka-0 \{"metadata":\{"uid":"uid-101","resourceVersion":"101","labels":\{"stateward.dev\/service-uid":"uid-1"\}\}\}$/,
    );
    assert.deepEqual(rest, []);
  });

  it('touches nothing else', async () => {
    assert.deepEqual(await adopted('nobody'), []);
    assert.deepEqual(await adopted(), []);
  });
});

describe('the deletion of a service', () => {
  it('is held exactly while the policy is Delete', async () => {
    for (const [policy, held, expected] of [
      ['Delete', false, [deletionFinalizer]],
      ['Delete', true, undefined],
      ['Retain', true, []],
      ['Retain', false, undefined],
    ] as const) {
      const object = objectOf(policy, held ? [deletionFinalizer] : []);
      const { turn, api, put } = testTurn(object);
      await holdForDeletion(resource, await put(resource, object, false), policy, turn);
      const written = api.writes().map(({ body }) => JSON.stringify(body));
      assert.equal(written.length, expected === undefined ? 0 : 1, `${policy} ${held}`);
      const after = await api.read(resource, { namespace: 'ns', name: 'demo' });
      assert.deepEqual(after?.metadata.finalizers ?? [], expected ?? (held ? [deletionFinalizer] : []));
    }
  });

  async function finished(policy: 'Retain' | 'Delete', finalizers: string[]): Promise<string[]> {
    const object = objectOf(policy, finalizers);
    const { turn, api, put } = testTurn(object);
    const stored = await put(resource, object, false);
    await put(persistentVolumeClaims, claimOf('data-demo-kafka-0', service));
    await put(persistentVolumeClaims, claimOf('data-demo-kafka-9', service, { owner: 'old' }));
    await put(secrets, secretOf('password'));
    await put(secrets, secretOf('binding', { owned: true }));
    await put(secrets, secretOf('old', { uid: 'old' }));
    const facts = { ...factsOf({}), claims: turn.cache.list(persistentVolumeClaims) };
    await finishDeletion(resource, stored, facts, turn);
    return api.writes().map(({ verb, key }) => `${verb} ${key}`);
  }

  it('takes the volumes and passwords of this service with it, and lets go last', async () =>
    assert.deepEqual(await finished('Delete', [deletionFinalizer]), [
      'remove persistentvolumeclaims/ns/data-demo-kafka-0',
      'remove secrets/ns/password',
      'patch kafkaclusters.stateward.dev/ns/demo',
    ]));

  it('keeps them when the policy has changed since', async () =>
    assert.deepEqual(await finished('Retain', [deletionFinalizer]), ['patch kafkaclusters.stateward.dev/ns/demo']));

  it('is none of our business without our finalizer', async () =>
    assert.deepEqual(await finished('Delete', ['other/finalizer']), []));
});

describe('the facts of a service', () => {
  it('are what carries its kind and name', async () => {
    const { turn, put } = testTurn(objectOf('Retain'));
    await put(pods, podOf('ours', { labels: labelsOf(service) }));
    await put(pods, podOf('others', { labels: labelsOf({ ...service, name: 'other' }) }));
    await put(pods, podOf('other-kind', { labels: labelsOf({ ...service, kind: 'CassandraCluster' }) }));
    const found = turn.cache.by(pods, 'service', 'KafkaCluster/ns/demo').map(({ metadata }) => metadata.name);
    assert.deepEqual(found, ['ours']);
    assert.equal(typeof gatherFacts, 'function');
  });
});

describe('shared actions', () => {
  it('are told from those of a product', () => {
    assert.equal(isWorkloadAction({ kind: 'GrowClaim' }), true);
    assert.equal(isWorkloadAction({ kind: 'TellZone' }), false);
  });

  it('only hit the very object that was seen', async () => {
    const { turn, api, put } = testTurn(objectOf('Retain'));
    const pod = await put(pods, podOf('demo-kafka-0'));
    await actOnWorkload({ kind: 'ReplacePod', pod: 'demo-kafka-0', uid: 'another' }, service, turn);
    assert.notEqual(await api.read(pods, { namespace: 'ns', name: 'demo-kafka-0' }), undefined);
    await actOnWorkload({ kind: 'ReplacePod', pod: 'demo-kafka-0', uid: pod.metadata.uid ?? '' }, service, turn);
    assert.equal(await api.read(pods, { namespace: 'ns', name: 'demo-kafka-0' }), undefined);
  });

  it('grow a claim and nothing else of it', async () => {
    const { turn, api, put } = testTurn(objectOf('Retain'));
    const { metadata } = await put(persistentVolumeClaims, claimOf('data-demo-kafka-0', service));
    const uid = metadata.uid ?? '';
    await actOnWorkload({ kind: 'GrowClaim', claim: 'data-demo-kafka-0', uid, size: '30Gi' }, service, turn);
    assert.deepEqual(
      api.writes().map(({ body }) => body),
      [{ metadata: { uid }, spec: { resources: { requests: { storage: '30Gi' } } } }],
    );
  });
});
