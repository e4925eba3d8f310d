import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PlanStatus } from '../../crds/status.ts';
import { arrangePlan, type Plan, type PlanDraft, type Progress } from './plan.ts';
import { describePlan, recordPlan, summarizePlans } from './record.ts';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-01-01T00:05:00.000Z';

function planOf(steps: [string, Progress<string>][], name: PlanDraft<string>['name'] = 'deploy'): Plan<string> {
  const drafts = steps.map(([step, progress]) => ({ name: step, reason: 'FirstSetup' as const, progress }));
  return arrangePlan({
    name,
    revision: 'r1',
    strategy: 'Serial',
    phases: [{ name: 'members', strategy: 'Parallel', steps: drafts }],
  });
}

function recorded(status: 'Complete' | 'InProgress', since: string | undefined, phase = 'members'): PlanStatus {
  const step = { name: 'a', status, ...(since === undefined ? {} : { since }) };
  const phases = [{ name: phase, strategy: 'Parallel' as const, status, steps: [step] }];
  return { name: 'deploy', strategy: 'Serial', status, phases };
}

describe('recordPlan', () => {
  it('writes plan, phases and steps, and no action', () => {
    const plan = planOf([
      ['a', { kind: 'Due', action: 'x', message: 'does x' }],
      ['b', { kind: 'Complete' }],
    ]);
    assert.deepEqual(recordPlan(plan, undefined, now), {
      name: 'deploy',
      revision: 'r1',
      strategy: 'Serial',
      status: 'InProgress',
      startedAt: now,
      phases: [
        {
          name: 'members',
          strategy: 'Parallel',
          status: 'InProgress',
          steps: [
            { name: 'a', status: 'Starting', reason: 'FirstSetup', message: 'does x', since: now },
            { name: 'b', status: 'Complete', reason: 'FirstSetup', since: now },
          ],
        },
      ],
    });
  });

  const table: [string, PlanStatus | undefined, string][] = [
    ['keeps the time while the status stays', recorded('InProgress', before), before],
    ['takes a new time when the status changes', recorded('Complete', before), now],
    ['takes a new time for a step of another phase', recorded('InProgress', before, 'other'), now],
    ['fills in a time that is missing', recorded('InProgress', undefined), now],
    ['takes the time for a new plan', undefined, now],
  ];
  for (const [name, previous, since] of table) {
    it(name, () => {
      const record = recordPlan(planOf([['a', { kind: 'InProgress', message: 'other words' }]]), previous, now);
      assert.equal(record.phases[0]?.steps[0]?.since, since);
    });
  }

  it('is the same again at another time while nothing moves', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('Complete', 'InProgress', 'Error'), { maxLength: 5 }), (kinds) => {
        const plan = planOf(kinds.map((kind, index) => [`s${index}`, { kind, message: 'm' } as Progress<string>]));
        const first = recordPlan(plan, undefined, before);
        assert.deepEqual(recordPlan(plan, first, now), first);
      }),
    ));

  it('writes which member a step touches', () => {
    const plan = arrangePlan<string>({
      name: 'deploy',
      revision: 'r1',
      strategy: 'Serial',
      phases: [
        {
          name: 'restart',
          strategy: 'Serial',
          steps: [
            {
              name: 'm:[restart]',
              reason: 'SpecChanged',
              progress: { kind: 'Complete' },
              member: 'm',
              disruptive: true,
            },
          ],
        },
      ],
    });
    assert.deepEqual(recordPlan(plan, undefined, now).phases[0]?.steps, [
      { name: 'm:[restart]', status: 'Complete', reason: 'SpecChanged', member: 'm', since: now },
    ]);
  });

  describe('says when a plan began', () => {
    const open: Progress<string> = { kind: 'InProgress', message: 'is slow' };
    const done: Progress<string> = { kind: 'Complete' };
    const earlier = (status: 'Complete' | 'InProgress', parts: Partial<PlanStatus> = {}): PlanStatus => ({
      ...recorded(status, before),
      revision: 'r1',
      startedAt: before,
      ...parts,
    });
    const { startedAt: _, ...idle } = earlier('Complete');
    const table: [string, Progress<string>, PlanStatus | undefined, string | undefined][] = [
      ['which is now, for one with something to do', open, undefined, now],
      ['which is never, for one without', done, undefined, undefined],
      ['which is never, while there is nothing to do', done, idle, undefined],
      ['which is now, for one that was complete from the first', open, idle, now],
      ['which stays while it moves', open, earlier('InProgress'), before],
      ['which stays when it ends', done, earlier('InProgress'), before],
      ['which stays after its end', done, earlier('Complete'), before],
      ['which is now, when it has something to do again', open, earlier('Complete'), now],
      ['which is now, for another revision', open, earlier('InProgress', { revision: 'r0' }), now],
      [
        'which is never, for another revision without anything to do',
        done,
        earlier('InProgress', { revision: 'r0' }),
        undefined,
      ],
      ['which is now, where none is written', open, recorded('InProgress', before), now],
    ];
    for (const [name, progress, previous, expected] of table) {
      it(name, () => assert.equal(recordPlan(planOf([['a', progress]]), previous, now).startedAt, expected));
    }
  });

  describe('says what a plan took the place of', () => {
    const open: Progress<string> = { kind: 'InProgress', message: 'is slow' };
    const failed = (parts: Partial<PlanStatus> = {}): PlanStatus => {
      const steps = [{ name: 'a', status: 'Error' as const, message: 'has no image' }];
      const phases = [{ name: 'members', strategy: 'Serial' as const, status: 'Error' as const, steps }];
      return { name: 'deploy', revision: 'r0', strategy: 'Serial', status: 'Error', phases, ...parts };
    };
    const message = 'takes the place of revision r0: a was Error: has no image';
    const table: [string, Progress<string>, PlanStatus | undefined, string | undefined][] = [
      ['and where that one stood', open, failed(), message],
      ['for as long as it has something to do', open, failed({ revision: 'r1', message }), message],
      ['and no longer', { kind: 'Complete' }, failed({ revision: 'r1', message }), undefined],
      ['but not when that one was complete', open, failed({ status: 'Complete' }), undefined],
      ['but not when there was none', open, undefined, undefined],
      ['but not of one without a revision', open, recorded('InProgress', before), undefined],
    ];
    for (const [name, progress, previous, expected] of table) {
      it(name, () => assert.equal(recordPlan(planOf([['a', progress]]), previous, now).message, expected));
    }
  });

  it('cuts a long message', () => {
    const record = recordPlan(planOf([['a', { kind: 'Error', message: 'x'.repeat(5000) }]]), undefined, now);
    assert.equal(record.phases[0]?.steps[0]?.message?.length, 400);
  });
});

describe('summarizePlans', () => {
  const complete = planOf([['a', { kind: 'Complete' }]]);
  const moving = planOf([
    ['a', { kind: 'Complete' }],
    ['b', { kind: 'InProgress', message: '' }],
  ]);
  const recovery = planOf([['c', { kind: 'Error', message: 'x' }]], 'recovery');
  const table: [Plan<string>[], string][] = [
    [[], ''],
    [[complete], 'deploy Complete 1/1'],
    [[moving], 'deploy InProgress 1/2'],
    [[complete, recovery], 'recovery Error 0/1'],
    [[moving, recovery], 'deploy InProgress 1/2'],
  ];
  for (const [plans, expected] of table) it(`says "${expected}"`, () => assert.equal(summarizePlans(plans), expected));
});

describe('describePlan', () => {
  it('says what the plan waits for', () => {
    assert.equal(describePlan(planOf([['a', { kind: 'Complete' }]])), 'plan deploy is complete');
    assert.equal(describePlan(planOf([['a', { kind: 'InProgress', message: 'is slow' }]])), 'a: is slow');
    assert.equal(describePlan(planOf([['a', { kind: 'InProgress', message: '' }]])), 'a: InProgress');
  });
});
