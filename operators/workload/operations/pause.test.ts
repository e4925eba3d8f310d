import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Progress } from '../../plan/plan.ts';
import type { MemberView } from '../members/members.ts';
import type { PodReport } from '../members/pod-state.ts';
import { podOf, readyPod } from '../testing/objects.ts';
import { restartService, type TestService } from '../testing/restarts.ts';
import { operationOf, starting, viewOf } from '../testing/services.ts';
import type { OperationObject } from './operations.ts';
import { pausedList, pausedMembers, pauseProgress } from './pause.ts';

const [a, b, c] = ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'] as const;

function pausing(name: string, members: string[], suspend?: boolean): OperationObject {
  const spec = { type: 'Pause', members, ...(suspend === undefined ? {} : { suspend }) } as const;
  return operationOf(name, { spec, status: { startedAt: '2026-01-01T00:00:00Z' } });
}

describe('the members that are kept down', () => {
  const table: [string, OperationObject[], string[]][] = [
    ['are none without operations', [], []],
    [
      'are not those of a pause that waits for its turn',
      [operationOf('x', { spec: { type: 'Pause', members: [a] } })],
      [],
    ],
    ['are those of every pause', [pausing('x', [a]), pausing('y', [b], false)], [a, b]],
    ['are not those of other operations', [operationOf('x', { spec: { members: [a] } })], []],
    ['are not those of a suspended pause', [pausing('x', [a], true), pausing('y', [b])], [b]],
    ['are kept down by one pause while another is suspended', [pausing('x', [a], true), pausing('y', [a])], [a]],
    ['are named once and in order', [pausing('x', [c]), pausing('y', [a]), pausing('z', [c])], [a, c]],
    [
      'are none of what is no spec',
      [
        { ...pausing('x', [a]), spec: undefined },
        { ...pausing('y', [a]), spec: { type: 'Pause' } },
        { ...pausing('z', [a]), spec: { type: 'Pause', members: a } },
      ],
      [],
    ],
  ];
  for (const [what, operations, expected] of table) {
    it(what, () => assert.deepEqual(pausedMembers({ operations }), expected));
  }

  it('do not depend on the order of the operations', () => {
    const wish = fc.tuple(fc.constantFrom(a, b, c), fc.boolean());
    const list = (wishes: [string, boolean][]): string =>
      pausedList({ operations: wishes.map(([member, suspend], index) => pausing(`x${index}`, [member], suspend)) });
    fc.assert(fc.property(fc.array(wish), (wishes) => assert.equal(list(wishes), list(wishes.toReversed()))));
  });

  it('are one on each line of the list', () => {
    assert.equal(pausedList({ operations: [] }), '');
    assert.equal(pausedList({ operations: [pausing('x', [b]), pausing('y', [a])] }), `${a}\n${b}\n`);
  });
});

describe('the pause of a member', () => {
  const target = { pod: `uid-${a}` };
  const risky: Partial<TestService> = { risk: ({ name }) => `${name} is needed` };
  const report = (state: PodReport['state']): PodReport => ({ state, message: `is ${state}` });
  /** Another pod than when the operation began. */
  const renewed = podOf(a, { uid: 'new', node: 'node-a' });
  const restarts = (uid: string): Progress<unknown> => ({
    kind: 'Due',
    action: { kind: 'RestartMember', pod: a, uid },
    message: 'restarts',
  });
  const starts: Progress<unknown> = { kind: 'InProgress', message: 'starts' };
  const replaces: Progress<unknown> = {
    kind: 'Due',
    action: { kind: 'ReplacePod', pod: a, uid: `uid-${a}` },
    message: 'replaces a pod that serves nobody: is Crashing',
    midway: true,
  };
  const marks: Progress<unknown> = {
    kind: 'Due',
    action: { kind: 'MarkPaused', pod: a, uid: 'new' },
    message: 'is kept down',
    midway: true,
  };
  const table: [string, Partial<MemberView>, Partial<TestService>, Progress<unknown>][] = [
    ['takes a member down that serves', {}, {}, restarts(`uid-${a}`)],
    [
      'waits until its pod would read of it',
      { paused: false },
      {},
      { kind: 'Waiting', message: 'waits until its pause is written' },
    ],
    ['waits while the service cannot bear it', {}, risky, { kind: 'Waiting', message: `${a} is needed` }],
    [
      'takes a member down that serves by another pod, too: it may have come up before it heard of the pause',
      { pod: readyPod(a, { uid: 'new' }) },
      {},
      restarts('new'),
    ],
    [
      'waits also then while the service cannot bear it',
      { pod: readyPod(a, { uid: 'new' }) },
      risky,
      { kind: 'Waiting', message: `${a} is needed` },
    ],
    ['lets a pod of its beginning come up first', { report: starting }, risky, starts],
    ['lets a pod of its beginning end first', { report: report('Terminating') }, risky, starts],
    ['takes the place of a broken pod of its beginning', { report: report('Crashing') }, risky, replaces],
    ['marks another pod once its process runs', { report: starting, pod: renewed }, risky, marks],
    [
      'waits for another pod to be made',
      { report: report('Absent'), pod: undefined },
      {},
      { kind: 'InProgress', message: 'is Absent' },
    ],
    [
      'waits for another pod to run',
      { report: report('Initializing'), pod: renewed },
      {},
      { kind: 'InProgress', message: 'is Initializing' },
    ],
    [
      'says what is wrong with another pod',
      { report: report('Unschedulable'), pod: renewed },
      {},
      { kind: 'InProgress', message: 'is Unschedulable' },
    ],
    [
      'is complete once the pod is known to be paused',
      { report: report('Paused'), pod: renewed },
      risky,
      { kind: 'Complete' },
    ],
    ['is complete for a member that was paused before', { report: report('Paused') }, risky, { kind: 'Complete' }],
  ];
  for (const [what, view, service, expected] of table) {
    it(what, () => {
      const member = viewOf(a, { joined: true, paused: true, ...view });
      assert.deepEqual(pauseProgress(member, target, restartService([member], service)), expected);
    });
  }

  it('marks a pod of a member that had none at the beginning', () => {
    const member = viewOf(a, { report: starting, paused: true, pod: renewed });
    assert.deepEqual(pauseProgress(member, {}, restartService([member])), marks);
  });
});
