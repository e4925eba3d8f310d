import assert from 'node:assert/strict';
import type { PersistentVolumeClaim, StatefulSet } from '../../kube/resource.ts';
import { type ClaimParts, claimOf, liveSet, podOf } from '../testing/objects.ts';
import { factsOf, groupOf, serviceOf, viewOf } from '../testing/services.ts';
import { type MemberGroup, memberSet } from './member-set.ts';
import type { Outdated } from './members.ts';
import type { PodReport, PodState } from './pod-state.ts';
import { needsRecreate, podProgress, volumeSteps } from './steps.ts';

const name = 'demo-kafka-0';
const created = '2026-01-01T00:00:00Z';
const at = (seconds: number): number => Date.parse(created) + seconds * 1000;

interface Parts {
  outdated?: Outdated;
  templateSeen?: boolean;
  joined?: boolean;
  restartCount?: number;
  changedAfter?: number;
  now?: number;
}

function progress(state: PodState, parts: Parts = {}): unknown {
  const { outdated, templateSeen = true, joined = true, restartCount = 0, changedAfter = 0, now = 60 } = parts;
  const lastTransitionTime = new Date(at(changedAfter)).toISOString();
  const pod = podOf(name, { created, conditions: [{ type: 'PodScheduled', status: 'False', lastTransitionTime }] });
  const report: PodReport = { state, message: 'is so' };
  const container = { name: 'kafka', image: 'i', imageID: 'i', ready: false, restartCount };
  const started = { ...pod, status: { ...pod.status, containerStatuses: [container] } };
  return podProgress(viewOf(name, { report, outdated, templateSeen, joined, pod: started }), at(now));
}

describe('the progress of a pod', () => {
  const replace = {
    kind: 'Due',
    action: { kind: 'ReplacePod', pod: name, uid: `uid-${name}` },
    message: 'replaces a pod that serves nobody: is so',
  };
  const moving = { kind: 'InProgress', message: 'is so' };
  const failed = { kind: 'Error', message: 'is so' };
  const broken: PodState[] = ['Unschedulable', 'ImageError', 'ContainerError', 'Crashing'];
  const healing: PodState[] = ['Absent', 'Terminating', 'Pending', 'Initializing'];

  for (const state of broken) {
    it(`${state} is an error once it has settled`, () => {
      assert.deepEqual(progress(state), failed);
      assert.deepEqual(progress(state, { changedAfter: 58 }), moving);
      assert.deepEqual(progress(state, { now: 4.999 }), moving);
      assert.deepEqual(progress(state, { now: 5 }), failed);
    });
    it(`${state} with an older template is replaced at once`, () =>
      assert.deepEqual(progress(state, { outdated: 'Spec', now: 0 }), replace));
  }
  for (const state of healing) {
    it(`${state} of a member that has served is only waited for`, () => {
      assert.deepEqual(progress(state), moving);
      assert.deepEqual(progress(state, { outdated: 'Spec' }), moving);
    });
  }
  for (const state of ['Pending', 'Initializing', 'Starting'] as const) {
    it(`${state} of a member that has never served is replaced when its template is older`, () =>
      assert.deepEqual(progress(state, { joined: false, outdated: 'Spec' }), replace));
  }
  it('Starting for longer than a start takes is replaced when its template is older', () => {
    assert.deepEqual(progress('Starting', { outdated: 'Spec', now: 121 }), replace);
    assert.equal(progress('Starting', { outdated: 'Spec', now: 120 }), undefined);
  });
  it('of an older operator is replaced like one of an older spec', () =>
    assert.deepEqual(progress('Crashing', { outdated: 'Operator', now: 0 }), replace));
  it('is never replaced before the pod would come back with the present template', () =>
    assert.notDeepEqual(progress('Crashing', { outdated: 'Spec', templateSeen: false }), replace));
  it('Starting again and again with an older template is replaced', () =>
    assert.deepEqual(progress('Starting', { outdated: 'Spec', restartCount: 1 }), replace));
  it('on a node that does not answer says so, whatever was heard of it last', () => {
    const message = `its node node-a does not answer: it comes back with the node; if that is lost for good, delete the Node, then replace the member: kubectl stateward member replace demo ${name}`;
    for (const state of ['Starting', 'Terminating', 'Crashing'] as const) {
      const view = viewOf(name, { report: { state, message: 'is so' }, node: 'node-a', nodeSilent: true });
      assert.deepEqual(podProgress(view, at(60)), { kind: 'InProgress', message });
    }
  });

  it('Terminating is never hurried', () =>
    assert.deepEqual(progress('Terminating', { joined: false, outdated: 'Spec' }), moving));
  for (const state of ['Starting', 'Ready'] as const) {
    it(`${state} is for the product to judge`, () => {
      assert.equal(progress(state), undefined);
      assert.equal(progress(state, { outdated: 'Spec' }), undefined);
    });
  }
});

const service = serviceOf();
const claim = (parts: ClaimParts = {}, of = `data-${name}`): PersistentVolumeClaim => claimOf(of, service, parts);
const sized = (size: string, storageClassName?: string): MemberGroup =>
  groupOf({ claims: [{ name: 'data', size, storageClassName }] });

function steps(group: MemberGroup, claims: PersistentVolumeClaim[], sets: StatefulSet[] = []): [string, unknown][] {
  return volumeSteps([group], factsOf({}, { claims, sets })).map((step) => [step.name, step.progress]);
}

describe('the steps of volumes', () => {
  const step = `data-${name}:[volume]`;
  const grow = {
    kind: 'Due',
    action: { kind: 'GrowClaim', claim: `data-${name}`, uid: `uid-data-${name}`, size: '30Gi' },
    message: 'grows the volume from 20Gi to 30Gi',
  };
  const drop = {
    kind: 'Due',
    action: { kind: 'DropClaim', claim: `data-${name}`, uid: `uid-data-${name}` },
    message: 'drops a claim that never got a volume',
  };
  const waits = { kind: 'InProgress', message: 'waits for the storage driver: 20Gi of 30Gi' };
  const pending = { phase: 'Pending' as const };
  const deleting = claim(pending);
  deleting.metadata.deletionTimestamp = created;

  const table: [string, MemberGroup, PersistentVolumeClaim[], unknown[]][] = [
    ['are none while all is as it should be', sized('20Gi'), [claim()], []],
    ['are none for the same size said otherwise', sized('20480Mi'), [claim()], []],
    ['are none for a larger volume than asked for', sized('20Gi'), [claim({ capacity: '21Gi' })], []],
    ['grow a volume', sized('30Gi'), [claim()], [[step, grow]]],
    ['wait for the storage driver', sized('30Gi'), [claim({ size: '30Gi', capacity: '20Gi' })], [[step, waits]]],
    ['never shrink a volume', sized('10Gi'), [claim()], []],
    ['never change the class of a volume', sized('20Gi', 'gold'), [claim()], []],
    ['drop a claim of another size without a volume', sized('10Gi'), [claim(pending)], [[step, drop]]],
    ['drop a claim of another class without a volume', sized('20Gi', 'gold'), [claim(pending)], [[step, drop]]],
    ['drop it once', sized('10Gi'), [deleting], []],
    ['keep a claim without a volume that is as it should be', sized('20Gi', 'fast'), [claim(pending)], []],
    ['keep a claim that is just getting its volume', sized('10Gi'), [claim({ ...pending, volumeName: 'pv' })], []],
    ['keep a claim whose volume is lost', sized('10Gi'), [claim({ phase: 'Lost' })], []],
    ['leave alone what a former service of the name left', sized('30Gi'), [claim({ owner: 'old' })], []],
    ['leave alone what it left empty', sized('30Gi'), [claim({ owner: 'old', ...pending })], []],
    [
      'leave alone claims of other names',
      sized('30Gi'),
      [claim({}, 'data-demo-kafka-x'), claim({}, 'data-demo-kafka-0-1')],
      [],
    ],
  ];
  for (const [what, group, claims, expected] of table) {
    it(what, () => assert.deepEqual(steps(group, claims), expected));
  }

  it('are those of each volume and member', () => {
    const group = groupOf({
      claims: [
        { name: 'data', size: '30Gi' },
        { name: 'more', size: '40Gi' },
      ],
    });
    const claims = [claim(), claim({}, 'data-demo-kafka-1'), claim({ volume: 'more' }, 'more-demo-kafka-0')];
    assert.deepEqual(
      steps(group, claims).map(([of]) => of),
      ['data-demo-kafka-0:[volume]', 'data-demo-kafka-1:[volume]', 'more-demo-kafka-0:[volume]'],
    );
  });

  it('make a StatefulSet anew before its volumes', () => {
    const live = liveSet(memberSet(sized('20Gi')));
    assert.deepEqual(steps(sized('30Gi'), [claim()], [live]), [
      [
        'demo-kafka:[volumes]',
        {
          kind: 'Due',
          action: { kind: 'RecreateSet', set: 'demo-kafka', uid: 'uid-demo-kafka' },
          message: 'makes the StatefulSet anew for its volume templates; its pods stay',
        },
      ],
      [step, grow],
    ]);
    assert.deepEqual(steps(sized('20Gi'), [claim()], [live]), []);
  });
});

describe('a StatefulSet', () => {
  const live = liveSet(memberSet(sized('20Gi')));
  const two = (size: string): MemberGroup =>
    groupOf({
      claims: [
        { name: 'data', size: '20Gi' },
        { name: 'more', size },
      ],
    });
  const table: [string, MemberGroup, boolean][] = [
    ['stays for the same volumes', sized('20Gi'), false],
    ['stays for the same size said otherwise', sized('20480Mi'), false],
    ['is made anew for another size', sized('21Gi'), true],
    ['is made anew for another class', sized('20Gi', 'gold'), true],
    ['is made anew for one more volume', two('1Gi'), true],
    ['is made anew for another name', groupOf({ claims: [{ name: 'other', size: '20Gi' }] }), true],
    ['stays for other labels of its pods', groupOf({ podLabels: { a: 'b' } }), false],
  ];
  for (const [what, group, expected] of table) {
    it(what, () => assert.equal(needsRecreate(memberSet(group), live), expected));
  }
});
