import assert from 'node:assert/strict';
import type { KafkaMemberStatus } from '../../../crds/kafka-cluster.ts';
import type { MemberView } from '../../workload/members/members.ts';
import { podOf } from '../../workload/testing/objects.ts';
import type { ClusterView } from '../admin/admin.ts';
import { clusterOf, kafkaFacts, membersOf, modelOf, separate, snapshotOf, voterOf } from '../testing/kafka.ts';
import { doubtful, type NotForwarding, notForwarding, onlyFollows } from './forwarding.ts';

const model = modelOf(separate);
const name = 'demo-broker-1001';
const nodeId = 1001;
const now = Date.parse('2026-01-01T01:00:00Z');
const since = '2026-01-01T00:30:00.000Z';
const following = clusterOf({ observers: [voterOf(nodeId, { lastFetch: 900n })] });

function statusOf(parts: Partial<KafkaMemberStatus> = {}): KafkaMemberStatus {
  return { name, group: 'broker', ready: true, state: 'Ready', ...parts };
}

interface World {
  forwards?: boolean;
  cluster?: ClusterView | undefined;
  known?: NotForwarding;
  pod?: string;
}

function worldOf(world: World) {
  const { forwards, known, pod = 'second' } = world;
  const cluster = 'cluster' in world ? world.cluster : following;
  const parts: Partial<MemberView> = { pod: podOf(name, { uid: pod }) };
  const members = membersOf(model, { [name]: parts });
  const member = members.find((candidate) => candidate.name === name);
  assert.ok(member !== undefined);
  const forwarding = new Map(forwards === undefined ? [] : [[nodeId, forwards]]);
  const facts = kafkaFacts({ members: [statusOf(known && { notForwarding: known })] });
  return { member, snapshot: snapshotOf({ members, cluster, forwarding }), facts };
}

describe('a broker that passes no requests on', () => {
  const table: [string, World, boolean][] = [
    ['is one that follows the leader', { forwards: false }, true],
    ['is not one that does', { forwards: true }, false],
    ['is not one that does not answer', {}, false],
    ['is not known while nobody else reaches the controllers', { forwards: false, cluster: undefined }, false],
    [
      'is not known while there is no leader',
      { forwards: false, cluster: { ...following, quorum: { ...following.quorum, leaderId: -1 } } },
      false,
    ],
    ['is not one that the leader does not know', { forwards: false, cluster: clusterOf() }, false],
    [
      'is not one that is cut off from the leader',
      { forwards: false, cluster: clusterOf({ observers: [voterOf(nodeId, { lastFetch: -4_000n })] }) },
      false,
    ],
  ];
  for (const [what, world, expected] of table) {
    it(what, () => {
      const { member, snapshot } = worldOf(world);
      assert.equal(onlyFollows(member, snapshot), expected);
    });
  }
});

describe('what is remembered of it', () => {
  const fresh = { since: new Date(now).toISOString(), podUid: 'second' };
  const known = { since, podUid: 'second' };
  const before = { since, podUid: 'first' };
  const table: [string, World, NotForwarding | undefined][] = [
    ['is nothing of one that passes them on', { forwards: true, known }, undefined],
    ['begins when it is seen', { forwards: false }, fresh],
    ['does not begin by silence', {}, undefined],
    ['keeps its beginning', { forwards: false, known }, known],
    ['stays while it does not answer', { known }, known],
    ['stays while nobody answers', { forwards: false, known, cluster: undefined }, known],
    ['stays while its next pod does not answer', { known: before }, before],
    ['begins anew with its next pod, and says so', { forwards: false, known: before }, { ...fresh, restarted: true }],
  ];
  for (const [what, world, expected] of table) {
    it(what, () => {
      const { member, snapshot, facts } = worldOf(world);
      assert.deepEqual(notForwarding(member, snapshot, facts, now), expected);
    });
  }
});

describe('brokers that are asked each time', () => {
  const of = (status: KafkaMemberStatus, parts: Partial<MemberView> = {}): string[] => [
    ...doubtful(membersOf(model, { [name]: parts }), kafkaFacts({ members: [status] })),
  ];
  const table: [string, string[], string[]][] = [
    ['are none of those that are in order', of(statusOf()), []],
    ['are those of which it is known', of(statusOf({ notForwarding: { since, podUid: 'first' } })), [name]],
    ['are those that are to leave', of(statusOf(), { leaving: true }), [name]],
    ['are those that were to leave, and stay', of(statusOf({ leaving: true })), [name]],
  ];
  for (const [what, found, expected] of table) it(what, () => assert.deepEqual(found, expected));
});
