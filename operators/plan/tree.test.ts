import assert from 'node:assert/strict';
import type { PlanStatus, StepStatus } from '../../crds/status.ts';
import { briefly, planTree, planTreeAt } from './tree.ts';

const now = Date.parse('2030-01-01T00:10:00Z');

const deploy: PlanStatus = {
  name: 'deploy',
  strategy: 'Serial',
  status: 'InProgress',
  phases: [
    {
      name: 'volumes',
      strategy: 'Parallel',
      status: 'Complete',
      steps: [
        { name: 'data-demo-0:[volume]', status: 'Complete', since: '2030-01-01T00:00:00Z' },
        { name: 'data-demo-1:[volume]', status: 'Complete' },
      ],
    },
    { name: 'empty', strategy: 'Serial', status: 'Complete', steps: [] },
    {
      name: 'members',
      strategy: 'Serial',
      status: 'InProgress',
      steps: [
        {
          name: 'demo-0:[start]',
          status: 'InProgress',
          message: 'waits for its volume',
          since: '2030-01-01T00:07:00Z',
        },
        { name: 'demo-1:[start]', status: 'Pending', since: '2030-01-01T00:00:00Z' },
      ],
    },
  ],
};

describe('planTree', () => {
  it('draws a plan as DC/OS did', () => {
    assert.equal(
      planTree(deploy),
      `deploy (serial strategy) (InProgress)
├─ volumes (parallel strategy) (Complete)
│  ├─ data-demo-0:[volume] (Complete)
│  └─ data-demo-1:[volume] (Complete)
├─ empty (serial strategy) (Complete)
└─ members (serial strategy) (InProgress)
   ├─ demo-0:[start] (InProgress) waits for its volume
   └─ demo-1:[start] (Pending)`,
    );
  });

  it('says since when, of steps that are under way', () => {
    const [head, ...lines] = planTreeAt(deploy, now).split('\n');
    assert.equal(head, 'deploy (serial strategy) (InProgress)');
    assert.deepEqual(lines.slice(-2), [
      '   ├─ demo-0:[start] (InProgress) waits for its volume, since 3m',
      '   └─ demo-1:[start] (Pending)',
    ]);
    assert.equal(lines[1], '│  ├─ data-demo-0:[volume] (Complete)');
  });

  it('draws a plan without phases', () => {
    const plan = { name: 'deploy', strategy: 'Serial' as const, status: 'Complete' as const, phases: [] };
    assert.equal(planTree(plan), 'deploy (serial strategy) (Complete)');
  });

  it('says what the plan took the place of', () => {
    const plan = {
      name: 'deploy',
      strategy: 'Serial',
      status: 'Pending',
      message: 'takes the place of r1',
      phases: [],
    } as const;
    assert.equal(planTree({ ...plan, phases: [] }), 'deploy (serial strategy) (Pending) takes the place of r1');
  });

  const steps: [string, StepStatus, string][] = [
    ['a step without a time', { name: 'a', status: 'Waiting', message: 'paused' }, '(Waiting) paused'],
    [
      'a step without a message',
      { name: 'a', status: 'Starting', since: '2030-01-01T00:09:50Z' },
      '(Starting) since 10s',
    ],
    ['a message of several lines', { name: 'a', status: 'Waiting', message: 'one\n  two\n' }, '(Waiting) one | two'],
  ];
  for (const [name, step, expected] of steps) {
    it(`shows ${name}`, () => {
      const phases = [{ name: 'p', strategy: 'Serial' as const, status: step.status, steps: [step] }];
      const tree = planTreeAt({ name: 'deploy', strategy: 'Serial', status: step.status, phases }, now);
      assert.equal(tree.split('\n').at(-1), `   └─ a ${expected}`);
    });
  }

  it('lists below why steps failed', () => {
    const failed: StepStatus[] = [
      {
        name: 'demo-0:[start]',
        status: 'Error',
        message: 'image of kafka: no such image',
        since: '2030-01-01T00:05:00Z',
      },
      { name: 'demo-1:[start]', status: 'Error' },
    ];
    const phases = [{ name: 'members', strategy: 'Parallel' as const, status: 'Error' as const, steps: failed }];
    assert.equal(
      planTreeAt({ name: 'deploy', strategy: 'Serial', status: 'Error', phases }, now),
      `deploy (serial strategy) (Error)
└─ members (parallel strategy) (Error)
   ├─ demo-0:[start] (Error) since 5m
   └─ demo-1:[start] (Error)

Errors:
- demo-0:[start]: image of kafka: no such image
- demo-1:[start]: failed`,
    );
  });
});

describe('briefly', () => {
  const table: [number, string][] = [
    [-5, '0s'],
    [999, '0s'],
    [119_999, '119s'],
    [120_000, '2m'],
    [7_199_999, '119m'],
    [7_200_000, '2h'],
    [172_799_999, '47h'],
    [172_800_000, '2d'],
    [40 * 86_400_000, '40d'],
  ];
  for (const [ms, text] of table) it(`${ms} ms are ${text}`, () => assert.equal(briefly(ms), text));
});
