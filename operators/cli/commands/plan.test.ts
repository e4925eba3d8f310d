import assert from 'node:assert/strict';
import { type Service, serviceResources } from '../services.ts';
import { type TestContext, testContext } from '../testing/context.ts';
import { planOf, put, serviceOf, stepOf } from '../testing/services.ts';
import { planHistory, planShow } from './plan.ts';

const [a, b] = ['orders-kafka-0:[restart]', 'orders-kafka-1:[restart]'];
const deploy = planOf('deploy', [stepOf(a, 'Complete'), stepOf(b, 'Waiting', 'paused by spec.control.paused: deploy')]);
const recovery = planOf('recovery', [], { phases: [] });
const orders = serviceOf('orders', { status: { plans: [deploy, recovery] } });

describe('plan', () => {
  it('draws every plan', async () => {
    const test = testContext();
    await put(test, orders);
    assert.equal(await test.run(planShow, ['orders']), 0);
    assert.equal(
      test.written.out,
      `deploy (serial strategy) (Waiting)
└─ restart (serial strategy) (Waiting)
   ├─ orders-kafka-0:[restart] (Complete)
   └─ orders-kafka-1:[restart] (Waiting) paused by spec.control.paused: deploy, since 3m

recovery (serial strategy) (Complete)
`,
    );
  });

  it('draws the one that is named', async () => {
    const test = testContext();
    await put(test, orders);
    await test.run(planShow, ['kafka/orders', 'recovery']);
    assert.equal(test.written.out, 'recovery (serial strategy) (Complete)\n');
  });

  it('gives programs the plans as they are in status', async () => {
    const test = testContext({ format: 'json' });
    await put(test, orders);
    await test.run(planShow, ['orders', 'deploy']);
    assert.deepEqual(JSON.parse(test.written.out), deploy);
    await test.run(planShow, ['orders']);
    assert.deepEqual(JSON.parse(test.written.out), [deploy, recovery]);
  });

  const failures: [string[], string][] = [
    [['orders', 'x'], 'orders has no plan x; it has: deploy, recovery\n'],
    [['none'], 'there is no service none in namespace shop; there are: kafka/orders\n'],
  ];
  for (const [words, err] of failures) {
    it(`fails for ${words.join(' ')}`, async () => {
      const test = testContext();
      await put(test, orders);
      assert.equal(await test.run(planShow, words), 1);
      assert.deepEqual(test.written, { out: '', err });
    });
  }

  it('says that there is none yet', async () => {
    const test = testContext();
    await put(test, serviceOf('orders'));
    assert.equal(await test.run(planShow, ['orders']), 0);
    assert.equal(test.written.out, 'orders has no plan yet\n');
  });
});

/** Each read of the service finds the next of these, and at last that it is gone. */
function changing(test: TestContext, ...states: Service[]): void {
  const ref = { namespace: 'shop', name: 'orders' };
  test.api.before = async ({ verb, key }) => {
    if (verb !== 'read' || !key.startsWith('kafkaclusters')) return;
    const { before } = test.api;
    test.api.before = () => {};
    const state = states.shift();
    const { uid = '' } = (await test.api.read(serviceResources.KafkaCluster, ref))?.metadata ?? {};
    if (state !== undefined) await test.api.apply(serviceResources.KafkaCluster, state);
    else await test.api.remove(serviceResources.KafkaCluster, ref, { preconditions: { uid } });
    test.api.before = before;
  };
}

describe('plan --watch', () => {
  const at = (status: 'Pending' | 'Starting'): Service =>
    serviceOf('orders', { status: { plans: [planOf('deploy', [stepOf(a, status)])] } });
  const tree = (status: string, since = ''): string =>
    `deploy (serial strategy) (${status})\n└─ restart (serial strategy) (${status})\n   └─ ${a} (${status})${since}\n`;

  it('writes the tree to a file each time it changes', async () => {
    const test = testContext();
    changing(test, at('Pending'), at('Pending'), at('Starting'), at('Starting'));
    assert.equal(await test.run(planShow, ['orders'], { watch: true }), 1);
    assert.equal(test.written.out, `${tree('Pending')}${tree('Starting')}kafka/orders is gone\n`);
  });

  it('draws it anew in place on a terminal', async () => {
    const test = testContext({ terminal: { columns: 100, rows: 40 } });
    changing(test, at('Pending'), at('Pending'), at('Starting'));
    await test.run(planShow, ['orders'], { watch: true });
    const up = '\u001b[3A\u001b[J';
    assert.equal(
      test.written.out,
      `${tree('Pending')}${up}${tree('Starting', ' since 3m')}${up}kafka/orders is gone\n`,
    );
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const test = testContext({ signal: controller.signal });
    await put(test, orders);
    let reads = 0;
    test.api.before = ({ verb }) => {
      reads += verb === 'read' ? 1 : 0;
      if (reads > 5) controller.abort(new Error('Ctrl-C'));
    };
    await assert.rejects(test.run(planShow, ['orders'], { watch: true }), /Ctrl-C/);
  });

  it('draws nothing for programs', async () => {
    const test = testContext({ format: 'json' });
    await put(test, orders);
    assert.equal(await test.run(planShow, ['orders'], { watch: true, output: 'json' }), 2);
    assert.deepEqual(test.written, { out: '', err: '--watch draws a tree: leave --output out\n' });
  });
});

describe('plan history', () => {
  it('lists what was done', async () => {
    const test = testContext();
    const history = [
      {
        name: 'restart-orders-all-x',
        outcome: 'Cancelled',
        startedAt: '2029-12-31T23:00:00Z',
        finishedAt: '2029-12-31T23:50:00Z',
        seconds: 3000,
        steps: 3,
      },
      {
        name: 'deploy',
        outcome: 'Superseded',
        message: 'by revision r2: a was InProgress',
        startedAt: '2029-12-30T00:00:00Z',
        finishedAt: '2029-12-30T00:01:30Z',
        seconds: 90,
        steps: 7,
      },
    ] as const;
    await put(test, serviceOf('orders', { status: { history: [...history] } }));
    assert.equal(await test.run(planHistory, ['orders']), 0);
    assert.equal(
      test.written.out,
      `PLAN                   OUTCOME      FINISHED   TOOK   STEPS   MESSAGE
restart-orders-all-x   Cancelled    10m ago    50m    3       -
deploy                 Superseded   47h ago    90s    7       by revision r2: a was InProgress
`,
    );
  });

  it('says that there is none', async () => {
    const test = testContext();
    await put(test, serviceOf('orders'));
    assert.equal(await test.run(planHistory, ['orders']), 0);
    assert.equal(test.written.out, 'no plan of orders has finished yet\n');
  });
});
