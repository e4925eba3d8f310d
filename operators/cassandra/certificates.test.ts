import assert from 'node:assert/strict';
import { certificateWish } from './certificates.ts';
import { modelOf, settings } from './testing/cassandra.ts';

describe('the certificates of a Cassandra service', () => {
  it('have every name by which a member is reached, one Secret for each rack', () => {
    const model = modelOf({ replicas: 3, racks: [{ name: 'a' }, { name: 'b' }] });
    const { groups } = certificateWish(model, settings);
    assert.deepEqual(
      groups.map(({ set, members }) => [set, members.map(({ pod }) => pod)]),
      [
        ['demo-a', ['demo-a-0', 'demo-a-1']],
        ['demo-b', ['demo-b-0']],
      ],
    );
    const forms = ['', '.ns', '.ns.svc', '.ns.svc.cluster.local'];
    const names = ['demo-a-0.demo-cassandra-members', 'demo-cassandra'];
    assert.deepEqual(
      groups[0]?.members[0]?.dnsNames,
      names.flatMap((name) => forms.map((form) => `${name}${form}`)),
    );
  });
});
