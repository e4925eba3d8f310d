import assert from 'node:assert/strict';
import type { NetworkPolicy } from '../kube/resource.ts';
import { desiredObjects } from './desired.ts';
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
