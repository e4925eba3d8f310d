import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  arrangePlan,
  currentStep,
  dueActions,
  type Phase,
  type PlanDraft,
  type Progress,
  type StepDraft,
  type Strategy,
} from './plan.ts';

const due = (action: string): Progress<string> => ({ kind: 'Due', action, message: `does ${action}` });
const complete: Progress<string> = { kind: 'Complete' };
const running: Progress<string> = { kind: 'InProgress', message: 'runs' };
const held: Progress<string> = { kind: 'Waiting', message: 'waits' };
const failed: Progress<string> = { kind: 'Error', message: 'fails' };

function draft(strategy: Strategy, ...phases: [Strategy, ...Progress<string>[]][]): PlanDraft<string> {
  return {
    name: 'deploy',
    revision: 'r1',
    strategy,
    phases: phases.map(([phaseStrategy, ...steps], phase) => ({
      name: `phase-${phase}`,
      strategy: phaseStrategy,
      steps: steps.map((progress, step) => ({ name: `${phase}.${step}`, reason: 'SpecChanged', progress })),
    })),
  };
}

/** `deploy InProgress | Starting: Complete Starting! | …`, where `!` marks an action. */
function shown(plan: ReturnType<typeof arrangePlan<string>>): string {
  const phase = ({ status, steps }: Phase<string>): string =>
    `${status}: ${steps.map((step) => `${step.status}${step.action === undefined ? '' : '!'}`).join(' ')}`;
  return `${plan.status} | ${plan.phases.map(phase).join(' | ')}`;
}

const strategyOf = fc.constantFrom<Strategy>('Serial', 'Parallel');
const progressOf = fc.oneof(
  fc.constantFrom(complete, running, held, failed),
  fc.string({ minLength: 1, maxLength: 3 }).map(due),
);
const anyDraft: fc.Arbitrary<PlanDraft<string>> = fc
  .tuple(strategyOf, fc.array(fc.tuple(strategyOf, fc.array(progressOf, { maxLength: 5 })), { maxLength: 5 }))
  .map(([strategy, phases]) =>
    draft(strategy, ...phases.map(([s, steps]): [Strategy, ...Progress<string>[]] => [s, ...steps])),
  );

const isOpen = ({ progress }: StepDraft<string>): boolean => progress.kind !== 'Complete';

describe('arrangePlan', () => {
  const table: [string, PlanDraft<string>, string][] = [
    [
      'starts one step of a serial phase',
      draft('Serial', ['Serial', due('a'), due('b')]),
      'Starting | Starting: Starting! Pending',
    ],
    [
      'starts all steps of a parallel phase',
      draft('Serial', ['Parallel', due('a'), due('b')]),
      'Starting | Starting: Starting! Starting!',
    ],
    [
      'opens a serial phase after the one before',
      draft('Serial', ['Serial', due('a')], ['Parallel', due('b'), complete]),
      'InProgress | Starting: Starting! | InProgress: Pending Complete',
    ],
    [
      'opens all phases of a parallel plan',
      draft('Parallel', ['Serial', due('a'), due('b')], ['Serial', due('c')]),
      'Starting | Starting: Starting! Pending | Starting: Starting!',
    ],
    [
      'passes over what is complete',
      draft('Serial', ['Serial', complete, complete], ['Serial', complete, due('a')]),
      'InProgress | Complete: Complete Complete | InProgress: Complete Starting!',
    ],
    [
      'passes over an empty phase',
      draft('Serial', ['Serial'], ['Serial', due('a')]),
      'InProgress | Complete:  | Starting: Starting!',
    ],
    [
      'stops at an error',
      draft('Serial', ['Serial', failed, due('a')], ['Serial', due('b')]),
      'Error | Error: Error Pending | Pending: Pending',
    ],
    [
      'goes on beside an error in a parallel phase',
      draft('Serial', ['Parallel', failed, due('a')]),
      'Error | Error: Error Starting!',
    ],
    ['stops behind what waits', draft('Serial', ['Serial', held, due('a')]), 'Waiting | Waiting: Waiting Pending'],
    [
      'shows no wait before its turn',
      draft('Serial', ['Serial', running, held]),
      'InProgress | InProgress: InProgress Pending',
    ],
    [
      'shows what runs and what failed out of turn',
      draft('Serial', ['Serial', due('a'), running, failed]),
      'Error | Error: Starting! InProgress Error',
    ],
    ['is complete when empty', draft('Serial'), 'Complete | '],
  ];
  for (const [name, given, expected] of table) it(name, () => assert.equal(shown(arrangePlan(given)), expected));

  it('says why a step moves or stands, and nothing before its turn', () => {
    const [phase] = arrangePlan(draft('Serial', ['Serial', complete, due('a'), due('b')])).phases;
    assert.deepEqual(phase?.steps, [
      { name: '0.0', reason: 'SpecChanged', status: 'Complete', message: '' },
      { name: '0.1', reason: 'SpecChanged', status: 'Starting', message: 'does a', action: 'a' },
      { name: '0.2', reason: 'SpecChanged', status: 'Pending', message: '' },
    ]);
  });

  it('lets a serial phase act at most once, and only in its first incomplete step', () =>
    fc.assert(
      fc.property(anyDraft, (given) => {
        for (const [index, phase] of arrangePlan(given).phases.entries()) {
          if (phase.strategy !== 'Serial') continue;
          const acting = phase.steps.filter((step) => step.action !== undefined).map((step) => step.name);
          const first = given.phases[index]?.steps.find(isOpen)?.name;
          assert.ok(acting.length === 0 || (acting.length === 1 && acting[0] === first), String(acting));
        }
      }),
    ));

  it('lets a serial plan act only in its first incomplete phase', () =>
    fc.assert(
      fc.property(anyDraft, (given) => {
        const acting = arrangePlan(given).phases.flatMap((phase, index) =>
          phase.steps.some((step) => step.action !== undefined) ? [index] : [],
        );
        const first = given.phases.findIndex((phase) => phase.steps.some(isOpen));
        if (given.strategy === 'Serial') assert.ok(acting.every((index) => index === first));
      }),
    ));

  it('never holds back the first thing due where nothing stands before it', () =>
    fc.assert(
      fc.property(anyDraft, (given) => {
        const first = given.phases.flatMap((phase) => phase.steps).find(isOpen);
        const actions = dueActions(arrangePlan(given));
        if (first?.progress.kind === 'Due') assert.equal(actions[0], first.progress.action);
      }),
    ));

  it('lets every due step of an all-parallel plan act, in order', () =>
    fc.assert(
      fc.property(fc.array(progressOf, { maxLength: 8 }), (steps) => {
        const actions = dueActions(arrangePlan(draft('Parallel', ['Parallel', ...steps])));
        assert.deepEqual(
          actions,
          steps.flatMap((step) => (step.kind === 'Due' ? [step.action] : [])),
        );
      }),
    ));
});

describe('currentStep', () => {
  it('is the failed one, else the first that is not complete', () => {
    const nameIn = (...phases: [Strategy, ...Progress<string>[]][]): string | undefined =>
      currentStep(arrangePlan(draft('Serial', ...phases)))?.name;
    assert.equal(nameIn(['Serial', complete, running], ['Serial', failed]), '1.0');
    assert.equal(nameIn(['Serial', complete, running], ['Serial', held]), '0.1');
    assert.equal(nameIn(['Serial', complete]), undefined);
  });
});
