import assert from 'node:assert/strict';
import type { ServiceOperationStatus } from '../../../crds/service-operation.ts';
import type { ProgressStatus } from '../../../crds/status.ts';
import type { MemberView } from '../members/members.ts';
import type { PodReport } from '../members/pod-state.ts';
import { claimOf, readyPod } from '../testing/objects.ts';
import { elect, restartService, type TestService } from '../testing/restarts.ts';
import { factsOf, type OperationParts, operationOf, serviceOf, starting, viewOf } from '../testing/services.ts';
import { readOperations } from './operations.ts';
import { operationPlan } from './plans.ts';

const began = '2026-01-01T00:00:00.000Z';
const [a, b, c] = ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'] as const;
const names: string[] = [a, b, c];
const crashing: PodReport = { state: 'Crashing', message: 'exit code 1' };
const absent: Partial<MemberView> = { report: { state: 'Absent', message: '' }, pod: undefined };
/** It has another pod than when the operation began. */
const renewed = (of: string): Partial<MemberView> => ({ pod: readyPod(of, { uid: `new-${of}` }) });

interface Scene {
  parts?: OperationParts;
  views?: Record<string, Partial<MemberView>>;
  service?: Partial<TestService>;
  /** An operation that was made before. */
  before?: string;
  /** How far the plan was when it was last shown. */
  shown?: Record<string, ProgressStatus>;
}

/** Began when every member had the pod `uid-<member>`. */
function begun(shown: Record<string, ProgressStatus> = {}, phase = 'restart'): ServiceOperationStatus {
  const targets = names.map((name) => ({ name, pod: `uid-${name}`, claims: [`uid-data-${name}`] }));
  const steps = Object.entries(shown).map(([of, status]) => ({ name: `${of}:[restart]`, status }));
  const phases = [{ name: phase, strategy: 'Serial' as const, status: 'InProgress' as const, steps }];
  const plan = { name: 'x', revision: 'uid-x', strategy: 'Serial' as const, status: 'InProgress' as const, phases };
  return { startedAt: began, targets, plan };
}

function planOf({ parts = {}, views = {}, service = {}, before, shown = {} }: Scene) {
  const members = names.map((name) => viewOf(name, { joined: true, ...views[name] }));
  const object = operationOf('x', { status: begun(shown), ...parts });
  const other = before === undefined ? [] : [operationOf(before, { created: '2025-01-01T00:00:00Z' })];
  const reading = readOperations(factsOf({}, { operations: [...other, object] }), members, []).at(-1);
  if (reading?.kind !== 'Operation') assert.fail('is refused');
  return operationPlan(reading.operation, restartService(members, service));
}

/** `step kind: message` of every step; an action as its kind. */
function steps(scene: Scene): string[] {
  return planOf(scene).phases.flatMap((phase) =>
    phase.steps.map(({ name, progress }) => {
      const ends = progress.kind === 'Due' && progress.midway === true && progress.action.kind === 'Elect';
      if (progress.kind === 'Due') return `${name} ${progress.action.kind}${ends ? ' midway' : ''}`;
      return 'message' in progress ? `${name} ${progress.kind}: ${progress.message}` : `${name} ${progress.kind}`;
    }),
  );
}

const all = (what: string): string[] => names.map((name) => `${name}:[restart] ${what}`);
const one = (parts: OperationParts = {}): OperationParts => ({ ...parts, spec: { ...parts.spec, members: [a] } });

describe('the plan of an operation', () => {
  it('has its name and goes from member to member', () => {
    const plan = planOf({ parts: { uid: '0123456789abcdef' } });
    assert.deepEqual([plan.name, plan.revision, plan.strategy], ['x', '0123456789', 'Serial']);
    const [phase] = plan.phases;
    assert.deepEqual([phase?.name, phase?.strategy], ['restart', 'Serial']);
    const about = phase?.steps.map(({ name, member, reason, disruptive }) => [name, member, reason, disruptive]);
    assert.deepEqual(
      about,
      names.map((name) => [`${name}:[restart]`, name, 'OperationRequested', true]),
    );
  });

  it('has no step for members that it is not about', () =>
    assert.deepEqual(steps({ parts: { status: begun(), spec: { members: [b] } } }), [`${b}:[restart] RestartMember`]));
});

describe('a restart that is asked for', () => {
  const unsettled: Partial<TestService> = { settled: () => ({ kind: 'InProgress', message: 'is not in sync' }) };
  const table: [string, Scene, string[]][] = [
    ['waits until it has begun', { parts: { status: {} } }, all('Waiting: has not begun')],
    [
      'waits for the operation before it',
      { before: 'w', parts: { status: {} } },
      all('Waiting: waits for operation w'),
    ],
    [
      'waits while it is suspended',
      { parts: { status: {}, spec: { suspend: true } } },
      all('Waiting: suspended by spec.suspend'),
    ],
    [
      'begins nothing more once it is suspended',
      { parts: { status: begun(), spec: { suspend: true } } },
      all('Waiting: suspended by spec.suspend'),
    ],
    ['is due for every member with the pod of its beginning', {}, all('RestartMember')],
    [
      'waits while the service cannot bear it',
      { service: { risk: ({ name }) => `${name} is needed` } },
      names.map((name) => `${name}:[restart] Waiting: ${name} is needed`),
    ],
    [
      'is done with members that have another pod',
      { views: { [a]: renewed(a) }, shown: { [a]: 'InProgress' } },
      [`${a}:[restart] Complete`, `${b}:[restart] RestartMember`, `${c}:[restart] RestartMember`],
    ],
    [
      'is not done while that member has not settled',
      { parts: one(), views: { [a]: renewed(a) }, shown: { [a]: 'Starting' }, service: unsettled },
      [`${a}:[restart] InProgress: is not in sync`],
    ],
    [
      'is not done while that member has no pod',
      { parts: one(), views: { [a]: absent }, shown: { [a]: 'Starting' } },
      [`${a}:[restart] InProgress: starts`],
    ],
    [
      'is not done while that member starts',
      { parts: one(), views: { [a]: { ...renewed(a), report: starting } }, shown: { [a]: 'Starting' } },
      [`${a}:[restart] InProgress: starts`],
    ],
    [
      'ends what it has begun while it is suspended',
      {
        parts: one({ spec: { suspend: true } }),
        views: { [a]: renewed(a) },
        shown: { [a]: 'InProgress' },
        service: { settled: ({ name }) => elect(name) },
      },
      [`${a}:[restart] Elect midway`],
    ],
    [
      'shows what it has begun while it is suspended',
      {
        parts: one({ spec: { suspend: true } }),
        views: { [a]: renewed(a) },
        shown: { [a]: 'InProgress' },
        service: unsettled,
      },
      [`${a}:[restart] InProgress: is not in sync`],
    ],
    [
      'replaces a pod of its beginning that is broken',
      { parts: one(), views: { [a]: { report: crashing } } },
      [`${a}:[restart] ReplacePod`],
    ],
  ];
  for (const [what, scene, expected] of table) it(what, () => assert.deepEqual(steps(scene), expected));

  it('is not done with a member whose other pod came by itself and has not settled', () => {
    const views = { [a]: { ...renewed(a), report: starting } };
    for (const shown of [{}, { [a]: 'Pending' as const }, { [a]: 'Waiting' as const }]) {
      assert.deepEqual(steps({ parts: { ...one(), status: begun(shown) }, views }), [
        `${a}:[restart] InProgress: starts`,
      ]);
    }
  });

  it('is over once and for all', () => {
    const status = { ...begun(), finishedAt: began };
    assert.deepEqual(steps({ parts: { status } }), all('Complete'));
    assert.deepEqual(steps({ parts: { status, spec: { suspend: true } }, views: { [a]: absent } }), all('Complete'));
  });

  it('is complete exactly when every member has another pod and has settled', () => {
    for (const renewals of subsets(names)) {
      for (const settledOnes of subsets(names)) {
        const views = Object.fromEntries(renewals.map((name) => [name, renewed(name)]));
        const shown = Object.fromEntries(names.map((name) => [name, 'InProgress' as const]));
        const service: Partial<TestService> = {
          settled: ({ name }) =>
            settledOnes.includes(name) ? { kind: 'Complete' } : { kind: 'InProgress', message: 'is not in sync' },
        };
        const complete = planOf({ parts: { status: begun(shown) }, views, service }).phases.every((phase) =>
          phase.steps.every(({ progress }) => progress.kind === 'Complete'),
        );
        assert.equal(complete, renewals.length === 3 && settledOnes.length === 3, `${renewals} | ${settledOnes}`);
      }
    }
  });
});

function subsets<T>(items: readonly T[]): T[][] {
  const [first, ...rest] = items;
  return first === undefined ? [[]] : subsets(rest).flatMap((some) => [some, [first, ...some]]);
}

describe('a member that is to be built anew', () => {
  const replace = (parts: OperationParts = {}): OperationParts => ({
    ...parts,
    spec: { ...parts.spec, type: 'Replace', members: [a] },
  });
  const newClaim = claimOf(`data-${a}`, serviceOf(), { uid: 'new-claim' });
  const rebuilt: Partial<MemberView> = { ...renewed(a), claims: [newClaim] };
  const table: [string, Scene, string[]][] = [
    [
      'loses its data and then gets it back',
      { parts: replace(), views: { [a]: { report: starting } } },
      [`${a}:[destroy] DestroyMember`, `${a}:[rebuild] Waiting: waits until its data is destroyed`],
    ],
    [
      'keeps its data while others have not all of it',
      { parts: replace(), service: { lossRisk: () => 'b is not in sync' } },
      [`${a}:[destroy] Waiting: b is not in sync`, `${a}:[rebuild] Waiting: waits until its data is destroyed`],
    ],
    [
      'keeps its data while it is suspended',
      { parts: replace({ spec: { suspend: true } }) },
      [`${a}:[destroy] Waiting: suspended by spec.suspend`, `${a}:[rebuild] Waiting: suspended by spec.suspend`],
    ],
    [
      'is there again once it has another pod and other volumes',
      { parts: replace(), views: { [a]: rebuilt } },
      [`${a}:[destroy] Complete`, `${a}:[rebuild] Complete`],
    ],
    [
      'is not there while its peers miss something of it',
      {
        parts: replace(),
        views: { [a]: rebuilt },
        service: { settled: () => ({ kind: 'InProgress', message: 'is not in sync' }) },
      },
      [`${a}:[destroy] Complete`, `${a}:[rebuild] InProgress: is not in sync`],
    ],
  ];
  for (const [what, scene, expected] of table) it(what, () => assert.deepEqual(steps(scene), expected));
});
