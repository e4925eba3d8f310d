import assert from 'node:assert/strict';
import type { Recovery } from '../../../crds/common.ts';
import type { PlanStatus } from '../../../crds/status.ts';
import type { PersistentVolumeClaim } from '../../kube/resource.ts';
import type { PlanDraft, Progress, StepDraft } from '../../plan/plan.ts';
import type { CommonStatus, Facts } from '../facts.ts';
import type { OperationObject } from '../operations/operations.ts';
import { type ClaimParts, claimOf, podOf } from '../testing/objects.ts';
import { type Elect, restartService, type TestService } from '../testing/restarts.ts';
import { factsOf, operationOf, ready, serviceOf, starting, viewOf } from '../testing/services.ts';
import { lostBecause, withLost } from './lost.ts';
import type { MemberView } from './members.ts';
import type { PodReport } from './pod-state.ts';
import { brokenStates } from './pod-state.ts';
import type { WorkloadAction } from './steps.ts';

const [a, b] = ['demo-kafka-0', 'demo-kafka-1'] as const;
const selected = 'volume.kubernetes.io/selected-node';
const elsewhere = '0/3 nodes are available: 1 node(s) had volume node affinity conflict';

const serves = (node: string): boolean => node !== 'gone';
const terminating: PodReport = { state: 'Terminating', message: 'is stopping' };
const absent: PodReport = { state: 'Absent', message: 'waits for its pod to be created' };
const unschedulable = (message: string): PodReport => ({ state: 'Unschedulable', message: `no node fits: ${message}` });
const claim = (name: string, parts: ClaimParts = {}): PersistentVolumeClaim => claimOf(name, serviceOf(), parts);
const local = claim('data', { annotations: { [selected]: 'gone' } });

/** Its pod waits for a node, as its volume is on one that is gone. */
const adrift: Partial<MemberView> = {
  joined: true,
  report: unschedulable(elsewhere),
  pod: podOf(a),
  node: undefined,
  claims: [local],
};

describe('a member is lost', () => {
  const noVolume = 'the volume of its claim data is gone';
  const noNode = 'its data is on node gone, which is gone';
  const onGone: Partial<MemberView> = { joined: true, report: terminating, node: 'gone' };
  const lost = claim('data', { phase: 'Lost' });
  const table: [string, Partial<MemberView>, string | undefined][] = [
    ['when the volume of a claim is gone', { joined: true, report: absent, claims: [lost] }, noVolume],
    [
      'when the volume of one of its claims is gone',
      { joined: true, report: absent, claims: [claim('logs'), lost] },
      noVolume,
    ],
    ['when its volume is gone rather than its node', { ...onGone, claims: [lost] }, noVolume],
    ['when the node of its pod is gone', onGone, noNode],
    ['when its pod waits for a node and the volume is on one that is gone', adrift, noNode],
    [
      'when the scheduler says it of a volume with a node affinity of its own',
      { ...adrift, report: unschedulable("node(s) didn't match PersistentVolume's node affinity") },
      noNode,
    ],
    ['when one of its volumes is on a node that is gone', { ...adrift, claims: [claim('logs'), local] }, noNode],
    ['not while it serves', { ...onGone, report: ready, claims: [lost] }, undefined],
    ['not while its process runs', { ...onGone, report: starting, claims: [lost] }, undefined],
    ['not before it has served', { ...onGone, joined: false, claims: [lost] }, undefined],
    ['not before it has served, whatever the scheduler says', { ...adrift, joined: false }, undefined],
    ['not while its node is there', { ...onGone, node: 'node-a' }, undefined],
    [
      'not while its pod waits for room and its volume can go anywhere',
      { ...adrift, report: unschedulable('Insufficient memory') },
      undefined,
    ],
    [
      'not while the node of its volume is there',
      { ...adrift, claims: [claim('data', { annotations: { [selected]: 'node-a' } })] },
      undefined,
    ],
    ['not when nobody knows where its volume is', { ...adrift, claims: [claim('data')] }, undefined],
    ['not while it only has no pod', { ...adrift, report: absent, pod: undefined }, undefined],
    [
      'not while its claim waits for a volume',
      { joined: true, report: absent, claims: [claim('data', { phase: 'Pending' })] },
      undefined,
    ],
    ['not without claims', { joined: true, report: absent, node: undefined, claims: [] }, undefined],
  ];
  for (const [what, view, expected] of table) {
    it(what, () => assert.equal(lostBecause(viewOf(a, view), { nodeServes: serves }), expected));
  }

  it('in whatever way its pod fails on a node that is gone', () => {
    for (const state of brokenStates) {
      assert.equal(
        lostBecause(viewOf(a, { ...onGone, report: { state, message: '' } }), { nodeServes: serves }),
        noNode,
      );
    }
  });
});

const minute = 60_000;
const now = Date.parse('2026-01-01T12:00:00.000Z');
const at = (ms: number): string => new Date(ms).toISOString();
const automatic: Recovery = { automatic: { after: '30m', minInterval: '4h' } };
const because = 'its data is on node gone, which is gone';

interface Scene {
  recovery?: Recovery;
  /** Minutes since status shows the loss. */
  lostFor?: number;
  operations?: OperationObject[];
  service?: Partial<TestService>;
  shown?: PlanStatus;
}

function replacement(name: string, ago: number, finished = true): OperationObject {
  const created = at(now - ago * minute);
  const status = finished ? { startedAt: created, finishedAt: created } : { startedAt: created };
  return operationOf(name, { created, spec: { type: 'Replace', members: [b] }, status });
}

function shownSince(since: string, plan = 'recovery', phase = 'lost'): PlanStatus {
  const steps = [{ name: `${a}:[replace]`, status: 'Waiting' as const, since }];
  const phases = [{ name: phase, strategy: 'Parallel' as const, status: 'Waiting' as const, steps }];
  return { name: plan, revision: 'r', strategy: 'Parallel', status: 'Waiting', phases };
}

function factsFor({ lostFor, operations = [], shown }: Scene): Facts {
  const record = shown ?? (lostFor === undefined ? undefined : shownSince(at(now - lostFor * minute)));
  const status: CommonStatus = record === undefined ? {} : { plans: [record] };
  return factsOf(status, { operations, nodeServes: serves });
}

type Draft = PlanDraft<Elect | WorkloadAction>;

function stepsOf(drafts: Draft[]): StepDraft<Elect | WorkloadAction>[] {
  return drafts.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps));
}

/** What becomes of the one member that is lost. */
function progress(scene: Scene): Progress<unknown> | undefined {
  const { recovery = automatic, service = {} } = scene;
  const ordered = [viewOf(a, adrift), viewOf(b, { joined: true })];
  const input = { service: restartService(ordered, service), facts: factsFor(scene), recovery, now };
  return stepsOf(withLost([draftOf('recovery', [])], input))[0]?.progress;
}

function draftOf(name: string, steps: StepDraft<Elect | WorkloadAction>[]): Draft {
  return { name, revision: 'r', strategy: 'Parallel', phases: [{ name: 'members', strategy: 'Parallel', steps }] };
}

describe('the replacement of a lost member', () => {
  const waits = (message: string): Progress<unknown> => ({ kind: 'Waiting', message: `${because}; ${message}` });
  const waitsUntil = (minutes: number): Progress<unknown> =>
    waits(`is replaced at ${at(now + minutes * minute)} (spec.recovery.automatic)`);
  const asks = (lostFor: number): Progress<unknown> => ({
    kind: 'Due',
    action: { kind: 'RequestReplace', member: a, since: now - lostFor * minute },
    message: `${because}; asks for its replacement`,
  });
  const risky: Partial<TestService> = { lossRisk: ({ name }) => `${name} has the only copy` };
  const restart = operationOf('x', { created: at(now) });
  const table: [string, Scene, Progress<unknown>][] = [
    [
      'is left to its user, who is told how',
      { recovery: {}, lostFor: 600 },
      {
        kind: 'Error',
        message: `${because}; if it will not come back, replace the member: kubectl stateward member replace demo ${a}`,
      },
    ],
    ['waits from the moment that it is seen', {}, waitsUntil(30)],
    ['waits from the moment that status shows', { lostFor: 20 }, waitsUntil(10)],
    ['waits to the very end', { lostFor: 29.5 }, waitsUntil(0.5)],
    ['is asked for then', { lostFor: 30 }, asks(30)],
    ['is asked for also later, under the same name', { lostFor: 300 }, asks(300)],
    ['waits anew when status says no time', { shown: shownSince('yesterday') }, waitsUntil(30)],
    ['is not counted from another plan', { shown: shownSince(at(now - 60 * minute), 'deploy') }, waitsUntil(30)],
    [
      'is not counted from another phase',
      { shown: shownSince(at(now - 60 * minute), 'recovery', 'members') },
      waitsUntil(30),
    ],
    ['is asked for at once if it is to', { recovery: { automatic: { after: '0s', minInterval: '0s' } } }, asks(0)],
    ['keeps its distance from the last one', { lostFor: 60, operations: [replacement('x', 100)] }, waitsUntil(140)],
    [
      'keeps its distance from the latest one',
      { lostFor: 60, operations: [replacement('x', 60), replacement('y', 230)] },
      waitsUntil(180),
    ],
    ['waits for whichever is later', { lostFor: 0, operations: [replacement('x', 230)] }, waitsUntil(30)],
    ['is asked for once there is that distance', { lostFor: 60, operations: [replacement('x', 240)] }, asks(60)],
    ['keeps no distance from other operations', { lostFor: 60, operations: [restart] }, asks(60)],
    [
      'waits for another one to end',
      { lostFor: 60, operations: [replacement('x', 300, false)] },
      waits('waits for operation x'),
    ],
    [
      'waits for another one to begin',
      {
        lostFor: 60,
        operations: [operationOf('x', { created: at(now - 300 * minute), spec: { type: 'Replace', members: [b] } })],
      },
      waits('waits for operation x'),
    ],
    [
      'waits while data would be lost',
      { lostFor: 60, service: risky },
      waits(`is not replaced while data is at risk: ${a} has the only copy`),
    ],
  ];
  for (const [what, scene, expected] of table) it(what, () => assert.deepEqual(progress(scene), expected));

  it('is asked for under one name however often the operator starts anew', () => {
    const since = (shift: number): unknown => {
      const member = viewOf(a, adrift);
      const facts = factsFor({ lostFor: 31 });
      const input = { service: restartService([member]), facts, recovery: automatic, now: now + shift };
      const step = stepsOf(withLost([draftOf('recovery', [])], input))[0];
      return (
        step?.progress.kind === 'Due' && step.progress.action.kind === 'RequestReplace' && step.progress.action.since
      );
    };
    assert.equal(since(0), now - 31 * minute);
    assert.equal(since(5 * minute), since(0));
  });
});

describe('the recovery plan', () => {
  const step = (name: string, member?: string): StepDraft<Elect | WorkloadAction> => ({
    name,
    reason: 'MemberFailed',
    progress: { kind: 'InProgress', message: 'starts' },
    ...(member === undefined ? {} : { member }),
  });
  const drafts: Draft[] = [
    draftOf('deploy', [step(`${a}:[restart]`, a)]),
    draftOf('recovery', [step(`${a}:[start]`, a), step(`${b}:[start]`, b), step('demo:[volumes]')]),
  ];
  const completed = (views: MemberView[]): Draft[] =>
    withLost(drafts, { service: restartService(views), facts: factsFor({}), recovery: {}, now });

  it('is as it was while nobody is lost', () =>
    assert.deepEqual(completed([viewOf(a, { joined: true }), viewOf(b, { joined: true })]), drafts));

  it('names a lost member in place of waiting for it, and leaves the rest alone', () => {
    const [deploy, recovery] = completed([viewOf(a, adrift), viewOf(b, { joined: true })]);
    assert.deepEqual(deploy, drafts[0]);
    const [members, lost] = recovery?.phases ?? [];
    assert.deepEqual(
      members?.steps.map(({ name }) => name),
      [`${b}:[start]`, 'demo:[volumes]'],
    );
    assert.deepEqual([lost?.name, lost?.strategy], ['lost', 'Parallel']);
    assert.deepEqual(
      lost?.steps.map(({ name, member, reason, disruptive, progress: { kind } }) => [
        name,
        member,
        reason,
        disruptive,
        kind,
      ]),
      [[`${a}:[replace]`, a, 'MemberLost', undefined, 'Error']],
    );
  });

  it('names all that are lost', () => {
    const steps = stepsOf(completed([viewOf(a, adrift), viewOf(b, adrift)]).slice(1));
    assert.deepEqual(
      steps.map(({ name }) => name),
      ['demo:[volumes]', `${a}:[replace]`, `${b}:[replace]`],
    );
  });
});
