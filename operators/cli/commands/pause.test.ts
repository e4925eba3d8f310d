import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Control } from '../../../crds/common.ts';
import type { PlanStatus } from '../../../crds/status.ts';
import { ApiError } from '../../kube/api.ts';
import { type Service, serviceResources } from '../services.ts';
import { type TestContext, testContext } from '../testing/context.ts';
import { planOf, put, serviceOf, stepOf } from '../testing/services.ts';
import { planPause, planResume } from './pause.ts';

const ref = { namespace: 'shop', name: 'orders' };
const moving = planOf('deploy', [stepOf('orders-kafka-0:[restart]', 'InProgress')]);
const restart = planOf('restart-orders-all-x', [stepOf('orders-kafka-0:[restart]', 'Pending')]);
const quiet = planOf('recovery', []);

function controlled(control: Control, plans = [moving, quiet]): Service {
  return serviceOf('orders', { spec: { control }, status: { plans } });
}

async function controlAfter({ api }: TestContext): Promise<Control | undefined> {
  return (await api.read(serviceResources.KafkaCluster, ref))?.spec?.control;
}

interface Case {
  name: string;
  words: string[];
  before?: Control;
  plans?: PlanStatus[];
  after?: Control;
  out?: string;
  err?: string;
  code?: number;
}

const paused = 'is paused: steps that run go on, no further one begins\n';

describe('plan pause', () => {
  const cases: Case[] = [
    { name: 'a plan', words: ['deploy'], after: { paused: ['deploy'] }, out: `plan deploy of orders ${paused}` },
    {
      name: 'a phase',
      words: ['deploy', 'restart'],
      after: { paused: ['deploy/restart'] },
      out: `phase restart of plan deploy of orders ${paused}`,
    },
    {
      name: 'a plan that has nothing to do yet',
      words: ['decommission'],
      after: { paused: ['decommission'] },
      out: `plan decommission of orders ${paused}`,
    },
    {
      name: 'every plan that is not complete',
      words: [],
      plans: [moving, quiet, restart],
      after: { paused: ['deploy', restart.name] },
      out: `plan deploy of orders ${paused}plan ${restart.name} of orders ${paused}`,
    },
    {
      name: 'the plan of changes to come, where all are complete',
      words: [],
      plans: [quiet],
      after: { paused: ['deploy'] },
      out: `plan deploy of orders ${paused}`,
    },
    {
      name: 'beside what is paused',
      words: ['deploy'],
      before: { paused: ['recovery'] },
      after: { paused: ['recovery', 'deploy'] },
      out: `plan deploy of orders ${paused}`,
    },
    {
      name: 'nothing twice',
      words: ['deploy'],
      before: { paused: ['deploy'] },
      after: { paused: ['deploy'] },
      out: 'plan deploy of orders is paused already\n',
    },
    {
      name: 'no plan that there is not',
      words: ['deplyo'],
      after: {},
      err: 'orders has no plan deplyo; it has: deploy, recovery\n',
      code: 1,
    },
    {
      name: 'no phase that there is not',
      words: ['deploy', 'x'],
      after: {},
      err: 'plan deploy of orders has no phase x; it has: restart\n',
      code: 1,
    },
  ];
  for (const each of cases) {
    it(`pauses ${each.name}`, async () => {
      const test = testContext();
      await put(test, controlled(each.before ?? {}, each.plans));
      assert.equal(await test.run(planPause, ['orders', ...each.words]), each.code ?? 0);
      assert.deepEqual(test.written, { out: each.out ?? '', err: each.err ?? '' });
      assert.deepEqual(await controlAfter(test), each.after);
    });
  }
});

describe('plan resume', () => {
  const allowed = ['deploy/restart/a:[restart]@r1', 'restart-orders-all-x/restart/a:[restart]@r1'];
  const before: Control = { paused: ['deploy', 'deploy/restart', 'restart-orders-all-x'], allowed };
  const plans = [moving, quiet, restart];
  const cases: Case[] = [
    {
      name: 'a plan with its phases, and forgets what was let through',
      words: ['deploy'],
      before,
      after: { paused: ['restart-orders-all-x'], allowed: allowed.slice(1) },
      out: 'plan deploy of orders goes on\nphase restart of plan deploy of orders goes on\n',
    },
    {
      name: 'everything',
      words: [],
      before,
      after: {},
      out: 'plan deploy of orders goes on\nphase restart of plan deploy of orders goes on\nplan restart-orders-all-x of orders goes on\n',
    },
    {
      name: 'a phase',
      words: ['deploy', 'restart'],
      before: { paused: ['deploy/restart'] },
      after: {},
      out: 'phase restart of plan deploy of orders goes on\n',
    },
    {
      name: 'no phase of a plan that is paused as a whole',
      words: ['deploy', 'restart'],
      before: { paused: ['deploy'] },
      after: { paused: ['deploy'] },
      err: 'the whole plan deploy of orders is paused, not only its phase restart: resume the plan\n',
      code: 1,
    },
    {
      name: 'a plan that is gone',
      words: ['old'],
      before: { paused: ['old'] },
      after: {},
      out: 'plan old of orders goes on\n',
    },
    { name: 'nothing where nothing is paused', words: [], after: {}, out: 'nothing of orders is paused\n' },
    {
      name: 'nothing of a plan that is not paused',
      words: ['deploy'],
      after: {},
      out: 'plan deploy of orders is not paused\n',
    },
    {
      name: 'no plan that there is not',
      words: ['deplyo'],
      after: {},
      err: 'orders has no plan deplyo; it has: deploy, recovery, restart-orders-all-x\n',
      code: 1,
    },
  ];
  for (const each of cases) {
    it(`resumes ${each.name}`, async () => {
      const test = testContext();
      await put(test, controlled(each.before ?? {}, plans));
      assert.equal(await test.run(planResume, ['orders', ...each.words]), each.code ?? 0);
      assert.deepEqual(test.written, { out: each.out ?? '', err: each.err ?? '' });
      assert.deepEqual(await controlAfter(test), each.after);
    });
  }
});

describe('a pause', () => {
  it('is undone by the same words', () =>
    fc.assert(
      fc.asyncProperty(
        fc.subarray(['recovery', 'decommission', 'restart-orders-all-x']),
        fc.constantFrom(['deploy'], ['deploy', 'restart']),
        async (others, words) => {
          const test = testContext();
          const before: Control = others.length === 0 ? {} : { paused: others };
          await put(test, controlled(before));
          await test.run(planPause, ['orders', ...words]);
          await test.run(planResume, ['orders', ...words]);
          assert.deepEqual(await controlAfter(test), before);
        },
      ),
    ));

  it('is fenced, and decided anew where somebody else wrote first', async () => {
    const test = testContext();
    await put(test, controlled({}));
    let others = 2;
    test.api.before = async ({ verb }) => {
      if (verb !== 'patch' || others === 0) return;
      others -= 1;
      const now = controlled({ paused: others === 1 ? ['recovery'] : [] });
      await test.api.apply(serviceResources.KafkaCluster, now);
    };
    assert.equal(await test.run(planPause, ['orders', 'deploy']), 0);
    assert.deepEqual(await controlAfter(test), { paused: ['deploy'] });
    assert.equal(test.api.calls.filter(({ verb }) => verb === 'patch').length, 3);
    assert.equal(test.written.out, `plan deploy of orders ${paused}`);
  });

  it('is given up where every write comes too late', async () => {
    const test = testContext();
    await put(test, controlled({}));
    test.api.before = ({ verb }) => {
      if (verb === 'patch') throw new ApiError(409, 'Conflict', 'too late');
    };
    await assert.rejects(test.run(planPause, ['orders', 'deploy']), /too late/);
    assert.equal(test.api.calls.filter(({ verb }) => verb === 'patch').length, 10);
    assert.equal(test.written.out, '');
  });

  it('fails where the service goes meanwhile', async () => {
    const test = testContext();
    await put(test, controlled({}));
    test.api.before = async ({ verb }) => {
      if (verb !== 'patch') return;
      const { uid = '' } = (await test.api.read(serviceResources.KafkaCluster, ref))?.metadata ?? {};
      await test.api.remove(serviceResources.KafkaCluster, ref, { preconditions: { uid } });
      throw new ApiError(409, 'Conflict', 'another uid');
    };
    assert.equal(await test.run(planPause, ['orders', 'deploy']), 1);
    assert.equal(test.written.err, 'kafka/orders is gone from namespace shop\n');
  });

  it('writes nothing but what changes', async () => {
    const test = testContext();
    await put(
      test,
      controlled({ paused: ['recovery'], allowed: ['deploy/restart/a@r1'], completed: ['deploy/restart/b@r1'] }),
    );
    await test.run(planPause, ['orders', 'deploy']);
    const [patch] = test.api.writes();
    assert.ok(patch !== undefined);
    const { spec, metadata } = patch.body as { spec: unknown; metadata: Record<string, unknown> };
    assert.deepEqual(spec, { control: { paused: ['recovery', 'deploy'] } });
    assert.deepEqual(Object.keys(metadata).sort(), ['resourceVersion', 'uid']);
  });

  it('forgets words about steps of revisions that are over', async () => {
    const test = testContext();
    const stale = ['deploy/restart/a@r0', 'gone/restart/a@r1'];
    await put(test, controlled({ allowed: [...stale, 'deploy/restart/a@r1'], completed: stale }));
    await test.run(planPause, ['orders', 'deploy']);
    assert.deepEqual(await controlAfter(test), { paused: ['deploy'], allowed: ['deploy/restart/a@r1'] });
  });
});
