import assert from 'node:assert/strict';
import type { PlanStatus, ProgressStatus, StepStatus } from '../../crds/status.ts';
import type { Progress } from '../plan/plan.ts';
import { hasBegun } from '../plan/record.ts';
import type { MemberView } from './members/members.ts';
import type { PodReport } from './members/pod-state.ts';
import type { WorkloadAction } from './members/steps.ts';
import {
  type DeployWish,
  deployMending,
  deployRestarts,
  type RestartWish,
  restartProgress,
  shownStep,
} from './restart.ts';
import { type Elect, elect, restartService, type TestService } from './testing/restarts.ts';
import { starting, viewOf } from './testing/services.ts';

const name = 'demo-kafka-0';
const crashing: PodReport = { state: 'Crashing', message: 'exit code 1' };
const absent: PodReport = { state: 'Absent', message: 'waits for its pod to be created' };

const restarts = (of: string): Progress<unknown> => ({
  kind: 'Due',
  action: { kind: 'RestartMember', pod: of, uid: `uid-${of}` },
  message: 'restarts',
});
const replaces: Progress<unknown> = {
  kind: 'Due',
  action: { kind: 'ReplacePod', pod: name, uid: `uid-${name}` },
  message: 'replaces a pod that serves nobody: exit code 1',
};
const complete: Progress<unknown> = { kind: 'Complete' };
const starts: Progress<unknown> = { kind: 'InProgress', message: 'starts' };
const unseen: Progress<unknown> = {
  kind: 'Waiting',
  message: 'waits for the StatefulSet controller to see the change',
};

interface Scene {
  view?: Partial<MemberView>;
  service?: Partial<TestService>;
  hold?: string;
}

function progress(wish: 'idle' | 'needed' | 'begun' | 'both', { view = {}, service = {}, hold }: Scene = {}) {
  const member = viewOf(name, { joined: true, ...view });
  const given: RestartWish = {
    needed: wish === 'needed' || wish === 'both',
    begun: wish === 'begun' || wish === 'both',
    hold,
  };
  return withoutWay(restartProgress(member, given, restartService([member], service)));
}

/** Taking the place of what serves nobody is a beginning as much as it is an end. */
function withoutWay(given: Progress<Elect | WorkloadAction>): Progress<Elect | WorkloadAction> {
  if (given.kind !== 'Due' || given.action.kind !== 'ReplacePod') return given;
  const { kind, action, message } = given;
  return { kind, action, message };
}

describe('the restart of a member that serves', () => {
  const behind: Scene = { service: { settled: () => ({ kind: 'InProgress', message: 'is not in sync' }) } };
  const leaderless: Scene = { service: { settled: () => elect(name) } };
  const risky: Scene = { service: { risk: () => 'b is not in sync' } };
  const table: [string, Parameters<typeof progress>, Progress<unknown>][] = [
    ['is nothing while nobody wants it', ['idle'], complete],
    ['is nothing while nobody wants it, whatever its peers miss', ['idle', behind], complete],
    ['is due when the service can bear it', ['needed'], restarts(name)],
    ['waits while the service cannot', ['needed', risky], { kind: 'Waiting', message: 'b is not in sync' }],
    ['waits for the StatefulSet controller', ['needed', { view: { templateSeen: false } }], unseen],
    ['waits for its window', ['needed', { hold: 'closed' }], { kind: 'Waiting', message: 'closed' }],
    [
      'says of a closed window nothing while the service cannot bear it anyway',
      ['needed', { ...risky, hold: 'closed' }],
      { kind: 'Waiting', message: 'b is not in sync' },
    ],
    ['is due once more when it was begun and came to nothing', ['both'], restarts(name)],
    [
      'is asked for once more when it was begun and came to nothing',
      ['both', risky],
      { kind: 'Waiting', message: 'b is not in sync' },
    ],
    ['is done once its peers miss nothing', ['begun'], complete],
    ['goes on until its peers miss nothing', ['begun', behind], { kind: 'InProgress', message: 'is not in sync' }],
    ['is ended by what the product does then', ['begun', leaderless], { ...elect(name), midway: true }],
    [
      'is ended also outside of its window',
      ['begun', { ...leaderless, hold: 'closed' }],
      { ...elect(name), midway: true },
    ],
  ];
  for (const [what, given, expected] of table) it(what, () => assert.deepEqual(progress(...given), expected));

  it('asks of the member that it is about', () => {
    const asked: string[] = [];
    const risk = (member: MemberView): undefined => void asked.push(member.name);
    progress('needed', { service: { risk } });
    assert.deepEqual(asked, [name]);
  });
});

describe('the restart of a member that is down', () => {
  const down: Scene = { view: { report: starting } };
  const told: Scene = { ...down, service: { starting: () => elect(name) } };
  const table: [string, Parameters<typeof progress>, Progress<unknown>][] = [
    ['is nothing while nobody wants it', ['idle', down], complete],
    ['is nothing while nobody wants it, broken or not', ['idle', { view: { report: crashing } }], complete],
    ['lasts until it is up', ['begun', down], starts],
    ['lasts until it has a pod again', ['begun', { view: { report: absent, pod: undefined } }], starts],
    ['lasts while it starts by itself', ['needed', down], starts],
    ['lasts while it starts, window or not', ['both', { ...down, hold: 'closed' }], starts],
    ['goes on by what the product does then', ['begun', told], { ...elect(name), midway: true }],
    ['takes the place of a broken pod at once', ['needed', { view: { report: crashing } }], replaces],
    ['takes the place of a broken pod that it made', ['both', { view: { report: crashing } }], replaces],
    [
      'takes the place of a broken pod, window or not',
      ['needed', { view: { report: crashing }, hold: 'closed' }],
      replaces,
    ],
    ['leaves a broken pod that is the wanted one to the product', ['begun', { view: { report: crashing } }], starts],
    [
      'takes the place of a broken pod only once it would come back with the present template',
      ['needed', { view: { report: crashing, templateSeen: false } }],
      unseen,
    ],
  ];
  for (const [what, given, expected] of table) it(what, () => assert.deepEqual(progress(...given), expected));

  it('asks nobody whether the service can bear it', () => {
    const risk = (): string => assert.fail('nobody loses anything');
    assert.deepEqual(progress('needed', { view: { report: crashing }, service: { risk } }), replaces);
  });
});

const [a, b, c] = ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'] as const;

interface Deploy {
  views?: Record<string, Partial<MemberView>>;
  shown?: PlanStatus;
  service?: Partial<TestService>;
  revision?: string;
  upgrade?: boolean;
  hold?: string;
  perRack?: number;
}

function deploy(scene: Deploy) {
  return deployRestarts(...inputs(scene));
}

function mending(scene: Deploy) {
  return deployMending(...inputs(scene));
}

function inputs({ views = {}, shown, service = {}, revision = 'r2', upgrade = false, hold, perRack = 1 }: Deploy) {
  const ordered = [a, b, c].map((of) => viewOf(of, { joined: true, ...views[of] }));
  const status = shown === undefined ? {} : { plans: [shown] };
  const wish: DeployWish = {
    status,
    revision,
    restartOnOperatorUpgrade: upgrade,
    maxUnavailablePerRack: perRack,
    hold,
  };
  return [restartService(ordered, service), wish] as const;
}

/** `member reason kind` of every step. */
function steps(scene: Deploy): string[] {
  const phases = deploy(scene);
  return phases.flatMap((phase) =>
    phase.steps.map(({ member, reason, progress: { kind } }) => `${member} ${reason} ${kind}`),
  );
}

function shownSteps(revision: string, statuses: Record<string, ProgressStatus>, reason = 'SpecChanged'): PlanStatus {
  const shown = Object.entries(statuses).map(
    ([of, status]): StepStatus => ({ name: `${of}:[restart]`, status, reason }),
  );
  const phases = [{ name: 'restart', strategy: 'Serial' as const, status: 'InProgress' as const, steps: shown }];
  return { name: 'deploy', revision, strategy: 'Parallel', status: 'InProgress', phases };
}

describe('the restarts of a rack', () => {
  const wanted = {
    [a]: { outdated: 'Spec' as const },
    [b]: { outdated: 'Spec' as const },
    [c]: { outdated: 'Spec' as const },
  };
  const proven = shownSteps('r2', { [a]: 'Complete', [b]: 'Pending', [c]: 'Pending' });
  const strategyOf = (scene: Deploy) => deploy(scene)[0]?.strategy;

  const table: [string, Deploy, string][] = [
    ['come one after another unless more are allowed', { views: wanted, shown: proven }, 'Serial'],
    ['begin with one alone', { views: wanted, perRack: 2 }, 'Serial'],
    ['come together once that one is back', { views: wanted, perRack: 2, shown: proven }, 'Parallel'],
    ['begin anew with each spec', { views: wanted, perRack: 2, shown: proven, revision: 'r3' }, 'Serial'],
  ];
  for (const [what, scene, expected] of table) it(what, () => assert.equal(strategyOf(scene), expected));

  it('are asked for together with those that are down, and with those that go before them', () => {
    const asked: string[] = [];
    const risk: TestService['risk'] = ({ name }, beside) => {
      asked.push(`${name} beside ${beside.map((other) => other.name).join()}`);
      return undefined;
    };
    const views = { ...wanted, [a]: { report: starting } };
    deploy({ views, perRack: 3, service: { risk } });
    assert.deepEqual(asked, [`${b} beside ${a}`, `${c} beside ${a},${b}`]);
    asked.length = 0;
    deploy({ views, service: { risk } });
    assert.deepEqual(asked, [`${b} beside `, `${c} beside `]);
  });
});

const outdated = { outdated: 'Spec' as const };
const older = { outdated: 'Operator' as const };

describe('the restarts of a deploy plan', () => {
  it('are no phase while there are none', () => assert.deepEqual(deploy({}), []));

  it('are steps that take their members down, one after another', () =>
    assert.deepEqual(deploy({ views: { [b]: outdated } }), [
      {
        name: 'restart',
        strategy: 'Serial',
        steps: [{ name: `${b}:[restart]`, reason: 'SpecChanged', progress: restarts(b), member: b, disruptive: true }],
      },
    ]));

  const table: [string, Deploy, string[]][] = [
    [
      'are in the order of the service',
      { views: { [a]: outdated, [b]: outdated, [c]: outdated } },
      [`${a} SpecChanged Due`, `${b} SpecChanged Due`, `${c} SpecChanged Due`],
    ],
    [
      'leave members alone that are to be mended',
      { views: { [a]: outdated, [c]: { ...outdated, report: crashing } } },
      [`${a} SpecChanged Due`],
    ],
    ['leave members alone that have never served', { views: { [a]: { ...outdated, joined: false } } }, []],
    ['leave members alone that are broken by themselves', { views: { [a]: { report: crashing } } }, []],
    ['leave members alone that only an operator would restart', { views: { [a]: older } }, []],
    [
      'are those of an operator when its user wishes so',
      { views: { [a]: older }, upgrade: true },
      [`${a} OperatorUpgraded Due`],
    ],
    [
      'wait until a new member has a node, lest it takes one of theirs',
      { views: { [a]: outdated, [b]: { joined: false, node: undefined, claims: [] } } },
      [`${a} SpecChanged Waiting`],
    ],
    [
      'wait for no new member that has its node or its volume',
      { views: { [a]: outdated, [b]: { joined: false, claims: [] }, [c]: { joined: false, node: undefined } } },
      [`${a} SpecChanged Due`],
    ],
    ['wait for a window', { views: { [a]: outdated }, hold: 'closed' }, [`${a} SpecChanged Waiting`]],
    [
      'stay shown when they are done',
      { views: { [b]: outdated }, shown: shownSteps('r2', { [a]: 'Complete', [b]: 'Pending' }) },
      [`${a} SpecChanged Complete`, `${b} SpecChanged Due`],
    ],
    [
      'stay shown when all are done',
      { shown: shownSteps('r2', { [a]: 'Complete', [b]: 'Complete' }) },
      [`${a} SpecChanged Complete`, `${b} SpecChanged Complete`],
    ],
    [
      'stay done whatever becomes of the member later',
      { views: { [a]: { report: crashing } }, shown: shownSteps('r2', { [a]: 'Complete' }) },
      [`${a} SpecChanged Complete`],
    ],
    ['vanish with their revision', { shown: shownSteps('r1', { [a]: 'Complete', [b]: 'Complete' }) }, []],
    [
      'vanish with their revision when they have not begun',
      { shown: shownSteps('r1', { [a]: 'Pending', [b]: 'Waiting' }) },
      [],
    ],
    [
      'are ended where an older revision has begun them',
      {
        views: { [a]: { report: starting } },
        shown: shownSteps('r1', { [a]: 'InProgress', [b]: 'Starting', [c]: 'Error' }),
        service: { settled: () => ({ kind: 'InProgress', message: 'is not in sync' }) },
      },
      [`${a} SpecChanged InProgress`, `${b} SpecChanged InProgress`, `${c} SpecChanged InProgress`],
    ],
    [
      'know why they began when they end',
      { shown: shownSteps('r2', { [a]: 'InProgress' }, 'OperatorUpgraded') },
      [`${a} OperatorUpgraded Complete`],
    ],
    [
      'know it better when there is a new reason',
      { views: { [a]: outdated }, shown: shownSteps('r2', { [a]: 'InProgress' }, 'OperatorUpgraded') },
      [`${a} SpecChanged Due`],
    ],
  ];
  for (const [what, scene, expected] of table) it(what, () => assert.deepEqual(steps(scene), expected));

  it('do not take the steps of another plan for their own', () => {
    const shown = { ...shownSteps('r2', { [a]: 'InProgress' }), name: 'recovery' };
    assert.deepEqual(deploy({ shown }), []);
  });
});

describe('what a deploy plan mends', () => {
  /** `step reason kind` of every step. */
  function mends(scene: Deploy): string[] {
    return mending(scene).flatMap((phase) =>
      phase.steps.map(({ name: of, reason, progress: { kind } }) => `${of} ${reason} ${kind}`),
    );
  }
  const broken = { ...outdated, report: crashing };
  const down = { ...outdated, report: starting };

  const table: [string, Deploy, string[]][] = [
    ['is nothing while members serve', { views: { [a]: outdated } }, []],
    ['is nothing that the present spec would not heal', { views: { [a]: { report: crashing } } }, []],
    ['is nothing that has never served', { views: { [a]: { ...broken, joined: false } } }, []],
    [
      'is every member that is down and would be another one',
      { views: { [a]: broken, [c]: broken } },
      [`${a}:[mend] SpecChanged InProgress`, `${c}:[mend] SpecChanged InProgress`],
    ],
    [
      'is also what only an operator would change, as nothing is lost',
      { views: { [a]: { ...broken, outdated: 'Operator' } } },
      [`${a}:[mend] OperatorUpgraded InProgress`],
    ],
    [
      'is no member that it has taken down itself: its restart goes on',
      { views: { [a]: down }, shown: shownSteps('r2', { [a]: 'Starting' }) },
      [],
    ],
  ];
  for (const [what, scene, expected] of table) it(what, () => assert.deepEqual(mends(scene), expected));

  it('is mended all at once, as one may need the other, and takes nothing down', () => {
    const [phase] = mending({ views: { [a]: broken } });
    assert.deepEqual([phase?.name, phase?.strategy], ['mend', 'Parallel']);
    assert.deepEqual(phase?.steps, [{ name: `${a}:[mend]`, reason: 'SpecChanged', progress: starts, member: a }]);
  });
});

describe('a step that status shows', () => {
  const begun: [ProgressStatus, boolean][] = [
    ['Pending', false],
    ['Starting', true],
    ['InProgress', true],
    ['Error', true],
    ['Complete', false],
  ];
  for (const [status, expected] of begun) {
    it(`has ${expected ? '' : 'not '}begun when it is ${status}`, () =>
      assert.equal(hasBegun({ name: 's', status }), expected));
  }

  it('has not begun when there is none', () => assert.equal(hasBegun(undefined), false));

  it('is found in its phase', () => {
    const plan = shownSteps('r1', { [a]: 'Pending' });
    assert.equal(shownStep(plan, 'restart', `${a}:[restart]`)?.status, 'Pending');
    assert.equal(shownStep(plan, 'start', `${a}:[restart]`), undefined);
    assert.equal(shownStep(plan, 'restart', `${b}:[restart]`), undefined);
    assert.equal(shownStep(undefined, 'restart', `${a}:[restart]`), undefined);
  });
});
