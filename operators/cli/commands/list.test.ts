import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { testContext } from '../testing/context.ts';
import { conditionOf, put, type ServiceParts, serviceOf } from '../testing/services.ts';
import { list } from './list.ts';

const moving: ServiceParts['status'] = {
  version: '4.3.1',
  memberSummary: '2/3',
  planSummary: 'deploy InProgress 3/7',
  conditions: [
    conditionOf('Ready', 'False', 'PlanNotComplete', 'orders-kafka-2:[start]: waits for its volume'),
    conditionOf('Reconciling', 'True', 'PlanInProgress'),
  ],
};
const well: ServiceParts['status'] = { version: '5.0.9', memberSummary: '3/3', planSummary: 'deploy Complete 9/9' };

const services = [
  serviceOf('orders', { status: moving }),
  serviceOf('ring', { kind: 'CassandraCluster', status: well }),
  { ...serviceOf('fresh', { kind: 'CassandraCluster' }), status: {} },
];

describe('list', () => {
  it('shows both kinds alike, and what is wrong with those that are not well', async () => {
    const test = testContext();
    await put(test, ...services);
    assert.equal(await test.run(list), 0);
    assert.deepEqual(test.written, {
      out: `NAME     KIND               READY     VERSION   MEMBERS   PLAN                    AGE
fresh    CassandraCluster   Unknown   -         -         -                       60m
orders   KafkaCluster       False     4.3.1     2/3       deploy InProgress 3/7   60m
ring     CassandraCluster   True      5.0.9     3/3       deploy Complete 9/9     60m

cassandra/fresh: no operator has looked at it yet
kafka/orders: not Ready (PlanNotComplete): orders-kafka-2:[start]: waits for its volume
`,
      err: '',
    });
  });

  it('says no more where all are well', async () => {
    const test = testContext();
    await put(test, serviceOf('ring', { kind: 'CassandraCluster', status: well }));
    await test.run(list);
    assert.equal(test.written.out.trimEnd().split('\n').length, 2);
  });

  it('names the namespace of each with -A', async () => {
    const test = testContext({ allNamespaces: true });
    await put(test, serviceOf('orders', { status: moving }), serviceOf('orders', { namespace: 'lab', status: well }));
    await test.run(list);
    const lines = test.written.out.split('\n');
    assert.match(lines[0] ?? '', /^NAMESPACE +NAME /);
    assert.match(lines[1] ?? '', /^lab +orders /);
    assert.equal(
      lines[4],
      'shop/kafka/orders: not Ready (PlanNotComplete): orders-kafka-2:[start]: waits for its volume',
    );
  });

  it('says that there are none', async () => {
    const test = testContext();
    assert.equal(await test.run(list), 0);
    assert.equal(test.written.out, 'there are no services in namespace shop\n');
  });

  for (const format of ['json', 'yaml'] as const) {
    it(`gives programs the whole objects as ${format}`, async () => {
      const test = testContext({ format });
      await put(test, ...services);
      await test.run(list);
      const { kind, items } = parse(test.written.out);
      assert.equal(kind, 'List');
      assert.deepEqual(
        items.map((item: { metadata: { name: string } }) => item.metadata.name),
        ['fresh', 'orders', 'ring'],
      );
      assert.deepEqual(items[1].status, services[0]?.status);
    });
  }
});
