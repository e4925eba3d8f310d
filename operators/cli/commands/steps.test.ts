import assert from 'node:assert/strict';
import type { Control } from '../../../crds/common.ts';
import type { PlanStatus } from '../../../crds/status.ts';
import { type Command, exit } from '../command.ts';
import { serviceResources } from '../services.ts';
import { testContext } from '../testing/context.ts';
import { planOf, put, serviceOf, stepOf } from '../testing/services.ts';
import { planForceComplete, planStep } from './steps.ts';

const [a, b] = ['orders-kafka-0:[restart]', 'orders-kafka-1:[restart]'];
const pausedWords = 'paused by spec.control.paused: deploy';

interface Case {
  name: string;
  words: string[];
  plans: PlanStatus[];
  before?: Control;
  after?: Control;
  out?: string;
  err?: string;
}

function check(command: Command, cases: Case[]): void {
  for (const { name, words, plans, before = {}, after = before, out = '', err = '' } of cases) {
    it(name, async () => {
      const test = testContext();
      await put(test, serviceOf('orders', { spec: { control: before }, status: { plans } }));
      const code = await test.run(command, ['orders', ...words]);
      assert.deepEqual(test.written, { out, err });
      assert.equal(code, err === '' ? exit.ok : exit.failure);
      const stored = await test.api.read(serviceResources.KafkaCluster, { namespace: 'shop', name: 'orders' });
      assert.deepEqual(stored?.spec?.control, after);
    });
  }
}

describe('plan step', () => {
  const waiting = planOf('deploy', [stepOf(a, 'Complete'), stepOf(b, 'Waiting', pausedWords), stepOf('c', 'Pending')]);
  const both = planOf('deploy', [stepOf(a, 'Waiting', pausedWords), stepOf(b, 'Waiting', pausedWords)]);
  const busy = planOf('deploy', [stepOf(a, 'Waiting', 'waits for its volume')]);
  const other = planOf('restart-x', [stepOf(a, 'Waiting', pausedWords)], { revision: 'u1' });
  const paused = { paused: ['deploy'] };
  const says = (step: string, plan = 'deploy'): string =>
    `${step} of plan ${plan} may begin; the pause stays for every other step\n`;
  check(planStep, [
    {
      name: 'lets the next paused step through',
      words: [],
      plans: [waiting],
      before: paused,
      after: { ...paused, allowed: [`deploy/restart/${b}@r1`] },
      out: says(b),
    },
    {
      name: 'lets one through where several are paused',
      words: ['deploy'],
      plans: [both],
      before: paused,
      after: { ...paused, allowed: [`deploy/restart/${a}@r1`] },
      out: says(a),
    },
    {
      name: 'takes the plan that is named',
      words: ['restart-x'],
      plans: [waiting, other],
      after: { allowed: [`restart-x/restart/${a}@u1`] },
      out: says(a, 'restart-x'),
    },
    {
      name: 'lets no second one through before the first has begun',
      words: [],
      plans: [both],
      before: { allowed: [`deploy/restart/${a}@r1`] },
      err: `${a} was let through already and has not begun yet\n`,
    },
    {
      name: 'takes a word about another revision for none',
      words: [],
      plans: [both],
      before: { allowed: [`deploy/restart/${a}@r0`] },
      after: { allowed: [`deploy/restart/${a}@r1`] },
      out: says(a),
    },
    {
      name: 'finds nothing where steps wait for something else',
      words: [],
      plans: [busy],
      err: 'no step of orders is paused\n',
    },
    {
      name: 'finds nothing in a plan that is not paused',
      words: ['deploy'],
      plans: [busy, other],
      err: 'no step of plan deploy of orders is paused\n',
    },
    {
      name: 'is told of a plan that there is not',
      words: ['x'],
      plans: [waiting],
      err: 'orders has no plan x; it has: deploy\n',
    },
    {
      name: 'needs a revision to name',
      words: [],
      plans: [{ name: 'deploy', strategy: 'Serial', status: 'Waiting', phases: both.phases }],
      err: 'plan deploy has no revision yet\n',
    },
  ]);
});

describe('plan force-complete', () => {
  const plans = [planOf('deploy', [stepOf(a, 'Complete'), stepOf(b, 'InProgress', 'waits for its volume')])];
  check(planForceComplete, [
    {
      name: 'counts a step as complete, in this revision',
      words: ['deploy', 'restart', b],
      plans,
      after: { completed: [`deploy/restart/${b}@r1`] },
      out: `${b} of plan deploy of orders counts as complete; nothing was done for it\n`,
    },
    {
      name: 'leaves a step that is complete',
      words: ['deploy', 'restart', a],
      plans,
      out: `${a} is complete already\n`,
    },
    {
      name: 'is told of a step that there is not',
      words: ['deploy', 'restart', 'x'],
      plans,
      err: `phase restart has no step x; it has: ${a}, ${b}\n`,
    },
    {
      name: 'is told of a phase that there is not',
      words: ['deploy', 'x', b],
      plans,
      err: 'plan deploy has no phase x; it has: restart\n',
    },
    {
      name: 'is told of a plan that there is not',
      words: ['x', 'restart', b],
      plans,
      err: 'orders has no plan x; it has: deploy\n',
    },
  ]);
});
