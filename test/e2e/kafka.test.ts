/** One KafkaCluster with nothing in its spec, from its first second to the loss of all its pods and of a volume. */
import assert from 'node:assert/strict';
import type { Kafka } from 'kafkajs';
import { createTopic, type Range } from '../../hack/clients/kafka.ts';
import type { ClusterView } from '../../operators/kafka/admin/admin.ts';
import { initialDirectoryId } from '../../operators/kafka/ids.ts';
import { nodes, persistentVolumeClaims, podDisruptionBudgets } from '../../operators/kube/resource.ts';
import { type KafkaCluster, kafkas } from '../lib/resources.ts';
import { conditionOf } from '../lib/services.ts';
import { probe } from './lib/agent.ts';
import { assertBinding, type Known, putBack, shownByKubectl } from './lib/common.ts';
import {
  assertRecords,
  clientAt,
  clientOf,
  clusterIdAt,
  describeAny,
  describe as describeKafka,
  endpointsOf,
  fill,
  startWriting,
  untilInSync,
} from './lib/kafka.ts';
import { until, usePlace } from './lib/place.ts';
import { deletePod, evict, identities, killAll, lastWords, podsOf, untilPodReady } from './lib/pods.ts';
import { assertGuarded } from './lib/ports.ts';
import { type Recording, record } from './lib/recording.ts';
import { apply, assertNoRecovery, list, read, untilKafkaReady } from './lib/services.ts';

const name = 'kafka';
const members = ['kafka-kafka-0', 'kafka-kafka-1', 'kafka-kafka-2'];
const topic = 'records';
const known: Known<KafkaCluster> = { resource: kafkas, name, members, version: '4.3.1' };

describe('a KafkaCluster whose spec is {}', () => {
  const at = usePlace('kafka');
  let recording: Recording<KafkaCluster>;
  let kafka: Kafka;
  let records: Range;

  it('becomes Ready', async () => {
    recording = await record(at(), kafkas, name);
    await apply(at(), kafkas, name, {});
    await untilKafkaReady(at(), name);
    kafka = await clientOf(at(), name);
    records = await fill(kafka, topic, 3);
    await assertRecords(at(), kafka, topic, records);
  });

  it('shows its plan in its very first status', () => {
    const first = recording.versions().find(({ status }) => status !== undefined);
    assert.ok(first?.status);
    assert.equal(conditionOf(first, 'Reconciling')?.status, 'True');
    const [plan] = first.status.plans ?? [];
    assert.equal(plan?.name, 'deploy');
    const steps = plan.phases.flatMap((phase) => phase.steps);
    for (const member of members) assert.ok(steps.some((step) => step.name === `${member}:[start]`));
    for (const step of steps) assert.ok(step.reason !== undefined && step.since !== undefined, step.name);
  });

  it('completes each step of the plan, and says since when', async () => {
    const { status } = await read(at(), kafkas, name);
    const steps = (status?.plans ?? []).flatMap((plan) => plan.phases).flatMap((phase) => phase.steps);
    assert.ok(steps.length >= members.length + 2);
    for (const step of steps) assert.equal(step.status, 'Complete', step.name);
    for (const step of steps) assert.ok(Date.parse(step.since ?? '') > 0, step.name);
  });

  shownByKubectl(known, at);

  it('gives applications a Secret with everything they need', () =>
    assertBinding(at(), known, 'kafka', ['host', 'port', 'bootstrap-servers']));

  it('forms a dynamic quorum of the directory ids that status records', async () => {
    const { status, metadata } = await read(at(), kafkas, name);
    const { clusterId, quorum } = await describeAny(at(), name);
    assert.equal(clusterId, status?.clusterId);
    const voters = quorum.voters.map(({ nodeId, directoryId }) => [nodeId, directoryId]).toSorted();
    assert.deepEqual(voters, (status?.members ?? []).map((member) => [member.nodeId, member.directoryId]).toSorted());
    assert.deepEqual(
      voters.map(([nodeId]) => nodeId),
      [0, 1, 2],
    );
    for (const [nodeId, directoryId] of voters)
      assert.equal(directoryId, initialDirectoryId(clusterId, Number(nodeId)), `${metadata.name} ${nodeId}`);
    assert.deepEqual(quorum.observers, []);
  });

  it('keeps the cluster id with the volumes', async () => {
    const { status } = await read(at(), kafkas, name);
    const claims = await list(at(), persistentVolumeClaims);
    assert.equal(claims.length, 3);
    for (const { metadata } of claims)
      assert.equal(metadata.annotations?.['stateward.dev/kafka-cluster-id'], status?.clusterId);
  });

  it('runs each member on a node of its own, in a zone of its own', async () => {
    const { status } = await read(at(), kafkas, name);
    const placed = status?.members ?? [];
    assert.equal(new Set(placed.map(({ node }) => node)).size, 3);
    assert.deepEqual(placed.map(({ zone }) => zone).toSorted(), ['a', 'b', 'c']);
    assert.ok(placed.every(({ node }) => node !== 'gpu-a'));
  });

  it('tells Kafka the zone of the node as the rack', async () => {
    const { signal } = at();
    const zones = new Map<number, string | undefined>();
    for (const pod of await podsOf(at(), name)) {
      const node = await at().api.read(nodes, { name: pod.spec?.nodeName ?? '' }, { signal });
      const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
      zones.set(Number(pod.metadata.labels?.['apps.kubernetes.io/pod-index']), zone);
    }
    const { brokers } = await describeAny(at(), name);
    assert.deepEqual(new Map(brokers.map(({ nodeId, rack }) => [nodeId, rack])), zones);
  });

  it('derives the heap from the memory limit', async () => {
    for (const pod of await podsOf(at(), name)) {
      const container = pod.spec?.containers.find((candidate) => candidate.name === 'kafka');
      assert.equal(container?.resources?.limits?.['memory'], '2Gi');
      assert.ok(container?.command?.includes('-Xmx1024m'), container?.command?.join(' '));
    }
  });

  it('reaches clients by the bootstrap Service and by each member that status names', async () => {
    const [endpoint] = await endpointsOf(at(), name);
    assert.equal(endpoint?.name, 'secure');
    assert.equal(endpoint.vip, `kafka-kafka.${at().namespace}.svc.cluster.local:9093`);
    assert.equal(endpoint.dns.length, 3);
    for (const address of endpoint.dns)
      await assertRecords(at(), await clientAt(at(), name, [address]), topic, records);
    const { status } = await read(at(), kafkas, name);
    assert.equal(await clusterIdAt(at(), name, endpoint.vip), status?.clusterId);
  });

  it('is open at no port but those that its NetworkPolicy knows, and there to whom it may concern', async () => {
    const own = [9090, 9091];
    await assertGuarded(at(), name, { open: [8778, ...own, 9093], operator: own, members: own, clients: [9093] });
    for (const member of members) {
      const probes = ['/live', '/ready', '/state', '/'].map((path) => probe(at(), member, path));
      assert.deepEqual(await Promise.all(probes), [200, 200, 404, 404]);
      assert.equal(await probe(at(), member, '/ready', 'POST'), 405);
    }
  });

  putBack(known, at);

  it('allows an eviction, and refuses the next while a member is away, and loses no acknowledged record', async () => {
    const before = await identities(at(), name);
    await createTopic(kafka, { topic: 'evicted', partitions: 6, replicas: 3 });
    await untilInSync(at(), kafka, 'evicted');
    const writing = await startWriting(at(), kafka, 'evicted');
    const words = lastWords(at(), 'kafka-kafka-0', 'kafka');
    assert.equal(await evict(at(), 'kafka-kafka-0'), true);
    await until(at(), async () => {
      const budget = await read(at(), podDisruptionBudgets, 'kafka-kafka');
      assert.equal(budget.status?.disruptionsAllowed, 0);
    });
    assert.equal(await evict(at(), 'kafka-kafka-1'), false);
    assert.match(await words, /controlled shutdown/i);
    await untilPodReady(at(), 'kafka-kafka-0', before['kafka-kafka-0']?.split(' ')[0]);
    const written = await writing.stop();
    assert.ok(written.to > 0);
    await assertRecords(at(), kafka, 'evicted', written);
    assertNoRecovery(await untilKafkaReady(at(), name));
    const after = await identities(at(), name);
    assert.equal(after['kafka-kafka-1'], before['kafka-kafka-1']);
    assert.equal(after['kafka-kafka-2'], before['kafka-kafka-2']);
  });

  it('stops a member gracefully: the controller lets it go before it ends', async () => {
    const words = lastWords(at(), 'kafka-kafka-2', 'kafka');
    await deletePod(at(), 'kafka-kafka-2');
    const log = await words;
    assert.match(log, /The controller has asked us to exit controlled shutdown/);
    await untilKafkaReady(at(), name);
  });

  it('gives a deleted pod its identity and its data back', async () => {
    await untilInSync(at(), kafka, topic);
    const before = await read(at(), kafkas, name);
    await deletePod(at(), 'kafka-kafka-1');
    await untilPodReady(at(), 'kafka-kafka-1');
    const after = await untilKafkaReady(at(), name);
    const ids = (service: KafkaCluster) =>
      service.status?.members?.map(({ nodeId, directoryId, volumes }) => [nodeId, directoryId, volumes]);
    assert.deepEqual(ids(after), ids(before));
    await untilInSync(at(), kafka, topic);
    await assertRecords(at(), kafka, topic, records);
  });

  it('comes back with its data after all its pods were killed at once', async () => {
    const { status } = await read(at(), kafkas, name);
    const before = await identities(at(), name);
    await killAll(at(), name);
    for (const member of members) await untilPodReady(at(), member, before[member]?.split(' ')[0]);
    await untilKafkaReady(at(), name);
    const { clusterId, quorum } = await describeAny(at(), name);
    assert.equal(clusterId, status?.clusterId);
    assert.equal(quorum.voters.length, 3);
    await assertRecords(at(), kafka, topic, records);
  });

  it('never lets a wiped member found a second cluster, and gives its new volume a vote', async () => {
    await untilInSync(at(), kafka, topic);
    const { status } = await read(at(), kafkas, name);
    const before = await describeAny(at(), name);
    const others = await identities(at(), name);
    const wiped = 'kafka-kafka-2';
    await at().tools.kubectl(['delete', 'pvc', `data-${wiped}`, '-n', at().namespace, '--wait=false']);
    await deletePod(at(), wiped);
    const oldId = directoryOf(before, 2);
    await until(at(), async () => {
      const view = await describeKafka(at(), 'kafka-kafka-0');
      assert.deepEqual(view.quorum.voters.map(({ nodeId }) => nodeId).toSorted(), [0, 1, 2]);
      // The former directory is shown for five minutes after its last fetch (LeaderState.OBSERVER_SESSION_TIMEOUT_MS).
      assert.deepEqual(
        view.quorum.observers.filter(({ directoryId }) => directoryId !== oldId),
        [],
      );
      assert.notEqual(directoryOf(view, 2), oldId);
    });
    await untilKafkaReady(at(), name);
    const after = await describeKafka(at(), wiped);
    assert.equal(after.clusterId, status?.clusterId);
    for (const other of [0, 1]) assert.equal(directoryOf(after, other), directoryOf(before, other));
    const now = await identities(at(), name);
    for (const other of ['kafka-kafka-0', 'kafka-kafka-1']) assert.equal(now[other], others[other]);
    await untilInSync(at(), kafka, topic);
    await assertRecords(at(), kafka, topic, records);
  });
});

function directoryOf({ quorum }: ClusterView, nodeId: number): string | undefined {
  return quorum.voters.find((voter) => voter.nodeId === nodeId)?.directoryId;
}
