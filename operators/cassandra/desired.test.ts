import assert from 'node:assert/strict';
import type { NetworkPolicy } from '../kube/resource.ts';
import { desiredObjects, memberGroups } from './desired.ts';
import { cassandraFacts, joinedStatus, modelOf, published, settings } from './testing/cassandra.ts';

describe('the NetworkPolicy of a CassandraCluster', () => {
  function policyOf(spec: Parameters<typeof modelOf>[0], facts = cassandraFacts()): NetworkPolicy | undefined {
    const objects = desiredObjects(modelOf(spec, facts), facts, settings);
    return objects.find((object): object is NetworkPolicy => object.kind === 'NetworkPolicy');
  }

  const members = joinedStatus('demo-r1-0', 'demo-r1-1', 'demo-r1-2');
  const inUse = cassandraFacts({ endpoints: published, members });

  const portsOf = (policy: NetworkPolicy | undefined) =>
    policy?.spec.ingress.map(({ ports }) => ports?.map(({ port }) => port));

  it('opens to each what he needs, and the port of probes to nobody', () =>
    assert.deepEqual(portsOf(policyOf({}, inUse)), [[7000, 8779], [7000, 9042, 8779], [9042]]));

  it('lets in no client before the superuser is ours', () =>
    assert.deepEqual(portsOf(policyOf({})), [
      [7000, 8779],
      [7000, 9042, 8779],
    ]));

  it('is there unless it is turned off', () =>
    assert.equal(policyOf({ networkPolicy: { enabled: false } }), undefined));
});

function podOf(...spec: Parameters<typeof modelOf>) {
  const [group] = memberGroups(modelOf(...spec), settings);
  assert.ok(group !== undefined);
  const { volumes, container, podAnnotations } = group;
  const annotations = podAnnotations ?? {};
  return { volumes, mounts: container.volumeMounts ?? [], annotations, hash: annotations['stateward.dev/config-hash'] };
}

describe('the pod of a Cassandra member', () => {
  it('has the CA of clients only where they may have certificates', () => {
    const [without, with_] = [
      podOf(),
      podOf({ authentication: { mode: 'PasswordOrTls', clientCaSecretName: 'apps' } }),
    ];
    const told = [without, with_].map(({ annotations }) => annotations['stateward.dev/authentication']);
    assert.deepEqual(told, [undefined, 'PasswordOrTls']);
    assert.ok(!without.volumes.some(({ name }) => name === 'client-ca'));
    assert.deepEqual(with_.volumes.at(-1), { name: 'client-ca', configMap: { name: 'demo-cassandra-client-ca' } });
    assert.deepEqual(with_.mounts.at(-1), { name: 'client-ca', mountPath: '/etc/stateward-clients', readOnly: true });
  });

  it('is another one, which restarts, once the user wants an audit, other caches or other guardrails', () => {
    const hashes = [
      {},
      { auditLog: {} },
      { authentication: { caches: { roles: { validity: '1s' } } } },
      { guardrails: { tables: { warn: 151 } } },
    ].map((spec) => podOf(spec).hash);
    assert.equal(new Set(hashes).size, hashes.length);
  });
});
