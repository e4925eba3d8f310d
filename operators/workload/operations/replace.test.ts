import assert from 'node:assert/strict';
import type { ServiceOperationStatus } from '../../../crds/service-operation.ts';
import type { PersistentVolumeClaim } from '../../kube/resource.ts';
import type { Progress } from '../../plan/plan.ts';
import type { MemberView } from '../members/members.ts';
import type { PodReport } from '../members/pod-state.ts';
import { claimOf, podOf, readyPod } from '../testing/objects.ts';
import { elect, restartService, type TestService } from '../testing/restarts.ts';
import { type OperationParts, operationOf, serviceOf, starting, viewOf } from '../testing/services.ts';
import type { OperationObject } from './operations.ts';
import { destroyProgress, isBeingReplaced, membersBeingReplaced, rebuildProgress, riskOfAction } from './replace.ts';

const began = '2026-01-01T00:00:00.000Z';
const [a, b] = ['demo-kafka-0', 'demo-kafka-1'] as const;
const terminating: PodReport = { state: 'Terminating', message: 'is stopping' };
const absent: Partial<MemberView> = { report: { state: 'Absent', message: '' }, pod: undefined };

function claim(name: string, uid = `uid-${name}`, deleting = false): PersistentVolumeClaim {
  const made = claimOf(name, serviceOf(), { uid });
  return deleting ? { ...made, metadata: { ...made.metadata, deletionTimestamp: began } } : made;
}

const [data, logs] = [claim('data'), claim('logs')];
const [goingData, goingLogs] = [claim('data', 'uid-data', true), claim('logs', 'uid-logs', true)];
const [newData, newLogs] = [claim('data', 'new-data'), claim('logs', 'new-logs')];
const oldPod = readyPod(a, { uid: 'old' });
const goingPod = podOf(a, { uid: 'old', node: 'node-a', deleting: true });
const newPod = readyPod(a, { uid: 'new' });

const target = { pod: 'old', claims: ['uid-data', 'uid-logs'] };
const complete: Progress<unknown> = { kind: 'Complete' };
const volumesGo: Progress<unknown> = { kind: 'InProgress', message: 'waits until its volumes are gone' };

function destroys(claims: PersistentVolumeClaim[], uid: string, midway: boolean): Progress<unknown> {
  const named = claims.map(({ metadata }) => ({ name: metadata.name, uid: metadata.uid ?? '' }));
  const message = `destroys the data of the member: ${named.map(({ name }) => name).join(', ')}`;
  const action = { kind: 'DestroyMember', pod: a, uid, claims: named };
  return { kind: 'Due', action, message, ...(midway ? { midway: true as const } : {}) };
}

describe('the destruction of a member', () => {
  const risky: Partial<TestService> = { lossRisk: ({ name }) => `${name} has the only copy` };
  const held: Progress<unknown> = { kind: 'Waiting', message: `${a} has the only copy` };
  const old: Partial<MemberView> = { pod: oldPod, claims: [data, logs] };
  const table: [string, Partial<MemberView>, Partial<TestService>, Progress<unknown>][] = [
    ['is due for the pod and the volumes of its beginning', old, {}, destroys([data, logs], 'old', false)],
    ['waits while data would be lost', old, risky, held],
    [
      'waits while data would be lost, also of a member that is down',
      { ...old, report: { state: 'Crashing', message: '' } },
      risky,
      held,
    ],
    [
      'is finished once a volume is on its way, whatever would be lost',
      { ...old, claims: [goingData, logs] },
      risky,
      destroys([goingData, logs], 'old', true),
    ],
    ['is finished once a volume is gone', { ...old, claims: [logs] }, risky, destroys([logs], 'old', true)],
    [
      'is finished once another volume has taken the place of one',
      { ...old, claims: [newData, logs] },
      risky,
      destroys([logs], 'old', true),
    ],
    [
      'is not finished while the pod has not been told to go',
      { ...old, claims: [goingData, goingLogs] },
      risky,
      destroys([goingData, goingLogs], 'old', true),
    ],
    [
      'is not complete while the pod of its beginning runs',
      { pod: oldPod, claims: [newData, newLogs] },
      risky,
      destroys([], 'old', true),
    ],
    ['is due for volumes that have no pod', { ...absent, claims: [data, logs] }, {}, destroys([data, logs], '', false)],
    ['waits until the volumes are gone', { ...absent, claims: [goingData] }, risky, volumesGo],
    [
      'waits until the volumes are gone, new ones beside them',
      { pod: podOf(a, { uid: 'new' }), report: starting, claims: [newData, goingLogs] },
      {},
      volumesGo,
    ],
    ['is complete once pod and volumes are others', { pod: newPod, claims: [newData, newLogs] }, risky, complete],
    ['is complete before there are new ones', { ...absent, claims: [] }, risky, complete],
  ];
  for (const [what, view, service, expected] of table) {
    it(what, () => {
      const member = viewOf(a, view);
      assert.deepEqual(destroyProgress(member, target, restartService([member], service)), expected);
    });
  }

  it('asks of the member that it is about', () => {
    const asked: string[] = [];
    const lossRisk = ({ name }: MemberView): undefined => void asked.push(name);
    const member = viewOf(a, old);
    destroyProgress(member, target, restartService([viewOf(b), member], { lossRisk }));
    assert.deepEqual(asked, [a]);
  });

  it('says of a pod that does not end which node it is on, and what helps if that is lost', () => {
    const stuck = (node: string | undefined): Progress<unknown> => {
      const member = viewOf(a, { pod: goingPod, report: terminating, claims: [goingData, goingLogs], node });
      return destroyProgress(member, target, restartService([member]));
    };
    const helps = 'delete the Node or taint it node.kubernetes.io/out-of-service';
    for (const [node, shown] of [
      ['node-7', 'node-7'],
      [undefined, 'no node'],
    ] as const) {
      const message = `waits until its pod on ${shown} has ended; if that node is lost for good, ${helps}`;
      assert.deepEqual(stuck(node), { kind: 'InProgress', message });
    }
  });
});

describe('the rebuilding of a member', () => {
  const behind: Progress<never> = { kind: 'InProgress', message: 'is not in sync' };
  const starts: Progress<unknown> = { kind: 'InProgress', message: 'starts' };
  const down: Partial<MemberView> = { report: starting };
  const table: [string, Partial<MemberView>, Partial<TestService>, Progress<unknown>][] = [
    ['lasts until the member is up', down, {}, starts],
    ['goes on by what the product does then', down, { starting: () => elect(a) }, { ...elect(a), midway: true }],
    ['lasts until its peers miss nothing of it', {}, { settled: () => behind }, behind],
    ['is ended by what the product does then', {}, { settled: () => elect(a) }, { ...elect(a), midway: true }],
    ['is complete then', {}, {}, complete],
    [
      'is not complete while the member is down, whatever its peers say',
      down,
      { settled: () => ({ kind: 'Complete' }) },
      starts,
    ],
  ];
  for (const [what, view, service, expected] of table) {
    it(what, () => {
      const member = viewOf(a, view);
      assert.deepEqual(rebuildProgress(member, restartService([member], service)), expected);
    });
  }
});

function replacing(name: string, member: string, parts: OperationParts = {}): OperationObject {
  const targets = [{ name: member, pod: 'old', claims: ['uid-data', 'uid-logs'] }];
  const status: ServiceOperationStatus = { startedAt: began, targets };
  return operationOf(name, { status, ...parts, spec: { type: 'Replace', members: [member], ...parts.spec } });
}

describe('the members that are being replaced', () => {
  const targets = [{ name: a, claims: [] }];
  const table: [string, OperationObject[], string[]][] = [
    ['are none without operations', [], []],
    ['are those of operations that have begun', [replacing('x', a), replacing('y', b)], [a, b]],
    ['are not those of operations that have not begun', [replacing('x', a, { status: {} })], []],
    ['are not those of operations that only name them', [replacing('x', a, { status: { targets } })], []],
    ['are not those without a status', [operationOf('x', { spec: { type: 'Replace', members: [a] } })], []],
    [
      'are no longer those that are done',
      [replacing('x', a, { status: { startedAt: began, finishedAt: began, targets } })],
      [],
    ],
    ['are also those of a suspended operation', [replacing('x', a, { spec: { suspend: true } })], [a]],
    [
      'are not those of other operations',
      [replacing('x', a, { spec: { type: 'Restart' } }), replacing('y', b, { spec: { type: 'Pause' } })],
      [],
    ],
    [
      'are none of what is no operation',
      [
        { ...replacing('x', a), spec: undefined },
        { ...replacing('y', b), spec: 'Replace' },
      ],
      [],
    ],
    ['are none without targets', [replacing('x', a, { status: { startedAt: began } })], []],
  ];
  for (const [what, operations, expected] of table) {
    it(what, () => assert.deepEqual(membersBeingReplaced(operations), expected));
  }
});

describe('a member is being replaced', () => {
  const finished: OperationParts = {
    status: { startedAt: began, finishedAt: began, targets: [{ name: a, claims: ['uid-data'] }] },
  };
  const table: [string, PersistentVolumeClaim[], OperationObject[], boolean][] = [
    ['once its volumes are others', [newData, newLogs], [replacing('x', a)], true],
    ['once it has none', [], [replacing('x', a)], true],
    ['not while it has its volumes', [data, logs], [replacing('x', a)], false],
    ['not while it has one of them', [newData, logs], [replacing('x', a)], false],
    ['not while they are on their way', [goingData, goingLogs], [replacing('x', a)], false],
    ['not because another one is', [newData, newLogs], [replacing('x', b)], false],
    ['beside another one', [newData, newLogs], [replacing('w', b), replacing('x', a)], true],
    ['not before the operation has begun', [newData, newLogs], [replacing('x', a, { status: {} })], false],
    ['not after the operation', [newData, newLogs], [replacing('x', a, finished)], false],
    ['not by another operation', [newData, newLogs], [replacing('x', a, { spec: { type: 'Restart' } })], false],
  ];
  for (const [what, claims, operations, expected] of table) {
    it(what, () => assert.equal(isBeingReplaced(viewOf(a, { claims }), { operations }), expected));
  }
});

describe('the risk just before a member goes down', () => {
  const service: Partial<TestService> = {
    risk: ({ name }) => `${name} is needed`,
    lossRisk: ({ name }) => `${name} has the only copy`,
  };
  const safe: Partial<TestService> = { risk: () => undefined, lossRisk: () => undefined };
  const table: [
    string,
    'RestartMember' | 'DestroyMember',
    PersistentVolumeClaim[],
    Partial<TestService>,
    string | undefined,
  ][] = [
    ['is that of a restart', 'RestartMember', [data], { ...service, lossRisk: () => undefined }, `${a} is needed`],
    ['is that of a restart, also while its volumes go', 'RestartMember', [goingData], service, `${a} is needed`],
    [
      'is that of losing data',
      'DestroyMember',
      [data, logs],
      { ...service, risk: () => undefined },
      `${a} has the only copy`,
    ],
    ['does not end what has destroyed a part', 'DestroyMember', [goingData, logs], service, undefined],
    ['is none for a restart that the service bears', 'RestartMember', [data], safe, undefined],
    ['is none for data that others have', 'DestroyMember', [data, logs], safe, undefined],
    [
      'is not that of a restart for a member whose data others have',
      'DestroyMember',
      [data],
      { ...service, lossRisk: () => undefined },
      undefined,
    ],
  ];
  for (const [what, kind, claims, parts, expected] of table) {
    it(what, () => {
      const member = viewOf(a, { claims });
      assert.equal(
        riskOfAction({ kind, pod: a, uid: '', claims: [] }, member, [], restartService([member], parts)),
        expected,
      );
    });
  }
});
