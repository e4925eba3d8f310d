/** A CassandraCluster with nothing in its spec: its memory is that of production, so it is not run to its end here. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims } from '../../operators/kube/resource.ts';
import { cassandras } from '../lib/resources.ts';
import { conditionOf } from '../lib/services.ts';
import { until, usePlace } from './lib/place.ts';
import { podsOf } from './lib/pods.ts';
import { apply, list, untilService } from './lib/services.ts';

describe('a CassandraCluster whose spec is {}', () => {
  const at = usePlace('cassandra-defaults');

  it('has a plan for three members of one rack', async () => {
    await apply(at(), cassandras, 'cassandra', {});
    const service = await untilService(at(), cassandras, 'cassandra', ({ status }) =>
      assert.ok(status?.plans !== undefined),
    );
    assert.equal(conditionOf(service, 'Stalled'), undefined);
    assert.deepEqual(
      service.status?.members?.map(({ name, group }) => [name, group]),
      ['cassandra-r1-0', 'cassandra-r1-1', 'cassandra-r1-2'].map((name) => [name, 'r1']),
    );
  });

  it('finds a node of its own in a zone of its own for each, with a volume', async () => {
    const nodes = await until(at(), async () => {
      const placed = (await podsOf(at(), 'cassandra')).map(({ spec }) => spec?.nodeName);
      assert.ok(placed.length === 3 && placed.every((node) => node !== undefined), placed.join());
      return placed;
    });
    assert.deepEqual(nodes.toSorted(), ['data-a', 'data-b', 'data-c']);
    const claims = await list(at(), persistentVolumeClaims);
    assert.deepEqual(
      claims.map(({ status }) => [status?.phase, status?.capacity?.['storage']]),
      Array(3).fill(['Bound', '20Gi']),
    );
  });

  it('gives each member a quarter of its memory limit as heap, and at least 1 GiB', async () => {
    for (const { spec } of await podsOf(at(), 'cassandra')) {
      const [container] = spec?.containers ?? [];
      assert.equal(container?.resources?.limits?.['memory'], '4Gi');
      assert.ok(container?.command?.includes('-Xmx1024m'));
    }
  });

  it('starts the first member', async () => {
    await until(at(), async () => {
      const started = (await podsOf(at(), 'cassandra')).filter(
        ({ status }) => status?.containerStatuses?.[0]?.started !== undefined && status.phase === 'Running',
      );
      assert.deepEqual(
        started.map(({ metadata }) => metadata.name),
        ['cassandra-r1-0'],
      );
    });
  });
});
