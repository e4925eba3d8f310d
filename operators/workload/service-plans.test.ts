import assert from 'node:assert/strict';
import type { Control, Updates } from '../../crds/common.ts';
import type { ServiceOperationStatus } from '../../crds/service-operation.ts';
import type { PlanStatus, ProgressStatus } from '../../crds/status.ts';
import { dueActions, type PlanDraft, type Progress, type StepDraft } from '../plan/plan.ts';
import { recordPlan } from '../plan/record.ts';
import type { CommonStatus } from './facts.ts';
import type { MemberView } from './members/members.ts';
import type { PodReport } from './members/pod-state.ts';
import { podProgress, type WorkloadAction } from './members/steps.ts';
import { type OperationObject, readOperations } from './operations/operations.ts';
import { servicePlans } from './service-plans.ts';
import { type Elect, elect, restartService, type TestService } from './testing/restarts.ts';
import { factsOf, operationOf, serviceModel, starting, viewOf } from './testing/services.ts';

const time = Date.parse('2026-01-01T12:00:00Z');
const at = new Date(time).toISOString();
const [a, b, c] = ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'] as const;
const names: string[] = [a, b, c];
const crashing: PodReport = { state: 'Crashing', message: 'exit code 1' };
const outdated: Partial<MemberView> = { outdated: 'Spec' };
const failing: Partial<MemberView> = { ...outdated, report: crashing };

interface Scene {
  views?: Record<string, Partial<MemberView>>;
  service?: Partial<TestService>;
  status?: CommonStatus;
  operations?: OperationObject[];
  control?: Control;
  windows?: Updates['windows'];
  /** Steps of the deploy plan that come before the restarts, and that go one after another with them. */
  first?: StepDraft<Elect>[];
}

type AnyAction = Elect | WorkloadAction;

/** What every product does about members that fail. */
function recovery(members: readonly MemberView[], service: TestService): PlanDraft<AnyAction>[] {
  const failed = members.filter(({ joined, report }) => joined && report.state !== 'Ready');
  if (failed.length === 0) return [];
  const steps = failed.map((member): StepDraft<AnyAction> => {
    const progress = service.starting(member);
    return { name: `${member.name}:[recover]`, reason: 'MemberFailed', progress, member: member.name };
  });
  const phases = [{ name: 'members', strategy: 'Parallel' as const, steps }];
  return [{ name: 'recovery', revision: 'recovery', strategy: 'Parallel', phases }];
}

function plansOf({ views = {}, service = {}, status = {}, operations = [], control = {}, windows, first }: Scene) {
  const members = names.map((name) => viewOf(name, { joined: true, ...views[name] }));
  const starting = (member: MemberView) =>
    podProgress(member, time) ?? { kind: 'InProgress' as const, message: 'starts' };
  const restarts = restartService(members, { starting, ...service });
  const strategy = first === undefined ? 'Parallel' : 'Serial';
  const phases = first === undefined ? [] : [{ name: 'members', strategy, steps: first } as const];
  const deploy: PlanDraft<AnyAction> = { name: 'deploy', revision: 'r1', strategy, phases };
  const product = { plan: () => [deploy, ...recovery(members, restarts)], restarts: () => restarts };
  const { updates } = serviceModel();
  const model = serviceModel({ control, updates: { ...updates, ...(windows === undefined ? {} : { windows }) } });
  const facts = factsOf(status, { operations, revision: 'r1' });
  const read = readOperations(facts, members, []).flatMap((one) => (one.kind === 'Operation' ? [one.operation] : []));
  return servicePlans(product, { model, snapshot: { members }, operations: read, facts, now: time });
}

/** `plan: step status`, and the action where there is one. */
function steps(scene: Scene): string[] {
  return plansOf(scene).flatMap((plan) =>
    plan.phases.flatMap((phase) =>
      phase.steps.map(({ name, status, action }) =>
        [`${plan.name}: ${name} ${status}`, ...(action === undefined ? [] : [action.kind])].join(' '),
      ),
    ),
  );
}

const actions = (scene: Scene): string[] =>
  plansOf(scene)
    .flatMap(dueActions)
    .map((action) => ('pod' in action ? `${action.kind} ${action.pod}` : action.kind));

function shownSteps(shown: Record<string, ProgressStatus>): CommonStatus {
  const phases: PlanStatus['phases'] = [
    {
      name: 'restart',
      strategy: 'Serial',
      status: 'InProgress',
      steps: Object.entries(shown).map(([name, status]) => ({
        name: `${name}:[restart]`,
        status,
        reason: 'SpecChanged',
      })),
    },
  ];
  return { plans: [{ name: 'deploy', revision: 'r1', strategy: 'Serial', status: 'InProgress', phases }] };
}

function begun(shown: ProgressStatus, of: string = a): ServiceOperationStatus {
  const phases: PlanStatus['phases'] = [
    { name: 'restart', strategy: 'Serial', status: shown, steps: [{ name: `${of}:[restart]`, status: shown }] },
  ];
  return {
    startedAt: at,
    targets: [{ name: of, pod: `uid-${of}`, claims: [] }],
    plan: { name: 'again', revision: 'uid-again', strategy: 'Serial', status: shown, phases },
  };
}
const again = (status: ServiceOperationStatus, of: string = a): OperationObject =>
  operationOf('again', { spec: { members: [of] }, status });

describe('the plans of a service', () => {
  const table: [string, Scene, string[]][] = [
    ['are nothing to do while all is well', {}, []],
    [
      'restart one member, and then the next',
      { views: { [a]: outdated, [b]: outdated } },
      [`deploy: ${a}:[restart] Starting RestartMember`, `deploy: ${b}:[restart] Pending`],
    ],
    [
      'mend a broken member before they restart another one',
      { views: { [a]: outdated, [c]: failing } },
      [`deploy: ${c}:[mend] Starting ReplacePod`, `deploy: ${a}:[restart] Waiting`],
    ],
    [
      'mend what is the business of nobody else, also when an operator is new',
      { views: { [c]: { ...failing, outdated: 'Operator' } } },
      [`deploy: ${c}:[mend] Starting ReplacePod`],
    ],
    [
      'restart nobody while another member is down',
      { views: { [a]: outdated, [c]: { report: crashing } } },
      [`deploy: ${a}:[restart] Waiting`, `recovery: ${c}:[recover] Error`],
    ],
    [
      'let the deployment go before an operation',
      { views: { [a]: outdated }, operations: [again(begun('Pending', b), b)] },
      [`deploy: ${a}:[restart] Starting RestartMember`, `again: ${b}:[restart] Waiting`],
    ],
    [
      'leave a member that restarts to the plan that has it down',
      { views: { [a]: { report: starting } }, status: shownSteps({ [a]: 'Starting' }) },
      [`deploy: ${a}:[restart] InProgress`],
    ],
    [
      'leave a member that restarts to the operation that has it down',
      { views: { [a]: { report: starting } }, operations: [again(begun('Starting'))] },
      [`again: ${a}:[restart] InProgress`],
    ],
    [
      'recover a member that no plan has down',
      { views: { [a]: { report: starting } }, status: shownSteps({ [a]: 'Complete' }) },
      [`deploy: ${a}:[restart] Complete`, `recovery: ${a}:[recover] InProgress`],
    ],
    [
      'begin nothing while they are paused',
      { views: { [a]: outdated }, control: { paused: ['deploy'] } },
      [`deploy: ${a}:[restart] Waiting`],
    ],
    [
      'begin nothing outside of a window',
      { views: { [a]: outdated }, windows: [{ schedule: '0 3 * * *', duration: '1h', timeZone: 'UTC' }] },
      [`deploy: ${a}:[restart] Waiting`],
    ],
    [
      'do outside of a window what was asked for',
      {
        operations: [again(begun('Pending'))],
        windows: [{ schedule: '0 3 * * *', duration: '1h', timeZone: 'UTC' }],
      },
      [`again: ${a}:[restart] Starting RestartMember`],
    ],
  ];
  for (const [what, scene, expected] of table) it(what, () => assert.deepEqual(steps(scene), expected));

  it('say when the window opens', () => {
    const windows = [{ schedule: '0 3 * * *', duration: '1h', timeZone: 'UTC' }];
    const message = plansOf({ views: { [a]: outdated }, windows })[0]?.phases[0]?.steps[0]?.message;
    assert.equal(
      message,
      'outside the maintenance windows (spec.updates.windows): the next one opens at 2026-01-02T03:00:00.000Z',
    );
  });
});

describe('a corrected spec goes on', () => {
  it('where one member is broken', () => assert.deepEqual(actions({ views: { [b]: failing } }), [`ReplacePod ${b}`]));

  it('where two members are broken', () => {
    assert.ok(actions({ views: { [a]: failing, [b]: failing } }).includes(`ReplacePod ${a}`));
  });

  it('where members are broken that are ready only together', () => {
    const views = { [a]: { report: starting }, [b]: failing, [c]: failing };
    assert.ok(actions({ views, status: shownSteps({ [a]: 'InProgress' }) }).includes(`ReplacePod ${b}`));
  });

  it('where a member that joins waits for the one that is broken', () => {
    const progress: Progress<Elect> = { kind: 'Waiting', message: `waits until ${b} is up` };
    const first: StepDraft<Elect>[] = [
      { name: 'demo-kafka-3:[start]', reason: 'ScaleOut', progress, member: 'demo-kafka-3' },
    ];
    assert.deepEqual(actions({ views: { [b]: failing }, first }), [`ReplacePod ${b}`]);
  });
});

describe('what has begun is ended', () => {
  /** The pod of the member is new, and one thing is left to do. */
  const service: Partial<TestService> = { settled: ({ name }) => (name === a ? elect(a) : { kind: 'Complete' }) };
  const midway: Scene = { service, status: shownSteps({ [a]: 'InProgress', [b]: 'Pending' }) };

  /** The same scene in the next reconcile, by which status has been written. */
  function later(scene: Scene): Scene {
    const plans = plansOf(scene).map((plan) =>
      recordPlan(
        plan,
        scene.status?.plans?.find(({ name }) => name === plan.name),
        at,
      ),
    );
    return { ...scene, status: { plans } };
  }

  it('while nothing else happens', () => assert.deepEqual(actions(midway), ['Elect']));
  it('in a paused plan', () => assert.deepEqual(actions({ ...midway, control: { paused: ['deploy'] } }), ['Elect']));

  /** It must not be forgotten, at the least. */
  const meanwhile: [string, Scene][] = [
    ['another member has failed', { ...midway, views: { [c]: { report: crashing } } }],
    ['another member has failed that the plan would heal', { ...midway, views: { [c]: failing } }],
  ];
  for (const [what, scene] of meanwhile) {
    it(`also when ${what} meanwhile`, () => {
      const healed = { ...later(scene), views: {} };
      assert.deepEqual(actions(healed), ['Elect']);
    });
  }
});

describe('the plans that status shows', () => {
  it('have each its own name', () => {
    const shown = plansOf({ operations: [operationOf('deploy')] }).map(({ name }) => name);
    assert.equal(new Set(shown).size, shown.length);
  });
});
