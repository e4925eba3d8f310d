/** The kinds on a real API server. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { badChanges, badSpecs, type CaseKind, goodChanges } from '../../crds/cases/index.ts';
import { cassandraClusters, parseCassandraSpec } from '../../crds/cassandra-cluster.ts';
import { cassandraKeyspaces } from '../../crds/cassandra-keyspace.ts';
import { cassandraRoles } from '../../crds/cassandra-role.ts';
import { kafkaClusters, parseKafkaSpec } from '../../crds/kafka-cluster.ts';
import { kafkaUsers } from '../../crds/kafka-user.ts';
import { ApiError, type KubeApi } from '../../operators/kube/api.ts';
import type { KubeObject, Resource } from '../../operators/kube/resource.ts';
import { kubeconfig } from '../lib/cluster.ts';
import { type Connection, connect } from '../lib/connection.ts';
import { createNamespace, removeNamespace } from '../lib/namespace.ts';

interface Service extends KubeObject {
  spec?: object;
}

const resources: Record<CaseKind, Resource<Service>> = {
  KafkaCluster: kafkaClusters,
  CassandraCluster: cassandraClusters,
  CassandraKeyspace: cassandraKeyspaces,
  KafkaUser: kafkaUsers,
  CassandraRole: cassandraRoles,
};
const parsers = { KafkaCluster: parseKafkaSpec, CassandraCluster: parseCassandraSpec };

const defaultPlacement = {
  topologyKey: 'topology.kubernetes.io/zone',
  zoneSpread: 'Preferred',
  membersPerNode: 'One',
  gpuNodes: 'Avoid',
};

function serviceOf(kind: CaseKind, namespace: string, name: string, spec: object | undefined): Service {
  const metadata = { name, namespace };
  return { apiVersion: 'stateward.dev/v1alpha1', kind, metadata, ...(spec !== undefined && { spec }) };
}

describe('kinds on a real API server', () => {
  let connection: Connection;
  let api: KubeApi;
  let namespace: string;
  let name: string;
  const created: [CaseKind, string][] = [];
  const { signal } = new AbortController();

  before(async () => {
    connection = await connect(kubeconfig);
    api = connection.api;
    namespace = await createNamespace(api, signal);
  });

  beforeEach(() => {
    name = `t-${randomUUID().slice(0, 8)}`;
  });

  after(async () => {
    await removeNamespace(api, namespace, signal);
    await connection.close();
  });

  afterEach(async () => {
    for (const [kind, of] of created.splice(0)) await remove(kind, of);
  });

  async function remove(kind: CaseKind, name: string): Promise<void> {
    const found = await api.read(resources[kind], { namespace, name }, { signal });
    if (found?.metadata.uid === undefined) return;
    const preconditions = { uid: found.metadata.uid };
    await api.remove(resources[kind], { namespace, name }, { signal, preconditions, propagation: 'Background' });
  }

  function apply(kind: CaseKind, spec: object | undefined, dryRun: boolean, as = name): Promise<Service> {
    if (!dryRun) created.push([kind, as]);
    return api.apply(resources[kind], serviceOf(kind, namespace, as, spec), {
      signal,
      manager: 'stateward-test',
      dryRun,
    });
  }

  const refusal = (message: string) => (error: unknown) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.ok(error.message.includes(message), error.message);
    return true;
  };

  for (const { name: what, kind, spec, message, server = message } of badSpecs)
    it(`refuses ${what} in a ${kind}`, () => assert.rejects(apply(kind, spec, true), refusal(server)));

  for (const { name: what, kind, from, to, message } of badChanges)
    it(`refuses the change to ${what} in a ${kind}`, async () => {
      await apply(kind, from, false);
      await assert.rejects(apply(kind, to, true), refusal(message));
    });

  for (const { name: what, kind, from, to } of goodChanges)
    it(`accepts the change to ${what} in a ${kind}`, async () => {
      await apply(kind, from, false);
      await apply(kind, to, true);
    });

  for (const kind of ['KafkaCluster', 'CassandraCluster'] as const)
    for (const spec of [undefined, {}, { placement: { gpuNodes: 'Require' }, podMetadata: {} }])
      it(`stores a ${kind} with spec ${JSON.stringify(spec)} so that it means the same`, async () => {
        const stored = await apply(kind, spec, true);
        assert.deepEqual(parsers[kind](stored.spec), parsers[kind](spec));
      });

  it('shows the defaults of single fields', async () => {
    const { spec } = await apply('CassandraCluster', undefined, true);
    assert.deepEqual(spec, {
      version: '5.0.9',
      datacenter: 'dc1',
      replicas: 3,
      storage: { size: '20Gi' },
      resources: { requests: { cpu: '1', memory: '4Gi' }, limits: { memory: '4Gi' } },
      config: {},
      encryption: { clients: 'Required' },
      certificates: {
        authority: { duration: '26280h', renewBefore: '4320h' },
        members: { duration: '2160h', renewBefore: '720h' },
      },
      authentication: { mode: 'Password' },
      guardrails: { keyspaces: { warn: 40 }, tables: { warn: 150 } },
      placement: defaultPlacement,
      networkPolicy: { enabled: true },
      updates: { restartOnOperatorUpgrade: false, maxUnavailablePerRack: 1, unreplicated: 'Wait' },
      recovery: {},
      control: {},
      deletionPolicy: 'Retain',
    });
  });

  it('mixes no default into a list or a resource demand that is given later, and returns to the default', async () => {
    const limits = { memory: '1Gi' };
    await apply('KafkaCluster', {}, false);
    const given = { pools: [{ name: 'a', roles: ['Controller', 'Broker'], resources: { limits } }] };
    const later = parseKafkaSpec((await apply('KafkaCluster', given, false)).spec);
    assert.ok(later.ok);
    assert.deepEqual(
      later.value.pools.map(({ name, resources }) => ({ name, resources })),
      [{ name: 'a', resources: { limits } }],
    );
    const again = await apply('KafkaCluster', {}, false);
    assert.deepEqual(parseKafkaSpec(again.spec), parseKafkaSpec({}));
  });

  it('refuses a name that no Service can carry', () =>
    assert.rejects(apply('KafkaCluster', {}, true, '1-kafka'), refusal('metadata.name')));

  for (const [bad, message] of [
    ['my-keyspace', 'the name of the object is none that a keyspace can have'],
    ['system', 'system is a keyspace of Cassandra itself'],
  ] as const)
    it(`refuses ${bad} as the name of a keyspace, and takes spec.name in its place`, async () => {
      await assert.rejects(apply('CassandraKeyspace', { cluster: 'demo' }, true, bad), refusal(message));
      await apply('CassandraKeyspace', { cluster: 'demo', name: 'orders' }, true, bad);
    });

  it('refuses a name that no certificate can hold', async () => {
    const spec = { cluster: 'demo', authentication: { type: 'Tls' } };
    await apply('KafkaUser', { cluster: 'demo', authentication: { type: 'OAuth' } }, true, '7f3e.web');
    await apply('KafkaUser', spec, true, 'u'.repeat(64));
    await apply('KafkaUser', { cluster: 'demo' }, true, 'u'.repeat(65));
    await assert.rejects(apply('KafkaUser', spec, true, 'u'.repeat(65)), refusal('no certificate holds a longer one'));
  });

  it('refuses names that are too long together', () => {
    const spec = { pools: [{ name: 'p'.repeat(20), roles: ['Controller', 'Broker'] }] };
    return assert.rejects(
      apply('KafkaCluster', spec, true, 'k'.repeat(32)),
      refusal('the name of the service and the name of a pool'),
    );
  });
});
