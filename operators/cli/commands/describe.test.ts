import assert from 'node:assert/strict';
import { testContext } from '../testing/context.ts';
import { memberOf, planOf, put, serviceOf, stepOf } from '../testing/services.ts';
import { describeService } from './describe.ts';
import { endpoints } from './endpoints.ts';
import { members } from './members.ts';

const orders = serviceOf('orders', {
  spec: { version: '4.3.1', control: { paused: ['deploy'] }, deletionPolicy: 'Retain' },
  status: {
    version: '4.3.1',
    memberSummary: '1/2',
    planSummary: 'deploy InProgress 0/1',
    plans: [planOf('deploy', [stepOf('orders-kafka-1:[start]', 'InProgress', 'waits for its volume')])],
    members: [
      memberOf('orders-kafka-0', { version: '4.3.1', node: 'data-a', zone: 'a', address: '10.0.0.1' }),
      memberOf('orders-kafka-1', { ready: false, state: 'Pending', message: 'waits for its volume' }),
    ],
    endpoints: [
      {
        name: 'plain',
        vip: 'orders-kafka.shop.svc:9092',
        dns: ['orders-kafka-0.orders.shop.svc:9092', 'orders-kafka-1.orders.shop.svc:9092'],
        port: 9092,
        tls: false,
        authentication: 'None',
      },
    ],
    binding: { name: 'orders-kafka-binding' },
    retainedVolumes: [{ claim: 'data-orders-kafka-2', member: 'orders-kafka-2', size: '20Gi', ownerUid: 'u-1' }],
  },
});

const membersTable = `MEMBER           GROUP   READY   STATE     VERSION   NODE     ZONE   ADDRESS
orders-kafka-0   kafka   yes     Ready     4.3.1     data-a   a      10.0.0.1
orders-kafka-1   kafka   no      Pending   -         -        -      -
orders-kafka-1: waits for its volume
`;

const endpointsTable = `NAME    VIP                          DNS                                              PORT   TLS   AUTHENTICATION
plain   orders-kafka.shop.svc:9092   orders-kafka-0.orders.shop.svc:9092 and 1 more   9092   no    None
binding Secret: orders-kafka-binding
`;

describe('describe', () => {
  it('shows everything', async () => {
    const test = testContext();
    await put(test, orders);
    assert.equal(await test.run(describeService, ['orders']), 0);
    assert.equal(
      test.written.out,
      `Name:       orders
Namespace:  shop
Kind:       KafkaCluster
Ready:      True
Version:    4.3.1
Members:    1/2
Plan:       deploy InProgress 0/1
Paused:     deploy
Age:        60m

Conditions:
TYPE    STATUS   SINCE   REASON            MESSAGE
Ready   True     2m      AllMembersReady   all 3 members are ready

Members:
${membersTable}
Plans:
deploy (serial strategy) (InProgress)
└─ restart (serial strategy) (InProgress)
   └─ orders-kafka-1:[start] (InProgress) waits for its volume, since 3m

Endpoints:
${endpointsTable}
Retained volumes:
CLAIM                 MEMBER           SIZE   OWNER
data-orders-kafka-2   orders-kafka-2   20Gi   u-1

Spec:
version: 4.3.1
control:
  paused:
    - deploy
deletionPolicy: Retain
`,
    );
  });

  it('leaves out what there is nothing of', async () => {
    const test = testContext();
    await put(test, { ...serviceOf('orders'), status: {} });
    await test.run(describeService, ['orders']);
    assert.equal(
      test.written.out,
      `Name:       orders
Namespace:  shop
Kind:       KafkaCluster
Ready:      Unknown
Version:    -
Members:    -
Plan:       -
Age:        60m

Members:
orders has no members yet

Spec:
{}
`,
    );
  });

  it('gives programs the object', async () => {
    const test = testContext({ format: 'json' });
    await put(test, orders);
    await test.run(describeService, ['orders']);
    assert.deepEqual(JSON.parse(test.written.out).status, orders.status);
  });
});

describe('members', () => {
  it('lists them, and what those lack that are not ready', async () => {
    const test = testContext();
    await put(test, orders);
    assert.equal(await test.run(members, ['orders']), 0);
    assert.equal(test.written.out, membersTable);
  });

  it('gives programs all of it', async () => {
    const test = testContext({ format: 'json' });
    await put(test, orders);
    await test.run(members, ['orders']);
    assert.deepEqual(JSON.parse(test.written.out), orders.status?.members);
  });
});

describe('endpoints', () => {
  const table: [string, string[], string][] = [
    ['lists them', [], endpointsTable],
    [
      'gives scripts the addresses of one, first the one that stands for all',
      ['plain'],
      'orders-kafka.shop.svc:9092\norders-kafka-0.orders.shop.svc:9092\norders-kafka-1.orders.shop.svc:9092\n',
    ],
  ];
  for (const [name, words, out] of table) {
    it(name, async () => {
      const test = testContext();
      await put(test, orders);
      assert.equal(await test.run(endpoints, ['orders', ...words]), 0);
      assert.deepEqual(test.written, { out, err: '' });
    });
  }

  it('says which of them members have yet to open, and which close', async () => {
    const test = testContext();
    const one = { dns: [], port: 1 };
    const all = [
      { ...one, name: 'plain', leavingSince: '2030-01-01T00:00:00Z' },
      { ...one, name: 'old', leavingSince: '2030-01-01T00:00:00Z', closesAt: '2030-01-02T00:00:00Z' },
      { ...one, name: 'secure', opening: true },
    ];
    await put(test, serviceOf('orders', { status: { endpoints: all } }));
    assert.equal(await test.run(endpoints, ['orders']), 0);
    assert.deepEqual(test.written.out.trimEnd().split('\n').slice(-3), [
      'plain: closes a day after members have opened what clients can move to; move its clients to another',
      'old: closes at 2030-01-02T00:00:00Z; move its clients to another',
      'secure: members restart to open it',
    ]);
  });

  it('gives programs the endpoint', async () => {
    const test = testContext({ format: 'json' });
    await put(test, orders);
    await test.run(endpoints, ['orders', 'plain']);
    assert.deepEqual(JSON.parse(test.written.out), orders.status?.endpoints?.[0]);
  });

  it('fails for one that there is not', async () => {
    const test = testContext();
    await put(test, orders);
    assert.equal(await test.run(endpoints, ['orders', 'tls']), 1);
    assert.equal(test.written.err, 'orders has no endpoint tls; it has: plain\n');
  });

  it('says that there are none yet', async () => {
    const test = testContext();
    await put(test, serviceOf('orders'));
    assert.equal(await test.run(endpoints, ['orders']), 0);
    assert.equal(test.written.out, 'orders has no endpoints yet\n');
  });
});
