import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Budget, withinBudget } from './budget.ts';
import {
  arrangePlan,
  dueActions,
  type Plan,
  type PlanDraft,
  type Progress,
  type Step,
  type StepDraft,
  type Strategy,
  stepsOf,
} from './plan.ts';

const complete: Progress<string> = { kind: 'Complete' };
const running: Progress<string> = { kind: 'InProgress', message: 'runs' };
const failed: Progress<string> = { kind: 'Error', message: 'fails' };
const due = (action: string): Progress<string> => ({ kind: 'Due', action, message: 'starts' });
const midway: Progress<string> = { kind: 'Due', action: 'M', message: 'goes on', midway: true };

/** `down` where the step takes its member down. */
function step(member: string, progress: Progress<string>, kind: 'down' | 'quiet' = 'down'): StepDraft<string> {
  const about = { name: `${member}:[restart]`, reason: 'SpecChanged' as const, progress, member };
  return kind === 'down' ? { ...about, disruptive: true } : about;
}

function plan(name: string, steps: StepDraft<string>[], strategy: Strategy = 'Parallel'): Plan<string> {
  return arrangePlan({ name, revision: 'r1', strategy, phases: [{ name: 'restart', strategy, steps }] });
}

function budget(...down: string[]): Budget {
  return { down: new Set(down), rackOf: () => undefined, perRack: 1 };
}

const actions = (plans: readonly Plan<string>[]): string[] => plans.flatMap(dueActions);

function message(plans: readonly Plan<string>[], member: string): string | undefined {
  return plans.flatMap(stepsOf).find((one) => one.member === member && one.status === 'Waiting')?.message;
}

describe('the budget', () => {
  const table: [string, Plan<string>[], Budget, string[]][] = [
    ['lets one member be taken down', [plan('deploy', [step('a', due('A'))])], budget(), ['A']],
    [
      'lets the first of several be taken down',
      [plan('deploy', [step('a', due('A')), step('b', due('B'))])],
      budget(),
      ['A'],
    ],
    [
      'gives way to the plan that comes first',
      [plan('recovery', [step('b', due('B'))]), plan('deploy', [step('a', due('A'))])],
      budget(),
      ['B'],
    ],
    ['takes nobody down while another one is', [plan('deploy', [step('a', due('A'))])], budget('b'), []],
    ['takes nobody down while a plan has another one down', twoPlans(running), budget(), []],
    ['takes nobody down while a plan has failed with another one', twoPlans(failed), budget(), []],
    ['goes on once that one is done', twoPlans(complete), budget(), ['B']],
    [
      'goes on beside what takes nobody down',
      [plan('recovery', [step('a', running, 'quiet')]), plan('deploy', [step('b', due('B'))])],
      budget(),
      ['B'],
    ],
    ['lets a member be replaced that is down itself', [plan('deploy', [step('a', due('A'))])], budget('a'), ['A']],
    [
      'lets a member be replaced that is down itself, although another one is down, too',
      [plan('deploy', [step('a', due('A'))])],
      budget('a', 'b'),
      ['A'],
    ],
    [
      'takes nobody down while a plan has yet to end what it has begun with another one',
      [plan('deploy', [step('b', due('B'))]), plan('op', [step('a', midway)])],
      budget(),
      ['M'],
    ],
    [
      'goes on with what it has begun, whoever is down by now',
      [plan('deploy', [step('a', midway)])],
      budget('b'),
      ['M'],
    ],
    [
      'lets the steps of one plan touch one member',
      [plan('deploy', [step('a', due('A'), 'quiet'), step('a', due('A2'), 'quiet')])],
      budget(),
      ['A', 'A2'],
    ],
    [
      'lets two plans not touch one member',
      [plan('deploy', [step('a', due('A'), 'quiet')]), plan('op', [step('a', due('A2'), 'quiet')])],
      budget(),
      ['A'],
    ],
    [
      'keeps a plan from a member that another one has in its hands',
      [plan('deploy', [step('a', due('A'), 'quiet')]), plan('op', [step('a', running, 'quiet')])],
      budget(),
      [],
    ],
    [
      'keeps a plan from a member that another one has in its hands, too',
      [
        plan('op', [step('a', running, 'quiet')]),
        plan('deploy', [step('a', running, 'quiet'), step('a', due('A'), 'quiet')]),
      ],
      budget(),
      [],
    ],
    [
      'lets a plan act on what it has in its hands itself',
      [plan('deploy', [step('a', running, 'quiet'), step('a', due('A'), 'quiet')])],
      budget(),
      ['A'],
    ],
    [
      'does not count what touches no member',
      [arrangePlan(draftOf('deploy', [{ name: 'topic', reason: 'SpecChanged', progress: due('T') }]))],
      budget('a', 'b'),
      ['T'],
    ],
  ];
  for (const [name, plans, limits, expected] of table) {
    it(name, () => assert.deepEqual(actions(withinBudget(plans, limits)), expected));
  }

  describe('lets members of one rack be down together', () => {
    const racks: Record<string, string> = { a: 'r1', b: 'r1', c: 'r1', x: 'r2' };
    const all = ['a', 'b', 'c', 'x', 'y'].map((member) => step(member, due(member.toUpperCase())));
    const plans = [plan('deploy', all)];
    const table: [string, string[], number, string[]][] = [
      ['as many as may be', [], 2, ['A', 'B']],
      ['with those that are down already', ['c'], 2, ['A', 'C']],
      ['and nobody of another rack with them', ['a'], 3, ['A', 'B', 'C']],
      ['but not while one of another rack is down', ['x'], 3, ['X']],
      ['but not those whose rack is not known', ['y'], 3, ['Y']],
      ['not if only one may be down', ['a'], 1, ['A']],
    ];
    for (const [what, down, perRack, expected] of table) {
      it(what, () => {
        const limits: Budget = { down: new Set(down), rackOf: (member) => racks[member], perRack };
        assert.deepEqual(actions(withinBudget(plans, limits)), expected);
      });
    }
  });

  describe('says why a step waits', () => {
    const one = [plan('deploy', [step('a', due('A'))])];
    const down = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);
    const says: [string, Plan<string>[], Budget, string][] = [
      ['for one member', one, budget('b'), 'waits until b is back'],
      ['for two', one, budget('b', 'c'), 'waits until b, c are back'],
      ['for many', one, budget(...down(7)), 'waits until m0, m1, m2, m3, m4 and 2 more are back'],
      [
        'for another plan',
        [...one, plan('op', [step('a', running, 'quiet')])],
        budget(),
        'waits for plan op, which has this member in its hands',
      ],
    ];
    for (const [name, plans, limits, expected] of says) {
      it(name, () => assert.equal(message(withinBudget(plans, limits), 'a'), expected));
    }
  });

  it('shows in the plan that its step waits', () => {
    const [deploy] = withinBudget([plan('deploy', [step('a', due('A'))])], budget('b'));
    assert.deepEqual([deploy?.status, deploy?.phases[0]?.status], ['Waiting', 'Waiting']);
  });
});

function twoPlans(first: Progress<string>): Plan<string>[] {
  return [plan('recovery', [step('a', first)]), plan('deploy', [step('b', due('B'))])];
}

function draftOf(name: string, steps: StepDraft<string>[], strategy: Strategy = 'Parallel'): PlanDraft<string> {
  return { name, revision: 'r1', strategy, phases: [{ name: 'restart', strategy, steps }] };
}

const members = ['a', 'b', 'c', 'd'];
const memberOf = fc.constantFrom(...members);

/** Actions are unique, so that each can be traced to its step. */
const plansOf: fc.Arbitrary<Plan<string>[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom<Strategy>('Serial', 'Parallel'),
      fc.array(
        fc.tuple(memberOf, fc.constantFrom(complete, running, failed, due('')), fc.constantFrom('down', 'quiet')),
        { maxLength: 6 },
      ),
    ),
    { maxLength: 4 },
  )
  .map((drafts) =>
    drafts.map(([strategy, steps], index) => {
      const drawn = steps.map(([member, progress, kind], at) =>
        step(member, progress.kind === 'Due' ? due(`${index}.${at}`) : progress, kind),
      );
      return plan(`plan-${index}`, drawn, strategy);
    }),
  );

interface Owned {
  plan: string;
  step: Step<string>;
}

const owned = (plans: readonly Plan<string>[]): Owned[] =>
  plans.flatMap((one) => stepsOf(one).map((found) => ({ plan: one.name, step: found })));
const acting = (plans: readonly Plan<string>[]): Owned[] => owned(plans).filter((one) => one.step.action !== undefined);
const disrupting = (plans: readonly Plan<string>[]): Owned[] => acting(plans).filter((one) => one.step.disruptive);

const hasBegun = ({ status, disruptive }: Step<string>): boolean =>
  status === 'InProgress' || (status === 'Error' && disruptive === true);

/** Members that a plan has taken down. */
function disrupted(plans: readonly Plan<string>[]): string[] {
  const begun = plans.flatMap(stepsOf).filter((found) => found.disruptive && hasBegun(found));
  return begun.flatMap(({ member }) => (member === undefined ? [] : [member]));
}

describe('within the budget, whatever the plans are,', () => {
  it('at most one member that serves is taken down, and none while another one is down', () =>
    fc.assert(
      fc.property(plansOf, fc.uniqueArray(memberOf), (plans, down) => {
        const within = withinBudget(plans, budget(...down));
        const victims = [...new Set(disrupting(within).map((one) => one.step.member ?? ''))];
        const serving = victims.filter((member) => !down.includes(member));
        assert.ok(serving.length <= 1, `${serving} at once`);
        for (const member of serving) {
          const others = [...down, ...disrupted(plans), ...victims].filter((other) => other !== member);
          assert.deepEqual(others, [], `${member} is taken down`);
        }
      }),
    ));

  it('no two plans act on one member, and none on what another one has begun', () =>
    fc.assert(
      fc.property(plansOf, (plans) => {
        const within = withinBudget(plans, { down: new Set(), rackOf: () => 'r', perRack: 100 });
        for (const { plan: name, step: found } of acting(within)) {
          const all = owned(within).filter((one) => one.step.member === found.member);
          const begun = new Set(all.filter((one) => hasBegun(one.step)).map((one) => one.plan));
          const others = acting(within).filter((one) => one.step.member === found.member && one.plan !== name);
          assert.deepEqual(others, []);
          assert.ok(begun.size === 0 || begun.has(name), `${name} acts on ${found.member} of ${[...begun]}`);
        }
      }),
    ));

  it('what comes first is let through if nobody is down and nothing runs', () =>
    fc.assert(
      fc.property(plansOf, (plans) => {
        const idle = plans.filter((one) =>
          stepsOf(one).every((found) => !['InProgress', 'Error'].includes(found.status)),
        );
        assert.equal(actions(withinBudget(idle, budget()))[0], actions(idle)[0]);
      }),
    ));

  it('no action appears that was not there, and what is not held back stays as it was', () =>
    fc.assert(
      fc.property(plansOf, fc.uniqueArray(memberOf), (plans, down) => {
        const within = owned(withinBudget(plans, budget(...down)));
        for (const [index, before] of owned(plans).entries()) {
          const after = within[index];
          const held = before.step.action !== undefined && after?.step.status === 'Waiting';
          if (held) assert.equal(after.step.action, undefined);
          else assert.deepEqual(after, before);
        }
      }),
    ));

  it('members of a rack that may be down as a whole are held back by nothing but another plan', () =>
    fc.assert(
      fc.property(plansOf, fc.uniqueArray(memberOf), (plans, down) => {
        const within = withinBudget(plans, { down: new Set(down), rackOf: () => 'r', perRack: 100 });
        for (const { step: found } of owned(within)) assert.doesNotMatch(found.message, /back$/);
      }),
    ));
});

/** One thing that happens: a plan acts, a step ends, a member breaks or heals; the number chooses which. */
interface Turn {
  kind: 'act' | 'end' | 'break' | 'heal';
  choice: number;
}

const turnOf: fc.Arbitrary<Turn> = fc.record({
  kind: fc.constantFrom('act', 'act', 'end', 'break', 'heal'),
  choice: fc.nat(100),
});

const chosen = <T>(items: readonly T[], choice: number): T | undefined => items[choice % Math.max(1, items.length)];

/** Some plans that want to restart the same members, and who is down, by whom. */
class Rolls {
  readonly drafts: PlanDraft<string>[];
  readonly broken = new Set<string>();
  /** Members that served until a step took them down. */
  readonly taken = new Set<string>();

  constructor(wishes: string[][]) {
    this.drafts = wishes.map((wanted, index) => {
      const steps = wanted.map((member) => step(member, due(`${index}/${member}`)));
      return draftOf(`plan-${index}`, steps, index % 2 === 0 ? 'Serial' : 'Parallel');
    });
  }

  get steps(): StepDraft<string>[] {
    return this.drafts.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps));
  }

  get #admitted(): Step<string>[] {
    const budgeted = withinBudget(this.drafts.map(arrangePlan), budget(...this.broken, ...this.taken));
    return budgeted.flatMap(stepsOf).filter(({ action }) => action !== undefined);
  }

  play({ kind, choice }: Turn): void {
    const running = this.steps.filter(({ progress }) => progress.kind === 'InProgress');
    if (kind === 'act') this.#begin(chosen(this.#admitted, choice));
    else if (kind === 'end') this.#end(chosen(running, choice));
    else if (kind === 'break') this.broken.add(chosen(members, choice) ?? '');
    else this.broken.delete(chosen([...this.broken], choice) ?? '');
  }

  #begin(found: Step<string> | undefined): void {
    const wanted = this.steps.find(({ progress }) => progress.kind === 'Due' && progress.action === found?.action);
    if (wanted?.member === undefined) return;
    wanted.progress = running;
    if (!this.broken.has(wanted.member)) this.taken.add(wanted.member);
  }

  #end(found: StepDraft<string> | undefined): void {
    if (found?.member === undefined) return;
    found.progress = complete;
    this.taken.delete(found.member);
  }
}

describe('plans that act one after another within the budget', () => {
  const wishesOf = fc.array(fc.uniqueArray(memberOf, { minLength: 1 }), { minLength: 1, maxLength: 3 });

  it('never have two members down, in whatever order things happen', () =>
    fc.assert(
      fc.property(wishesOf, fc.array(turnOf, { maxLength: 40 }), (wishes, turns) => {
        const rolls = new Rolls(wishes);
        for (const one of turns) {
          rolls.play(one);
          assert.ok(rolls.taken.size <= 1, `${[...rolls.taken]} are down`);
        }
      }),
    ));

  it('all come to their end once nobody breaks any more', () =>
    fc.assert(
      fc.property(wishesOf, fc.array(turnOf, { maxLength: 40 }), (wishes, turns) => {
        const rolls = new Rolls(wishes);
        for (const one of turns) rolls.play(one);
        rolls.broken.clear();
        for (let round = 0; round < 2 * rolls.steps.length; round += 1) {
          rolls.play({ kind: 'end', choice: 0 });
          rolls.play({ kind: 'act', choice: 0 });
        }
        rolls.play({ kind: 'end', choice: 0 });
        assert.ok(rolls.steps.every(({ progress }) => progress.kind === 'Complete'));
      }),
    ));
});
