import assert from 'node:assert/strict';
import { ApiError } from '../kube/api.ts';
import { findMember, findService, fullName } from './services.ts';
import { testContext } from './testing/context.ts';
import { memberOf, put, serviceOf } from './testing/services.ts';

async function found(text: string, refused?: string): Promise<string> {
  const test = testContext();
  await put(
    test,
    serviceOf('orders'),
    serviceOf('both'),
    serviceOf('both', { kind: 'CassandraCluster' }),
    serviceOf('ring', { kind: 'CassandraCluster' }),
  );
  test.api.before = ({ key }) => {
    if (refused !== undefined && key.startsWith(refused)) throw new ApiError(403, 'Forbidden', `no ${refused}`);
  };
  const result = await findService(test.context, text);
  return result.kind === 'Found' ? fullName(result.service) : `${result.code}: ${result.message}`;
}

describe('a service', () => {
  const names: [string, string][] = [
    ['orders', 'kafka/orders'],
    ['ring', 'cassandra/ring'],
    ['kafka/orders', 'kafka/orders'],
    ['cassandra/both', 'cassandra/both'],
    ['kafkacluster/both', 'kafka/both'],
    ['kafkaclusters.stateward.dev/both', 'kafka/both'],
    ['KafkaCluster/both', 'kafka/both'],
    ['kfk/both', 'kafka/both'],
    ['cass/both', 'cassandra/both'],
  ];
  for (const [text, expected] of names)
    it(`${text} is ${expected}`, async () => assert.equal(await found(text), expected));

  const there = 'there are: cassandra/both, kafka/both, kafka/orders, cassandra/ring';
  const missing: [string, string][] = [
    ['order', `1: there is no service order in namespace shop; ${there}`],
    ['cassandra/orders', `1: there is no service cassandra/orders in namespace shop; ${there}`],
    ['both', '2: there are two services both: write kafka/both or cassandra/both'],
    ['pod/orders', '2: pod/orders is no service: write NAME, kafka/NAME or cassandra/NAME'],
    ['kafka/', '2: kafka/ is no service: write NAME, kafka/NAME or cassandra/NAME'],
    ['a/b/c', '2: a/b/c is no service: write NAME, kafka/NAME or cassandra/NAME'],
  ];
  for (const [text, expected] of missing) {
    it(`${text} is told what there is`, async () => assert.equal(await found(text), expected));
  }

  it('is found by who may see one kind only', async () => {
    assert.equal(await found('orders', 'cassandraclusters'), 'kafka/orders');
  });

  it('may be there unseen: a refusal is no absence', async () => {
    await assert.rejects(found('orders', 'kafkaclusters'), /no kafkaclusters/);
  });

  it('is told where the namespace is empty', async () => {
    const result = await findService(testContext().context, 'orders');
    assert.ok(result.kind === 'Missing');
    assert.equal(result.message, 'there is no service orders in namespace shop; there are none');
  });
});

describe('a member', () => {
  const service = serviceOf('orders', {
    status: { members: [memberOf('orders-kafka-0'), memberOf('orders-kafka-1')] },
  });
  for (const text of ['orders-kafka-1', 'kafka-1']) {
    it(`is found as ${text}`, () => {
      const result = findMember(service, text);
      assert.ok(result.kind === 'Found');
      assert.equal(result.member.name, 'orders-kafka-1');
    });
  }

  it('that there is not is told who there is', () => {
    const missing = (result: ReturnType<typeof findMember>): string =>
      result.kind === 'Missing' ? result.message : '';
    assert.equal(missing(findMember(service, '1')), 'orders has no member 1; it has: orders-kafka-0, orders-kafka-1');
    assert.equal(missing(findMember(serviceOf('orders'), 'x')), 'orders has no member x; it has none yet');
  });
});
