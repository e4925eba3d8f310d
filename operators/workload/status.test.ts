import assert from 'node:assert/strict';
import type { Condition } from '../../crds/status.ts';
import { arrangePlan, type Plan, type Progress } from '../plan/plan.ts';
import type { CommonStatus, MemberStatus } from './facts.ts';
import { plannedStatus, rejectedStatus, type StatusInput } from './status.ts';
import { podOf, readyPod } from './testing/objects.ts';
import { factsOf } from './testing/services.ts';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-01-01T00:05:00.000Z';

function planOf(progress: Progress<string>, name: 'deploy' | 'recovery' | 'listeners' = 'deploy'): Plan<string> {
  const steps = [{ name: 'step', reason: 'FirstSetup' as const, progress }];
  return arrangePlan({
    name,
    revision: 'r1',
    strategy: 'Serial',
    phases: [{ name: 'phase', strategy: 'Serial', steps }],
  });
}

function member(name: string, ready: boolean): MemberStatus {
  return { name, group: 'kafka', ready, state: ready ? 'Ready' : 'Starting' };
}

const said = (conditions: readonly Condition[] = []): string[] =>
  conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);

const complete = planOf({ kind: 'Complete' });
const moving = planOf({ kind: 'InProgress', message: 'is slow' });
const failed = planOf({ kind: 'Error', message: 'is broken' }, 'recovery');
const members = [member('a', true), member('b', true)];

const input = (parts: Partial<StatusInput> = {}): StatusInput => ({
  plans: [complete],
  members,
  restartRequired: [],
  atRisk: undefined,
  certificates: undefined,
  paused: [],
  ...parts,
});
const ready = 'Ready=True AllMembersReady: all 2 members are ready';

describe('the status of a planned service', () => {
  const table: [string, Partial<StatusInput>, string[]][] = [
    ['is ready when all is done', {}, [ready]],
    [
      'is not ready while a member is not',
      { members: [member('a', true), member('b', false)] },
      ['Ready=False MembersNotReady: b: Starting'],
    ],
    [
      'is reconciling while a plan moves',
      { plans: [moving] },
      ['Ready=False PlanNotComplete: step: is slow', 'Reconciling=True PlanInProgress: step: is slow'],
    ],
    [
      'is ready while clients have time to move to another listener',
      { plans: [complete, planOf({ kind: 'Waiting', message: 'until tomorrow' }, 'listeners')] },
      [ready],
    ],
    [
      'is not ready when a listener closes',
      { plans: [complete, planOf({ kind: 'Due', action: 'close', message: 'closes' }, 'listeners')] },
      ['Ready=False PlanNotComplete: step: closes', 'Reconciling=True PlanInProgress: step: closes'],
    ],
    [
      'is stalled when a step has failed, whatever else moves',
      { plans: [moving, failed] },
      ['Ready=False PlanNotComplete: step: is slow', 'Stalled=True StepFailed: step: is broken'],
    ],
    [
      'is ready while certificates are about to end, and says so',
      { certificates: { reason: 'CertificateExpiring', message: 'the CA ends' } },
      [ready, 'CertificatesAtRisk=True CertificateExpiring: the CA ends'],
    ],
    [
      'names the members that need a restart',
      { restartRequired: ['a', 'b'] },
      [
        ready,
        'RestartRequired=True OperatorUpgraded: these members run what an older operator set up: a, b; restart them when it suits, or set spec.updates.restartOnOperatorUpgrade',
      ],
    ],
    [
      'says what one more failure would cost',
      { atRisk: 'partitions are under-replicated: a-0' },
      [ready, 'DataAtRisk=True RedundancyReduced: partitions are under-replicated: a-0'],
    ],
    [
      'says what its user has paused',
      { paused: ['deploy', 'recovery/members'] },
      [ready, 'Paused=True PausedByUser: spec.control.paused: deploy, recovery/members'],
    ],
  ];
  for (const [what, parts, expected] of table) {
    it(what, () => assert.deepEqual(said(plannedStatus(input(parts), factsOf({}), now).conditions), expected));
  }

  it('holds plans, members and the generation that it is about', () => {
    const shown = [member('a', true), member('b', false)];
    const status = plannedStatus(input({ plans: [moving, failed], members: shown }), factsOf({}), now);
    assert.equal(status.observedGeneration, 3);
    assert.equal(status.memberSummary, '1/2');
    assert.equal(status.planSummary, 'deploy InProgress 0/1');
    assert.deepEqual(status.members, shown);
    assert.deepEqual(
      status.plans?.map(({ name, revision, status: of, startedAt }) => [name, revision, of, startedAt]),
      [
        ['deploy', 'r1', 'InProgress', now],
        ['recovery', 'r1', 'Error', now],
      ],
    );
    assert.ok(!('history' in status));
  });

  it('is the same again later while nothing moves', () => {
    const same = input({ plans: [moving, failed], restartRequired: ['a'], atRisk: 'x', paused: ['y'] });
    const first = plannedStatus(same, factsOf({}), before);
    assert.deepEqual(plannedStatus(same, factsOf(first), now), first);
  });

  it('keeps what plans have come to, newest first', () => {
    const first = plannedStatus(input({ plans: [moving, failed] }), factsOf({}), before);
    const second = plannedStatus(input({ plans: [moving] }), factsOf(first), now);
    const third = plannedStatus(input(), factsOf(second), now);
    const ends = third.history?.map(({ name, outcome, seconds }) => [name, outcome, seconds]);
    assert.deepEqual(ends, [
      ['deploy', 'Complete', 300],
      ['recovery', 'Complete', 300],
    ]);
    assert.deepEqual(plannedStatus(input(), factsOf(third), now).history, third.history);
  });
});

describe('the status of a rejected spec', () => {
  const rejections = [
    { reason: 'MemoryTooSmall' as const, message: 'one' },
    { reason: 'ConfigRefused' as const, message: 'two' },
  ];
  const condition = (status: Condition['status']): Condition => ({
    type: 'Ready',
    status,
    reason: 'R',
    message: '',
    lastTransitionTime: before,
  });
  const served: CommonStatus = { members, conditions: [condition('True')] };
  const asBefore = 'Ready=True AllMembersReady: the members run as before; the present spec is not in force';
  const notReady = 'Ready=False SpecRejected: one; two';

  const table: [string, CommonStatus, ReturnType<typeof podOf>[], string][] = [
    ['leaves a running service ready', served, [readyPod('a'), readyPod('b')], asBefore],
    ['sees that a member is gone', served, [readyPod('a')], notReady],
    ['sees that a member is not ready', served, [readyPod('a'), podOf('b')], notReady],
    [
      'makes nothing ready that was not',
      { members, conditions: [condition('False')] },
      [readyPod('a'), readyPod('b')],
      notReady,
    ],
    ['makes nothing ready that never was there', {}, [], notReady],
    ['makes nothing ready that has no members', { members: [], conditions: [condition('True')] }, [], notReady],
  ];
  for (const [what, status, pods, expected] of table) {
    it(what, () => {
      const found = rejectedStatus(rejections, factsOf(status, { pods }), now);
      assert.deepEqual(said(found.conditions), [expected, 'Stalled=True MemoryTooSmall: one; two']);
    });
  }

  it('keeps everything else that is known', () => {
    const known: CommonStatus = {
      ...served,
      planSummary: 'deploy Complete 3/3',
      version: '4.3.1',
      observedGeneration: 1,
    };
    const found = rejectedStatus(rejections, factsOf(known, { pods: [readyPod('a'), readyPod('b')] }), now);
    const { conditions, ...rest } = found;
    assert.deepEqual(rest, { members, planSummary: 'deploy Complete 3/3', version: '4.3.1', observedGeneration: 3 });
    assert.deepEqual(
      conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
      [
        ['Ready', before],
        ['Stalled', now],
      ],
    );
  });
});
