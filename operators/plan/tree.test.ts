import assert from 'node:assert/strict';
import { planTree } from './tree.ts';

describe('planTree', () => {
  it('draws a plan as DC/OS did', () => {
    const tree = planTree({
      name: 'deploy',
      strategy: 'Serial',
      status: 'InProgress',
      phases: [
        {
          name: 'volumes',
          strategy: 'Parallel',
          status: 'Complete',
          steps: [
            { name: 'data-demo-0:[volume]', status: 'Complete' },
            { name: 'data-demo-1:[volume]', status: 'Complete' },
          ],
        },
        { name: 'empty', strategy: 'Serial', status: 'Complete', steps: [] },
        {
          name: 'members',
          strategy: 'Serial',
          status: 'InProgress',
          steps: [
            { name: 'demo-0:[start]', status: 'InProgress', message: 'waits for its volume' },
            { name: 'demo-1:[start]', status: 'Pending' },
          ],
        },
      ],
    });
    assert.equal(
      tree,
      `deploy (Serial strategy) (InProgress)
├─ volumes (Parallel strategy) (Complete)
│  ├─ data-demo-0:[volume] (Complete)
│  └─ data-demo-1:[volume] (Complete)
├─ empty (Serial strategy) (Complete)
└─ members (Serial strategy) (InProgress)
   ├─ demo-0:[start] (InProgress) waits for its volume
   └─ demo-1:[start] (Pending)`,
    );
  });

  it('draws a plan without phases', () => {
    const plan = { name: 'deploy', strategy: 'Serial' as const, status: 'Complete' as const, phases: [] };
    assert.equal(planTree(plan), 'deploy (Serial strategy) (Complete)');
  });
});
