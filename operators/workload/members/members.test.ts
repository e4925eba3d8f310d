import assert from 'node:assert/strict';
import type { StatefulSet } from '../../kube/resource.ts';
import type { MemberStatus } from '../facts.ts';
import { claimOf, liveSet, podOf, readyPod } from '../testing/objects.ts';
import { defaultPlacement, factsOf, groupOf, serviceOf, viewOf } from '../testing/services.ts';
import { askedMark, type MemberGroup, memberSet, templateMark, templateMarks } from './member-set.ts';
import { claimNames, type MemberView, memberStatus, memberViews, type Outdated } from './members.ts';

const service = serviceOf();
const group = groupOf({ replicas: 1 });
const name = 'demo-kafka-0';

const marks = templateMarks(group);

/** A member whose pod carries these marks. */
function viewed(annotations: Record<string, string>, of = group): MemberView | undefined {
  return memberViews([of], factsOf({}, { pods: [readyPod(name, { annotations })] }))[0];
}

describe('members', () => {
  it('are those that should exist, in the order of groups and ordinals', () => {
    const groups = [groupOf({ replicas: 2 }), groupOf({ name: 'demo-b', group: 'b', replicas: 2, firstOrdinal: 1000 })];
    const extra = podOf('demo-kafka-7');
    assert.deepEqual(
      memberViews(groups, factsOf({}, { pods: [extra] })).map((view) => [view.name, view.report.state]),
      ['demo-kafka-0', 'demo-kafka-1', 'demo-b-1000', 'demo-b-1001'].map((member) => [member, 'Absent']),
    );
  });

  it('show what Kubernetes knows of them', () => {
    const members: MemberStatus[] = [{ name, group: 'kafka', ready: true, state: 'Ready', joined: true }];
    const claims = [claimOf(`data-${name}`, service), claimOf('data-demo-kafka-1', service)];
    const pod = readyPod(name, { node: 'node-b', address: '10.0.0.9' });
    const nodeLabels = (node: string): Record<string, string> => ({
      [defaultPlacement.topologyKey]: `zone of ${node}`,
    });
    const [view] = memberViews([group], factsOf({ members }, { pods: [pod], claims, nodeLabels }));
    assert.deepEqual(view, {
      name,
      group,
      pod,
      report: { state: 'Ready', message: '' },
      claims: [claims[0]],
      outdated: 'Operator',
      resize: undefined,
      templateSeen: false,
      joined: true,
      nodeSilent: false,
      leaving: false,
      retired: false,
      paused: false,
      node: 'node-b',
      zone: 'zone of node-b',
      address: '10.0.0.9',
    });
  });

  it('have not joined unless status says so', () => {
    const members: MemberStatus[] = [{ name, group: 'kafka', ready: true, state: 'Ready' }];
    assert.equal(memberViews([group], factsOf({ members }))[0]?.joined, false);
  });

  describe('are outdated', () => {
    const table: [string, Outdated | undefined, Record<string, string>][] = [
      ['not when the pod was made from the present template', undefined, marks],
      ['not when only the spec says something else', undefined, { ...marks, [askedMark]: 'rev-0' }],
      ['by the operator when the spec says the same', 'Operator', { ...marks, [templateMark]: 'other' }],
      ['by the spec when it says something else', 'Spec', { [templateMark]: 'other', [askedMark]: 'rev-0' }],
      ['by the operator when nobody knows what the spec said', 'Operator', { [templateMark]: 'other' }],
      ['by the operator when the pod bears no mark at all', 'Operator', {}],
    ];
    for (const [what, expected, annotations] of table) {
      it(what, () => assert.equal(viewed(annotations)?.outdated, expected));
    }

    it('not without a pod', () => assert.equal(memberViews([group], factsOf({}))[0]?.outdated, undefined));

    it('by anything that a process would read', () => {
      const changes: Partial<MemberGroup>[] = [
        { podAnnotations: { 'config-hash': 'x' } },
        { podLabels: { version: '2' } },
        { container: { name: 'kafka', image: 'other' } },
        { graceSeconds: 31 },
      ];
      for (const change of changes) assert.equal(viewed(marks, { ...group, ...change })?.outdated, 'Operator');
    });

    it('not by what makes no pod another one', () => {
      const changes: Partial<MemberGroup>[] = [
        { replicas: 5 },
        { firstOrdinal: 0, headless: 'other' },
        { claims: [{ name: 'data', size: '30Gi' }] },
      ];
      for (const change of changes) assert.equal(viewed(marks, { ...group, ...change })?.outdated, undefined);
    });
  });

  describe('know that the StatefulSet controller has seen their template', () => {
    const seen = (set: StatefulSet | undefined): boolean | undefined =>
      memberViews([group], factsOf({}, { sets: set === undefined ? [] : [set] }))[0]?.templateSeen;
    const live = liveSet(memberSet(group));
    const { status: _, ...fresh } = live;
    const table: [string, StatefulSet | undefined, boolean][] = [
      ['when it has observed the present generation', live, true],
      ['not while it has observed an older one', liveSet(memberSet(group), { observed: 1 }), false],
      ['not while it has observed none', fresh, false],
      ['not without a set', undefined, false],
    ];
    for (const [what, set, expected] of table) it(what, () => assert.equal(seen(set), expected));
  });

  it('have marks on their pods that no annotation of the user takes the place of', () => {
    const podAnnotations = { [templateMark]: 'mine', [askedMark]: 'mine' };
    const { spec } = memberSet({ ...group, podAnnotations });
    const carried = spec?.template.metadata?.annotations ?? {};
    assert.notEqual(carried[templateMark], 'mine');
    assert.equal(carried[askedMark], 'rev-1');
    assert.deepEqual(memberSet(group).spec?.template.metadata?.annotations, templateMarks(group));
  });

  it('have one claim for each volume', () => {
    const claims = [
      { name: 'data', size: '1Gi' },
      { name: 'more', size: '1Gi' },
    ];
    assert.deepEqual(claimNames(name, { claims }), ['data-demo-kafka-0', 'more-demo-kafka-0']);
  });
});

describe('the status of a member', () => {
  it('says all that is known', () => {
    const pod = readyPod(name, { labels: { 'app.kubernetes.io/version': '4.3.1' } });
    const claims = [claimOf(`data-${name}`, service, { size: '20Gi', capacity: '30Gi' })];
    assert.deepEqual(memberStatus(viewOf(name, { pod, claims, joined: true })), {
      name,
      group: 'kafka',
      ready: true,
      state: 'Ready',
      node: 'node-a',
      zone: 'a',
      address: '10.0.0.1',
      version: '4.3.1',
      joined: true,
      volumes: [{ name: 'data', claim: `data-${name}`, size: '30Gi' }],
    });
  });

  it('leaves out what is not', () => {
    const report = { state: 'Absent' as const, message: 'waits for its pod to be created' };
    const nothing = { pod: undefined, claims: [], node: undefined, zone: undefined, address: undefined };
    assert.deepEqual(memberStatus(viewOf(name, { report, ...nothing })), {
      name,
      group: 'kafka',
      ready: false,
      state: 'Absent',
      message: 'waits for its pod to be created',
      volumes: [{ name: 'data', claim: `data-${name}` }],
    });
  });
});
