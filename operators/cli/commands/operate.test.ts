import assert from 'node:assert/strict';
import { parseServiceOperation } from '../../../crds/service-operation.ts';
import type { MemoryApi } from '../../kube/testing/memory-api.ts';
import type { Command } from '../command.ts';
import { operationResource, type ServiceOperation } from '../operations.ts';
import { type TestContext, type TestOption, type TestParts, testContext } from '../testing/context.ts';
import { conditionOf, memberOf, planOf, put, putOperation, serviceOf, stepOf } from '../testing/services.ts';
import { planCancel } from './cancel.ts';
import {
  memberDecommission,
  memberPause,
  memberReplace,
  memberRestart,
  memberResume,
  serviceRestart,
} from './operate.ts';

const volumes = [
  { name: 'data', claim: 'data-orders-kafka-1', size: '20Gi' },
  { name: 'more', claim: 'more-orders-kafka-1' },
];
const orders = serviceOf('orders', {
  status: { members: [memberOf('orders-kafka-0'), memberOf('orders-kafka-1', { volumes })] },
});
const service = { kind: 'KafkaCluster', name: 'orders' } as const;

async function withOrders(parts?: TestParts<MemoryApi>): Promise<TestContext> {
  const test = testContext(parts);
  await put(test, orders);
  return test;
}

async function operationsIn({ api }: TestContext): Promise<ServiceOperation[]> {
  return (await api.list(operationResource)).items;
}

describe('verbs that ask for something once', () => {
  const created: [string, Command, string[], Record<string, TestOption>, string, object][] = [
    [
      'member restart',
      memberRestart,
      ['kafka-1'],
      {},
      'restart-orders-kafka-1-bbbbb',
      { type: 'Restart', members: ['orders-kafka-1'] },
    ],
    [
      'member replace',
      memberReplace,
      ['kafka-1'],
      { yes: true },
      'replace-orders-kafka-1-bbbbb',
      { type: 'Replace', members: ['orders-kafka-1'] },
    ],
    [
      'member decommission',
      memberDecommission,
      ['kafka-1'],
      { yes: true },
      'decommission-orders-kafka-1-bbbbb',
      { type: 'Decommission', members: ['orders-kafka-1'] },
    ],
    [
      'member pause',
      memberPause,
      ['kafka-1'],
      {},
      'pause-orders-kafka-1-bbbbb',
      { type: 'Pause', members: ['orders-kafka-1'] },
    ],
    ['service restart', serviceRestart, [], {}, 'restart-orders-all-bbbbb', { type: 'Restart' }],
    [
      'service restart --group',
      serviceRestart,
      [],
      { group: 'kafka' },
      'restart-orders-kafka-bbbbb',
      { type: 'Restart', groups: ['kafka'] },
    ],
  ];
  for (const [name, command, words, options, expected, spec] of created) {
    it(`${name} makes an operation`, async () => {
      const test = await withOrders();
      assert.equal(await test.run(command, ['orders', ...words], options), 0);
      const [operation, ...others] = await operationsIn(test);
      assert.deepEqual(others, []);
      assert.equal(operation?.metadata.name, expected);
      assert.deepEqual(operation.spec, { service, ...spec });
      assert.ok(parseServiceOperation(operation.spec).ok);
      assert.ok(
        test.written.out.endsWith(
          `operation ${expected} is created\nto follow it: kubectl stateward plan orders ${expected} --watch\n`,
        ),
      );
    });
  }

  const unwell: [string, Command, string[], Record<string, TestOption>, number, string][] = [
    [
      'a member that there is not',
      memberRestart,
      ['kafka-7'],
      {},
      1,
      'orders has no member kafka-7; it has: orders-kafka-0, orders-kafka-1\n',
    ],
    ['a group that there is not', serviceRestart, [], { group: 'x' }, 1, 'orders has no group x; it has: kafka\n'],
    [
      'a time that is none',
      memberRestart,
      ['kafka-1'],
      { wait: true, timeout: 'soon' },
      2,
      '--timeout must be a duration such as 90s or 15m, not soon\n',
    ],
    ['a time without --wait', memberReplace, ['kafka-1'], { yes: true, timeout: '5m' }, 2, '--timeout is for --wait\n'],
  ];
  for (const [name, command, words, options, code, err] of unwell) {
    it(`do nothing for ${name}`, async () => {
      const test = await withOrders();
      assert.equal(await test.run(command, ['orders', ...words], options), code);
      assert.deepEqual(test.written, { out: '', err });
      assert.deepEqual(test.api.writes(), []);
    });
  }
});

describe('what cannot be undone', () => {
  const words: [string, Command, 'Retain' | 'Delete', string][] = [
    [
      'replace',
      memberReplace,
      'Retain',
      'replace destroys the data of orders-kafka-1 and builds the member anew from the others:',
    ],
    [
      'decommission',
      memberDecommission,
      'Retain',
      'orders-kafka-1 hands over what it has and leaves for good; its volumes are kept, and no member uses them again:',
    ],
    [
      'decommission',
      memberDecommission,
      'Delete',
      'orders-kafka-1 hands over what it has and leaves for good; its volumes are deleted then:',
    ],
  ];
  for (const [name, command, deletionPolicy, line] of words) {
    it(`${name} with ${deletionPolicy} says first what is lost, and does nothing without --yes`, async () => {
      const test = testContext();
      await put(test, { ...orders, spec: { deletionPolicy } });
      assert.equal(await test.run(command, ['orders', 'kafka-1']), 2);
      assert.deepEqual(test.written, {
        out: `${line}\n  volume data-orders-kafka-1 (20Gi)\n  volume more-orders-kafka-1\n`,
        err: 'nothing has been done; --yes does it\n',
      });
      assert.deepEqual(test.api.writes(), []);
    });
  }
});

describe('a pause of a member', () => {
  it('is not made twice', async () => {
    const test = await withOrders();
    await putOperation(test, 'pause-a', { service, type: 'Pause', members: ['orders-kafka-1'] });
    assert.equal(await test.run(memberPause, ['orders', 'kafka-1']), 0);
    assert.equal(test.written.out, 'orders-kafka-1 is paused already, by operation pause-a\n');
    assert.deepEqual(test.api.writes(), []);
  });

  it('ends by member resume, and nothing else does', async () => {
    const test = await withOrders();
    await putOperation(test, 'pause-a', { service, type: 'Pause', members: ['orders-kafka-1'] });
    await putOperation(test, 'pause-b', { service, type: 'Pause', members: ['orders-kafka-0'] });
    await putOperation(test, 'restart-a', { service, type: 'Restart', members: ['orders-kafka-1'] });
    await putOperation(test, 'pause-c', {
      service: { ...service, name: 'other' },
      type: 'Pause',
      members: ['orders-kafka-1'],
    });
    assert.equal(await test.run(memberResume, ['orders', 'kafka-1']), 0);
    assert.equal(test.written.out, 'orders-kafka-1 is resumed: it comes back as soon as the service allows\n');
    const left = (await operationsIn(test)).map(({ metadata }) => metadata.name);
    assert.deepEqual(left, ['pause-b', 'restart-a', 'pause-c']);
  });

  it('cannot end where there is none', async () => {
    const test = await withOrders();
    assert.equal(await test.run(memberResume, ['orders', 'kafka-1']), 1);
    assert.equal(test.written.err, 'orders-kafka-1 is not paused\n');
  });
});

describe('--wait', () => {
  const name = 'restart-orders-kafka-1-bbbbb';
  const plan = (...statuses: Parameters<typeof stepOf>[1][]) => ({
    plan: planOf(
      name,
      statuses.map((status) => stepOf('orders-kafka-1:[restart]', status)),
    ),
  });
  const ready = { conditions: [conditionOf('Ready', 'True', 'Complete')] };
  const failed = {
    conditions: [conditionOf('Ready', 'False', 'Cancelled', 'the service was deleted')],
    finishedAt: '2030-01-01T00:00:00Z',
  };
  const stalled = { conditions: [conditionOf('Stalled', 'True', 'StepFailed', 'no image')] };
  type Status = NonNullable<ServiceOperation['status']> | 'Gone' | 'Same';

  /** Each read after the creation finds the next of these. */
  function answering(test: TestContext, ...statuses: Status[]): void {
    test.api.before = async ({ verb, key }) => {
      if (verb !== 'read' || !key.startsWith('serviceoperations')) return;
      const { before } = test.api;
      test.api.before = () => {};
      const status = statuses.shift() ?? 'Same';
      const [operation] = await operationsIn(test);
      const { uid = '' } = operation?.metadata ?? {};
      const ref = { namespace: 'shop', name };
      if (status === 'Gone') await test.api.remove(operationResource, ref, { preconditions: { uid } });
      else if (status !== 'Same') await test.api.patch(operationResource, ref, { status });
      test.api.before = before;
    };
  }

  const table: [string, Status[], number, string, string][] = [
    [
      'follows the plan until it is complete',
      [{}, plan('Pending'), plan('InProgress'), 'Same', { ...plan('Complete'), ...ready }],
      0,
      `${name} Pending 0/1, orders-kafka-1:[restart]: Pending\n${name} InProgress 0/1, orders-kafka-1:[restart]: InProgress\n${name} Complete 1/1\noperation ${name} is complete\n`,
      '',
    ],
    [
      'fails where it ends without success',
      [failed],
      1,
      '',
      `operation ${name} ended without success: the service was deleted\n`,
    ],
    [
      'fails where it is cancelled',
      [{}, 'Gone'],
      1,
      '',
      `operation ${name} is gone before it was complete: it was cancelled\n`,
    ],
    [
      'fails where it cannot go on',
      [stalled],
      1,
      '',
      `operation ${name} cannot go on by itself (StepFailed): no image\n`,
    ],
    [
      'gives up in time, and says that the operation does not',
      [{}],
      124,
      '',
      `operation ${name} is not complete in time; it goes on\n`,
    ],
  ];
  for (const [title, statuses, code, out, err] of table) {
    it(title, async () => {
      const test = await withOrders();
      answering(test, ...statuses);
      assert.equal(await test.run(memberRestart, ['orders', 'kafka-1'], { wait: true, timeout: '60s' }), code);
      assert.deepEqual(test.written, { out: `operation ${name} is created\n${out}`, err });
    });
  }

  it('takes a trouble that passes for none', async () => {
    const test = await withOrders();
    answering(test, stalled, 'Same', 'Same', ready);
    assert.equal(await test.run(memberRestart, ['orders', 'kafka-1'], { wait: true }), 0);
  });

  it('draws the tree on a terminal', async () => {
    const test = await withOrders({ terminal: { columns: 100, rows: 40 } });
    answering(test, { ...plan('Complete'), ...ready });
    await test.run(memberRestart, ['orders', 'kafka-1'], { wait: true });
    assert.match(test.written.out, /\n {3}└─ orders-kafka-1:\[restart\] \(Complete\)\noperation /);
  });
});

describe('plan cancel', () => {
  const restart = { service, type: 'Restart' } as const;
  const cases: [string, ServiceOperation['status'], string][] = [
    [
      'deletes an operation',
      undefined,
      'operation restart-a is cancelled: what has begun is finished, no further step begins\n',
    ],
    [
      'removes one that has ended',
      { finishedAt: '2029-12-31T23:00:00Z' },
      'operation restart-a had ended already; it is removed\n',
    ],
  ];
  for (const [name, status, out] of cases) {
    it(name, async () => {
      const test = await withOrders();
      await putOperation(test, 'restart-b', restart);
      const { uid } = (await putOperation(test, 'restart-a', restart, status)).metadata;
      assert.equal(await test.run(planCancel, ['orders', 'restart-a']), 0);
      assert.deepEqual(test.written, { out, err: '' });
      assert.deepEqual(
        (await operationsIn(test)).map(({ metadata }) => metadata.name),
        ['restart-b'],
      );
      assert.deepEqual(
        test.api.writes().map(({ body }) => body),
        [{ uid }],
      );
    });
  }

  it('fails for an operation of another service, and tells those of this one', async () => {
    const test = await withOrders();
    await putOperation(test, 'restart-x', { ...restart, service: { kind: 'CassandraCluster', name: 'orders' } });
    assert.equal(await test.run(planCancel, ['orders', 'restart-x']), 1);
    assert.equal(test.written.err, 'orders has no operation restart-x; there is none\n');
    await putOperation(test, 'restart-y', restart);
    await test.run(planCancel, ['orders', 'restart-x']);
    assert.equal(test.written.err, 'orders has no operation restart-x; there are: restart-y\n');
  });
});
