import assert from 'node:assert/strict';
import type { MemberStatus } from './facts.ts';
import { memberSet } from './member-set.ts';
import { claimNames, memberStatus, memberViews } from './members.ts';
import { claimOf, liveSet, podOf, readyPod } from './testing/objects.ts';
import { defaultPlacement, factsOf, groupOf, serviceOf, viewOf } from './testing/services.ts';

const service = serviceOf();
const group = groupOf({ replicas: 1 });
const name = 'demo-kafka-0';

function outdated(pod: string | undefined, revision: string | undefined, observed = 2): boolean | undefined {
  const labels = pod === undefined ? {} : { 'controller-revision-hash': pod };
  const set = liveSet(memberSet(group), { observed });
  if (set.status !== undefined) {
    if (revision === undefined) delete set.status.updateRevision;
    else set.status.updateRevision = revision;
  }
  return memberViews([group], factsOf({}, { sets: [set], pods: [readyPod(name, { labels })] }))[0]?.outdated;
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
      outdated: false,
      joined: true,
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
    const table: [string, boolean, string | undefined, string | undefined, number?][] = [
      ['when the pod has another revision than the set', true, 'old', 'new'],
      ['not when it has the same', false, 'new', 'new'],
      ['not while the set has not been looked at', false, 'old', 'new', 1],
      ['not while the pod has no revision', false, undefined, 'new'],
      ['not while the set has none', false, 'old', undefined],
    ];
    for (const [what, expected, pod, revision, observed] of table) {
      it(what, () => assert.equal(outdated(pod, revision, observed), expected));
    }

    it('not without a set', () => {
      const pods = [readyPod(name, { labels: { 'controller-revision-hash': 'old' } })];
      assert.equal(memberViews([group], factsOf({}, { pods }))[0]?.outdated, false);
    });
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
