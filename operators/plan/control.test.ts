import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Control } from '../../crds/common.ts';
import { held, stepId, underControl } from './control.ts';
import { arrangePlan, dueActions, type PlanDraft, type Progress, type StepDraft, type Strategy } from './plan.ts';

const due = (action: string): Progress<string> => ({ kind: 'Due', action, message: `does ${action}` });
const begun = (action: string): Progress<string> => ({ kind: 'Due', action, message: 'goes on', midway: true });
const complete: Progress<string> = { kind: 'Complete' };
const running: Progress<string> = { kind: 'InProgress', message: 'runs' };
const waiting: Progress<string> = { kind: 'Waiting', message: 'waits' };
const failed: Progress<string> = { kind: 'Error', message: 'fails' };

function draft(steps: Record<string, Progress<string>[]>, name = 'deploy', strategy: Strategy = 'Parallel') {
  const phases = Object.entries(steps).map(([phase, progress]) => ({
    name: phase,
    strategy,
    steps: progress.map(
      (one, index): StepDraft<string> => ({
        name: `s${index}`,
        reason: 'SpecChanged',
        progress: one,
      }),
    ),
  }));
  return { name, revision: 'r1', strategy, phases } satisfies PlanDraft<string>;
}

/** What each step may do. */
function shown(plan: PlanDraft<string>): string[] {
  return plan.phases.flatMap(({ steps }) =>
    steps.map(({ progress }) => {
      if (progress.kind === 'Due') return progress.action;
      return 'message' in progress ? `${progress.kind}: ${progress.message}` : progress.kind;
    }),
  );
}

const heldBy = (entry: string): string => `Waiting: paused by spec.control.paused: ${entry}`;

describe('control of a plan', () => {
  const two = draft({ volumes: [due('grow')], restart: [due('a'), due('b')] });
  const table: [string, PlanDraft<string>, Control, string[]][] = [
    ['leaves a plan alone that nobody names', two, { paused: ['recovery'] }, ['grow', 'a', 'b']],
    ['leaves everything alone when it says nothing', two, {}, ['grow', 'a', 'b']],
    [
      'holds back every step of a paused plan',
      two,
      { paused: ['deploy'] },
      [heldBy('deploy'), heldBy('deploy'), heldBy('deploy')],
    ],
    [
      'holds back the steps of a paused phase',
      two,
      { paused: ['deploy/restart'] },
      ['grow', heldBy('deploy/restart'), heldBy('deploy/restart')],
    ],
    ['knows no phase by a part of its name', two, { paused: ['deploy/rest'] }, ['grow', 'a', 'b']],
    [
      'lets a step run that is allowed',
      two,
      { paused: ['deploy'], allowed: ['deploy/restart/s1@r1'] },
      [heldBy('deploy'), heldBy('deploy'), 'b'],
    ],
    [
      'allows nothing of another revision',
      two,
      { paused: ['deploy'], allowed: ['deploy/restart/s1@r0'] },
      [heldBy('deploy'), heldBy('deploy'), heldBy('deploy')],
    ],
    [
      'takes a step for complete that is said to be',
      draft({ restart: [failed, due('b')] }),
      { completed: ['deploy/restart/s0@r1'] },
      ['Complete', 'b'],
    ],
    [
      'takes a step for complete in a paused plan, too',
      draft({ restart: [due('a')] }),
      { paused: ['deploy'], completed: ['deploy/restart/s0@r1'] },
      ['Complete'],
    ],
    [
      'takes nothing for complete of another revision',
      draft({ restart: [failed] }),
      { completed: ['deploy/restart/s0@r2'] },
      ['Error: fails'],
    ],
    [
      'finishes what is midway',
      draft({ restart: [begun('a'), due('b')] }),
      { paused: ['deploy'] },
      ['a', heldBy('deploy')],
    ],
    [
      'changes nothing of what is under way, waits, failed or is done',
      draft({ restart: [running, waiting, failed, complete] }),
      { paused: ['deploy'] },
      ['InProgress: runs', 'Waiting: waits', 'Error: fails', 'Complete'],
    ],
  ];
  for (const [name, plan, control, expected] of table) {
    it(name, () => assert.deepEqual(shown(underControl(plan, control)), expected));
  }

  it('names a step as people write it', () =>
    assert.equal(
      stepId({ name: 'deploy', revision: 'r1' }, 'restart', 'a:[restart]'),
      'deploy/restart/a:[restart]@r1',
    ));

  it('changes nothing of a plan but its progress', () => {
    const plan = (progress: Progress<string>): PlanDraft<string> => ({
      name: 'deploy',
      revision: 'r1',
      strategy: 'Serial',
      phases: [
        {
          name: 'restart',
          strategy: 'Serial',
          steps: [{ name: 's', reason: 'SpecChanged', progress, member: 'm', disruptive: true }],
        },
      ],
    });
    const message = 'paused by spec.control.paused: deploy';
    assert.deepEqual(underControl(plan(due('a')), { paused: ['deploy'] }), plan({ kind: 'Waiting', message }));
  });
});

describe('a hold', () => {
  const table: [string, Progress<string>, Progress<string>][] = [
    ['keeps a step from its beginning', due('a'), { kind: 'Waiting', message: 'w' }],
    ['lets a step end', begun('a'), begun('a')],
    ['is nothing to a step that runs', running, running],
    ['is nothing to a step that failed', failed, failed],
    ['is nothing to a step that is done', complete, complete],
  ];
  for (const [name, given, expected] of table) it(name, () => assert.deepEqual(held(given, 'w'), expected));
});

const progressOf = fc.oneof(
  fc.constantFrom(complete, running, waiting, failed),
  fc.constantFrom('a', 'b', 'c').map(due),
  fc.constantFrom('d', 'e').map(begun),
);
const draftOf = fc
  .tuple(
    fc.dictionary(fc.constantFrom('volumes', 'start', 'restart'), fc.array(progressOf, { maxLength: 4 })),
    fc.constantFrom('deploy', 'recovery'),
    fc.constantFrom<Strategy>('Serial', 'Parallel'),
  )
  .map(([steps, name, strategy]) => draft(steps, name, strategy));
const idOf = fc
  .tuple(fc.constantFrom('deploy', 'recovery'), fc.constantFrom('volumes', 'restart'), fc.nat(3), fc.nat(1))
  .map(([plan, phase, step, revision]) => `${plan}/${phase}/s${step}@r${revision}`);
const pausedOf = fc.uniqueArray(fc.constantFrom('deploy', 'recovery', 'deploy/restart', 'recovery/start'));
const controlOf: fc.Arbitrary<Control> = fc.record(
  { paused: pausedOf, allowed: fc.uniqueArray(idOf), completed: fc.uniqueArray(idOf) },
  { requiredKeys: [] },
);

describe('control, whatever it says,', () => {
  const steps = (plan: PlanDraft<string>): StepDraft<string>[] => plan.phases.flatMap((phase) => phase.steps);

  it('never makes an action appear that was not due', () =>
    fc.assert(
      fc.property(draftOf, controlOf, (plan, control) => {
        const before = steps(plan);
        for (const [index, { progress }] of steps(underControl(plan, control)).entries()) {
          if (progress.kind === 'Due') assert.deepEqual(progress, before[index]?.progress);
        }
        const given = new Set(before.flatMap(({ progress }) => (progress.kind === 'Due' ? [progress.action] : [])));
        for (const action of dueActions(arrangePlan(underControl(plan, control)))) assert.ok(given.has(action));
      }),
    ));

  it('lets a paused plan begin nothing and finish what is midway', () =>
    fc.assert(
      fc.property(draftOf, controlOf, (plan, { allowed: _, ...control }) => {
        const paused = underControl(plan, { ...control, paused: [plan.name] });
        for (const [index, { name, progress }] of steps(paused).entries()) {
          const before = steps(plan)[index]?.progress;
          const midway = before?.kind === 'Due' && before.midway === true;
          const done = plan.phases.some((phase) => control.completed?.includes(stepId(plan, phase.name, name)));
          if (progress.kind === 'Due') assert.ok(midway, `${name} begins`);
          if (midway && !done) assert.deepEqual(progress, before);
        }
      }),
    ));

  it('says the same again of what it has said', () =>
    fc.assert(
      fc.property(draftOf, controlOf, (plan, control) => {
        const once = underControl(plan, control);
        assert.deepEqual(underControl(once, control), once);
      }),
    ));
});
