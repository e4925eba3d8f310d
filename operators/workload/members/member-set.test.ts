import assert from 'node:assert/strict';
import { bindingSecret } from '../binding.ts';
import { disruptionBudget } from '../disruption-budget.ts';
import type { CommonStatus } from '../facts.ts';
import { labelsOf, ownerOf, selectorOf } from '../identity.ts';
import { clientService, headlessService } from '../services.ts';
import { factsOf, groupOf, serviceOf } from '../testing/services.ts';
import { type MemberGroup, memberNames, memberSet } from './member-set.ts';

const service = serviceOf();
const owner = {
  apiVersion: 'stateward.dev/v1alpha1',
  kind: 'KafkaCluster',
  name: 'demo',
  uid: 'uid-1',
  controller: true,
  blockOwnerDeletion: true,
};
const labels = {
  'app.kubernetes.io/name': 'kafka',
  'app.kubernetes.io/instance': 'demo',
  'app.kubernetes.io/part-of': 'stateward',
  'app.kubernetes.io/managed-by': 'stateward',
  'stateward.dev/kind': 'KafkaCluster',
  'stateward.dev/service': 'demo',
  'stateward.dev/service-uid': 'uid-1',
};

function specOf(parts: Partial<MemberGroup> = {}) {
  const { spec } = memberSet(groupOf(parts));
  assert.ok(spec !== undefined);
  return spec;
}

function podOf(parts: Partial<MemberGroup> = {}) {
  const { spec } = specOf(parts).template;
  assert.ok(spec !== undefined);
  return spec;
}

describe('the StatefulSet of a group', () => {
  it('leaves the order of everything to the plan', () => {
    const { template, volumeClaimTemplates, ...rest } = specOf({ firstOrdinal: 1000 });
    assert.deepEqual(rest, {
      serviceName: 'demo-kafka-members',
      replicas: 3,
      ordinals: { start: 1000 },
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      selector: {
        matchLabels: {
          'stateward.dev/kind': 'KafkaCluster',
          'stateward.dev/service': 'demo',
          'stateward.dev/group': 'kafka',
        },
      },
    });
    assert.deepEqual(volumeClaimTemplates?.length, 1);
    assert.ok(template.metadata !== undefined);
  });

  it('is owned by the service', () =>
    assert.deepEqual(memberSet(groupOf()).metadata, {
      name: 'demo-kafka',
      namespace: 'ns',
      labels: { ...labels, 'stateward.dev/group': 'kafka' },
      ownerReferences: [owner],
    }));

  it('meets the restricted Pod Security Standard in every container', () => {
    const pod = podOf({
      initContainers: [
        { name: 'a', image: 'i' },
        { name: 'b', image: 'i' },
      ],
    });
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      fsGroup: 10_001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    const containers = [...(pod.initContainers ?? []), ...pod.containers];
    assert.deepEqual(
      containers.map(({ name }) => name),
      ['a', 'b', 'kafka'],
    );
    for (const container of containers) {
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      assert.equal(container.terminationMessagePolicy, 'FallbackToLogsOnError');
    }
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) assert.ok(!(key in pod), key);
    assert.ok((pod.volumes ?? []).every((volume) => !('hostPath' in volume)));
  });

  it('gives its pods no way to the API server, and the time that they need', () => {
    const pod = podOf({ graceSeconds: 77 });
    assert.equal(pod.automountServiceAccountToken, false);
    assert.equal(pod.enableServiceLinks, false);
    assert.equal(pod.terminationGracePeriodSeconds, 77);
  });

  it('lets no label of the user take the place of its own', () => {
    const podLabels = { team: 'x', 'stateward.dev/service': 'other', 'app.kubernetes.io/name': 'other' };
    const podAnnotations = { note: 'y' };
    const { labels: carried, annotations } = specOf({ podLabels, podAnnotations }).template.metadata ?? {};
    assert.deepEqual(carried, { team: 'x', ...labels, 'stateward.dev/group': 'kafka' });
    assert.equal(annotations?.['note'], 'y');
  });

  it('makes claims that have no owner and say whose they are', () => {
    const annotations = { id: 'x' };
    const claims = [
      { name: 'data', size: '20Gi' },
      { name: 'more', size: '1Gi', storageClassName: 'fast', annotations },
    ];
    // Without the name that GitOps tools track.
    const { 'app.kubernetes.io/instance': _instance, ...lasting } = labels;
    const of = (volume: string): object => ({
      ...lasting,
      'stateward.dev/group': 'kafka',
      'stateward.dev/volume': volume,
    });
    const spec = (storage: string): object => ({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
    });
    assert.deepEqual(specOf({ claims }).volumeClaimTemplates, [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data', labels: of('data'), annotations: {} },
        spec: spec('20Gi'),
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'more', labels: of('more'), annotations },
        spec: { ...spec('1Gi'), storageClassName: 'fast' },
      },
    ]);
  });

  it('gives GPUs to the one container, beside its other resources', () => {
    const container = { name: 'kafka', resources: { limits: { memory: '2Gi' }, requests: { cpu: '1' } } };
    const gpu = { vendor: 'Nvidia' as const, count: 2 };
    const pod = podOf({ container, gpu });
    assert.deepEqual(pod.containers[0]?.resources, {
      limits: { memory: '2Gi', 'nvidia.com/gpu': '2' },
      requests: { cpu: '1', 'nvidia.com/gpu': '2' },
    });
    assert.deepEqual(podOf({ container }).containers[0]?.resources, container.resources);
    assert.ok((pod.initContainers ?? []).every(({ resources }) => resources === undefined));
  });

  it('keeps the whole service apart and spreads each group', () => {
    const pod = podOf({ nodeLabels: { zone: 'a' } });
    const apart = pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0];
    assert.deepEqual(apart?.labelSelector?.matchLabels, selectorOf(service));
    const spread = pod.topologySpreadConstraints?.[0]?.labelSelector?.matchLabels;
    assert.deepEqual(spread, { ...selectorOf(service), 'stateward.dev/group': 'kafka' });
    assert.ok(JSON.stringify(pod.affinity?.nodeAffinity).includes('{"key":"zone","operator":"In","values":["a"]}'));
  });

  it('names its members', () => {
    assert.deepEqual(memberNames({ name: 'x', members: 2, firstOrdinal: 5 }), ['x-5', 'x-6']);
    assert.deepEqual(memberNames({ name: 'x', members: 0, firstOrdinal: 5 }), []);
  });
});

describe('the objects beside it', () => {
  const metadata = (name: string) => ({ name, namespace: 'ns', labels, ownerReferences: [owner] });
  const selector = { 'stateward.dev/kind': 'KafkaCluster', 'stateward.dev/service': 'demo' };
  const ports = [{ name: 'plain', port: 9092 }];
  const shown = [{ name: 'plain', port: 9092, targetPort: 9092, protocol: 'TCP' }];

  it('carry labels that do not change with the service but for its uid', () => {
    assert.deepEqual(labelsOf(service), labels);
    assert.deepEqual(ownerOf(service), owner);
  });

  it('name members also before they are ready', () =>
    assert.deepEqual(headlessService(service, 'm', ports), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('m'),
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector, ports: shown },
    }));

  it('give clients one address over ready members', () =>
    assert.deepEqual(clientService(service, 'c', ports, { role: 'broker' }), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('c'),
      spec: { type: 'ClusterIP', selector: { ...selector, role: 'broker' }, ports: shown },
    }));

  describe('let a node be drained of', () => {
    const condition = (status: 'True' | 'False') => ({
      conditions: [
        { type: 'DataAtRisk', status, reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    });
    const table: [string, CommonStatus, number][] = [
      ['one member at a time', {}, 1],
      ['one member once no data is at risk any more', condition('False'), 1],
      ['no member while data is at risk', condition('True'), 0],
    ];
    for (const [what, status, maxUnavailable] of table) {
      it(`${what}, and always of broken ones`, () =>
        assert.deepEqual(disruptionBudget(service, 'b', factsOf(status)), {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: metadata('b'),
          spec: { maxUnavailable, selector: { matchLabels: selector }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
        }));
    }
  });

  it('bind an application', () => {
    const secret = bindingSecret(service, 's', { host: 'h', port: '1' });
    const { data, ...rest } = secret;
    assert.deepEqual(rest, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('s'),
      type: 'servicebinding.io/kafka',
    });
    assert.deepEqual(
      Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      [
        ['type', 'kafka'],
        ['provider', 'stateward'],
        ['host', 'h'],
        ['port', '1'],
      ],
    );
  });
});
