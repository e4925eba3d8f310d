import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FinishedPlan, PlanStatus, StepStatus } from '../../crds/status.ts';
import { nextHistory, standing } from './history.ts';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-01-01T00:05:00.400Z';

interface Parts {
  name?: string;
  revision?: string;
  status?: PlanStatus['status'];
  startedAt?: string | undefined;
  steps?: StepStatus[];
}

function planOf(parts: Parts = {}): PlanStatus {
  const { name = 'deploy', revision = 'r1', status = 'InProgress', steps = [] } = parts;
  const startedAt = 'startedAt' in parts ? parts.startedAt : before;
  const phases = [{ name: 'restart', strategy: 'Serial' as const, status, steps }];
  const plan: PlanStatus = { name, revision, status, strategy: 'Serial', phases };
  return startedAt === undefined ? plan : { ...plan, startedAt };
}

function listeners(status: StepStatus['status']): PlanStatus {
  const steps: StepStatus[] = [
    { name: 'clients:[move]', status: 'Complete' },
    { name: 'listener:[close]', status },
  ];
  return planOf({ name: 'listeners', status: 'Waiting', steps });
}

const ended: FinishedPlan = {
  name: 'deploy',
  revision: 'r0',
  outcome: 'Complete',
  startedAt: '2025-12-31T00:00:00.000Z',
  finishedAt: '2025-12-31T00:01:00.000Z',
  seconds: 60,
  steps: 3,
};

const waits: StepStatus = { name: 'a:[restart]', status: 'Waiting', message: 'waits for b' };

describe('the history of plans', () => {
  it('says what a finished plan was, how long it took and how many steps it had', () => {
    const steps: StepStatus[] = [waits, { name: 'b:[restart]', status: 'Pending' }];
    assert.deepEqual(nextHistory([planOf({ steps })], [planOf({ status: 'Complete', steps })], [ended], now), [
      {
        name: 'deploy',
        revision: 'r1',
        outcome: 'Complete',
        startedAt: before,
        finishedAt: now,
        seconds: 300,
        steps: 2,
      },
      ended,
    ]);
  });

  const open = planOf({ steps: [waits] });
  const operation = planOf({ name: 'again', steps: [waits] });
  const table: [string, PlanStatus[], PlanStatus[], string[]][] = [
    ['grows by a plan that has become complete', [open], [planOf({ status: 'Complete' })], ['deploy Complete']],
    ['stays while a plan moves', [open], [planOf({ status: 'Error' })], []],
    ['stays while a plan is complete', [planOf({ status: 'Complete' })], [planOf({ status: 'Complete' })], []],
    ['stays when a plan begins', [], [open], []],
    ['stays when a complete plan begins anew', [planOf({ status: 'Complete' })], [open], []],
    [
      'knows what took the place of a plan',
      [open],
      [planOf({ revision: 'r2', status: 'Pending' })],
      ['deploy Superseded: by revision r2: a:[restart] was Waiting: waits for b'],
    ],
    [
      'knows that, too, when the next one has nothing to do',
      [open],
      [planOf({ revision: 'r2', status: 'Complete', startedAt: undefined })],
      ['deploy Superseded: by revision r2: a:[restart] was Waiting: waits for b'],
    ],
    [
      'knows nothing of a complete plan whose place is taken',
      [planOf({ status: 'Complete' })],
      [planOf({ revision: 'r2' })],
      [],
    ],
    ['takes a recovery that is gone for complete', [planOf({ name: 'recovery' })], [], ['recovery Complete']],
    [
      'takes certificates that are gone for complete',
      [planOf({ name: 'certificates' })],
      [],
      ['certificates Complete'],
    ],
    ['takes an operation that is gone for cancelled', [operation], [], ['again Cancelled']],
    [
      'takes listeners that are gone for complete once they closed',
      [listeners('Starting')],
      [],
      ['listeners Complete'],
    ],
    ['takes listeners that are gone before that for cancelled', [listeners('Pending')], [], ['listeners Cancelled']],
    ['takes no notice of a complete operation that is gone', [planOf({ name: 'again', status: 'Complete' })], [], []],
    ['takes no notice of a plan that never had anything to do', [planOf({ startedAt: undefined })], [], []],
    [
      'grows by several at once',
      [open, operation],
      [planOf({ status: 'Complete' })],
      ['deploy Complete', 'again Cancelled'],
    ],
  ];
  for (const [name, from, to, expected] of table) {
    it(name, () => {
      const found = nextHistory(from, to, [], now);
      const shown = found.map(({ name: of, outcome, message }) =>
        message === undefined ? `${of} ${outcome}` : `${of} ${outcome}: ${message}`,
      );
      assert.deepEqual(shown, expected);
    });
  }

  it('keeps the ten newest', () => {
    const old = Array.from({ length: 10 }, (_, index) => ({ ...ended, revision: `old-${index}` }));
    const history = nextHistory([open], [planOf({ status: 'Complete' })], old, now);
    assert.deepEqual(
      history.map(({ revision }) => revision),
      ['r1', ...old.slice(0, 9).map(({ revision }) => revision)],
    );
  });

  it('never takes less than no time, whatever the clocks say', () => {
    const ahead = planOf({ startedAt: '2026-01-01T01:00:00.000Z' });
    assert.equal(nextHistory([ahead], [planOf({ status: 'Complete' })], [], now)[0]?.seconds, 0);
  });
});

describe('where a plan stands', () => {
  const step = (name: string, status: StepStatus['status'], message?: string): StepStatus =>
    message === undefined ? { name, status } : { name, status, message };
  const table: [string, StepStatus[], string][] = [
    ['is what has failed', [step('a', 'InProgress'), step('b', 'Error', 'is broken')], 'b was Error: is broken'],
    ['is the first step that is open', [step('a', 'Complete'), step('b', 'Pending')], 'b was Pending'],
    ['is the plan itself when no step is open', [step('a', 'Complete')], 'InProgress'],
    [
      'is said in one line that is not too long',
      [step('a', 'Waiting', 'x'.repeat(900))],
      `a was Waiting: ${'x'.repeat(285)}`,
    ],
  ];
  for (const [name, steps, expected] of table) it(name, () => assert.equal(standing(planOf({ steps })), expected));
});

describe('the history, whatever happens to plans,', () => {
  const statusOf = fc.constantFrom<PlanStatus['status']>('Pending', 'Waiting', 'InProgress', 'Error', 'Complete');
  /** What becomes of one plan, turn by turn; undefined while it is not there. */
  const livesOf = fc.array(fc.option(fc.tuple(fc.nat(2), statusOf), { nil: undefined }), { maxLength: 12 });
  const at = (turn: number): string => new Date(Date.parse(before) + turn * 60_000).toISOString();

  it('shows each of them once when it has ended, and not before', () =>
    fc.assert(
      fc.property(livesOf, (lives) => {
        const seen: FinishedPlan[] = [];
        const expected: string[] = [];
        let last: PlanStatus | undefined;
        for (const [turn, life] of lives.entries()) {
          const next = life === undefined ? undefined : grown(last, `r${life[0]}`, life[1], at(turn));
          const known = last === undefined ? [] : [last];
          seen.push(...nextHistory(known, next === undefined ? [] : [next], [], at(turn)));
          const ends = next === undefined || next.status === 'Complete' || next.revision !== last?.revision;
          if (last !== undefined && last.status !== 'Complete' && ends)
            expected.push(`${last.revision} ${last.startedAt}`);
          last = next;
        }
        assert.deepEqual(
          seen.map(({ revision, startedAt }) => `${revision} ${startedAt}`),
          expected,
        );
      }),
    ));

  /** As status shows it: a plan begins when it first has something to do. */
  function grown(last: PlanStatus | undefined, revision: string, status: PlanStatus['status'], time: string) {
    const same = last?.revision === revision && (last.status !== 'Complete' || status === 'Complete');
    const startedAt = same ? last.startedAt : status === 'Complete' ? undefined : time;
    return planOf({ revision, status, startedAt });
  }
});
