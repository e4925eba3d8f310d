import assert from 'node:assert/strict';
import type { Condition } from '../../crds/status.ts';
import { arrangePlan, type Plan, type Progress } from '../plan/plan.ts';
import type { CommonStatus, MemberStatus } from './facts.ts';
import { plannedStatus, rejectedStatus } from './status.ts';
import { podOf, readyPod } from './testing/objects.ts';
import { factsOf } from './testing/services.ts';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-01-01T00:05:00.000Z';

function planOf(progress: Progress<string>, name: 'deploy' | 'recovery' = 'deploy'): Plan<string> {
  const steps = [{ name: 'step', reason: 'FirstSetup' as const, progress }];
  return arrangePlan({ name, strategy: 'Serial', phases: [{ name: 'phase', strategy: 'Serial', steps }] });
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

describe('the status of a planned service', () => {
  const table: [string, Plan<string>[], MemberStatus[], string[], string[]][] = [
    ['is ready when all is done', [complete], members, [], ['Ready=True AllMembersReady: all 2 members are ready']],
    [
      'is not ready while a member is not',
      [complete],
      [member('a', true), member('b', false)],
      [],
      ['Ready=False MembersNotReady: b: Starting'],
    ],
    [
      'is reconciling while a plan moves',
      [moving],
      members,
      [],
      ['Ready=False PlanNotComplete: step: is slow', 'Reconciling=True PlanInProgress: step: is slow'],
    ],
    [
      'is stalled when a step has failed, whatever else moves',
      [moving, failed],
      members,
      [],
      ['Ready=False PlanNotComplete: step: is slow', 'Stalled=True StepFailed: step: is broken'],
    ],
    [
      'names the members that need a restart',
      [complete],
      members,
      ['a', 'b'],
      [
        'Ready=True AllMembersReady: all 2 members are ready',
        'RestartRequired=True TemplateChanged: these members run with an older configuration until their pods are deleted: a, b',
      ],
    ],
  ];
  for (const [what, plans, shown, restartRequired, expected] of table) {
    it(what, () => {
      const status = plannedStatus({ plans, members: shown, restartRequired }, factsOf({}), now);
      assert.deepEqual(said(status.conditions), expected);
    });
  }

  it('holds plans, members and the generation that it is about', () => {
    const shown = [member('a', true), member('b', false)];
    const status = plannedStatus({ plans: [moving, failed], members: shown, restartRequired: [] }, factsOf({}), now);
    assert.equal(status.observedGeneration, 3);
    assert.equal(status.memberSummary, '1/2');
    assert.equal(status.planSummary, 'deploy InProgress 0/1');
    assert.deepEqual(status.members, shown);
    assert.deepEqual(
      status.plans?.map(({ name, status: of }) => [name, of]),
      [
        ['deploy', 'InProgress'],
        ['recovery', 'Error'],
      ],
    );
  });

  it('is the same again later while nothing moves', () => {
    const input = { plans: [moving, failed], members, restartRequired: ['a'] };
    const first = plannedStatus(input, factsOf({}), before);
    assert.deepEqual(plannedStatus(input, factsOf(first), now), first);
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
