import assert from 'node:assert/strict';
import { serviceResources } from '../services.ts';
import { type TestContext, testContext } from '../testing/context.ts';
import { conditionOf, planOf, put, type ServiceParts, serviceOf, stepOf } from '../testing/services.ts';
import { wait } from './wait.ts';

type Status = NonNullable<ServiceParts['status']>;

const ref = { namespace: 'shop', name: 'orders' };
const notReady = conditionOf('Ready', 'False', 'PlanNotComplete', 'x');
const stalled = conditionOf('Stalled', 'True', 'StepFailed', 'no image');
const open = (message: string): Status => ({
  conditions: [notReady],
  plans: [planOf('deploy', [stepOf('a:[start]', 'InProgress', message)])],
});
const complete: Status = { plans: [planOf('deploy', [stepOf('a:[start]', 'Complete')]), planOf('recovery', [])] };
const unseen: Status = { ...complete, observedGeneration: 0 };

/** Each second finds the next of these, and the last one from then on. */
async function waited(
  test: TestContext,
  statuses: (Status | 'Gone')[],
  options: Record<string, string>,
): Promise<number> {
  const [first = {}, ...rest] = statuses;
  await put(test, serviceOf('orders', { status: first === 'Gone' ? {} : first }));
  let reads = -1;
  test.api.before = async ({ verb, key }) => {
    if (verb !== 'read' || !key.startsWith('kafkaclusters')) return;
    reads += 1;
    const status = reads < 2 ? undefined : rest.shift();
    if (status === undefined) return;
    const { before } = test.api;
    test.api.before = () => {};
    const { uid = '' } = (await test.api.read(serviceResources.KafkaCluster, ref))?.metadata ?? {};
    if (status === 'Gone') await test.api.remove(serviceResources.KafkaCluster, ref, { preconditions: { uid } });
    else await test.api.apply(serviceResources.KafkaCluster, serviceOf('orders', { status }));
    test.api.before = before;
  };
  return test.run(wait, ['orders'], options);
}

describe('wait', () => {
  const table: [string, (Status | 'Gone')[], Record<string, string>, number, string, string][] = [
    ['is over at once where it is so', [complete], {}, 0, 'kafka/orders is ready after 0s\n', ''],
    [
      'tells each step of the way once',
      [open('one'), open('one'), open('two'), complete],
      {},
      0,
      'deploy InProgress 0/1, a:[start]: one\ndeploy InProgress 0/1, a:[start]: two\nkafka/orders is ready after 3s\n',
      '',
    ],
    [
      'does not take the ready of an older spec',
      [unseen, complete],
      { for: 'Ready' },
      0,
      'its newest spec has not been looked at yet\nkafka/orders is ready after 1s\n',
      '',
    ],
    [
      'waits for plans',
      [{ ...open('one'), conditions: [conditionOf('Ready', 'True', 'R')] }, complete],
      { for: 'Complete' },
      0,
      'deploy InProgress 0/1, a:[start]: one\nkafka/orders is complete after 1s\n',
      '',
    ],
    [
      'does not take no plan for a complete one',
      [{}, complete],
      { for: 'Complete' },
      0,
      'its plans are not known yet\nkafka/orders is complete after 1s\n',
      '',
    ],
    [
      'gives up in time',
      [open('one')],
      { timeout: '5s' },
      124,
      'deploy InProgress 0/1, a:[start]: one\n',
      'kafka/orders is not ready after 5s: deploy InProgress 0/1, a:[start]: one\n',
    ],
    [
      'gives up where it cannot go on',
      [{ conditions: [notReady, stalled] }],
      { timeout: '60s' },
      1,
      'Stalled (StepFailed): no image\n',
      'kafka/orders cannot go on by itself: Stalled (StepFailed): no image\n',
    ],
    [
      'takes a trouble that passes for none',
      [{ conditions: [notReady, stalled] }, complete],
      {},
      0,
      'Stalled (StepFailed): no image\nkafka/orders is ready after 1s\n',
      '',
    ],
    [
      'fails where the service goes',
      [open('one'), 'Gone'],
      {},
      1,
      'deploy InProgress 0/1, a:[start]: one\n',
      'kafka/orders is gone\n',
    ],
  ];
  for (const [name, statuses, options, code, out, err] of table) {
    it(name, async () => {
      const test = testContext();
      assert.equal(await waited(test, statuses, options), code);
      assert.deepEqual(test.written, { out, err });
    });
  }

  it('refuses a time that is none', async () => {
    const test = testContext();
    assert.equal(await test.run(wait, ['orders'], { timeout: '5' }), 2);
    assert.equal(test.written.err, '--timeout must be a duration such as 90s or 15m, not 5\n');
  });
});
