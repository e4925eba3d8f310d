/** A KafkaCluster of two pools: controllers of their own, brokers with two disks and two listeners. */
import assert from 'node:assert/strict';
import type { Kafka } from 'kafkajs';
import type { Range } from '../../hack/clients/kafka.ts';
import { configMaps, persistentVolumeClaims, pods, services, statefulSets } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { kafkas } from '../lib/resources.ts';
import { assertStalled, conditionOf } from '../lib/services.ts';
import {
  assertRecords,
  clientAt,
  clientOf,
  clusterIdAt,
  describe as describeKafka,
  endpointsOf,
  fill,
} from './lib/kafka.ts';
import { until, usePlace } from './lib/place.ts';
import { deletePod, exec, identities, podsOf } from './lib/pods.ts';
import { apply, list, read, smallKafka, untilKafkaReady, untilService } from './lib/services.ts';

const name = 'split';
const controllers = ['split-controller-0', 'split-controller-1', 'split-controller-2'];
const brokers = ['split-broker-1000', 'split-broker-1001'];
const topic = 'records';

function resources(memory: string): object {
  return { requests: { cpu: '100m', memory }, limits: { memory } };
}

/** As the last test has left it. */
let hours = '72';

/** Five members on three nodes, which has to be said. */
function spec({ config = {}, size = '1Gi' }: { config?: Record<string, string>; size?: string } = {}): object {
  const disk = (volume: string) => ({ name: volume, size });
  const controller = { name: 'controller', roles: ['Controller'], replicas: 3, resources: resources('448Mi') };
  const broker = { name: 'broker', roles: ['Broker'], replicas: 2, resources: resources('640Mi') };
  return {
    pools: [
      {
        ...controller,
        storage: { volumes: [{ name: 'data', size: '1Gi' }] },
        jvm: { ...smallKafka.jvm, heap: '224Mi' },
      },
      { ...broker, jvm: smallKafka.jvm, storage: { volumes: [disk('disk-0'), disk('disk-1')] } },
    ],
    listeners: [
      { name: 'plain', port: 9092 },
      { name: 'apps', port: 9094 },
    ],
    config: { 'log.retention.hours': hours, 'num.partitions': '4', ...config },
    placement: { membersPerNode: 'Any' },
  };
}

describe('a KafkaCluster with controllers of their own', () => {
  const at = usePlace('kafka-pools');
  let kafka: Kafka;
  let records: Range;

  it('becomes Ready', async () => {
    await apply(at(), kafkas, name, spec());
    await untilKafkaReady(at(), name);
    kafka = await clientOf(at(), name);
    records = await fill(kafka, topic, 2);
    await assertRecords(at(), kafka, topic, records);
  });

  it('numbers the members of its pools apart', async () => {
    const { status } = await read(at(), kafkas, name);
    const ids = status?.members?.map((member) => [member.name, member.nodeId, member.roles?.join()]);
    const controller = controllers.map((member, index) => [member, index, 'Controller']);
    assert.deepEqual(ids, [...controller, ...brokers.map((member, index) => [member, 1000 + index, 'Broker'])]);
    const view = await describeKafka(at(), brokers[0] ?? '');
    assert.deepEqual(view.brokers.map(({ nodeId }) => nodeId).toSorted(), [1000, 1001]);
    assert.deepEqual(view.quorum.voters.map(({ nodeId }) => nodeId).toSorted(), [0, 1, 2]);
    assert.deepEqual(view.quorum.observers.map(({ nodeId }) => nodeId).toSorted(), [1000, 1001]);
  });

  it('forms the quorum of the directory ids that status records', async () => {
    const { status } = await read(at(), kafkas, name);
    const recorded = status?.members?.map(({ nodeId, directoryId }) => `${nodeId} ${directoryId}`);
    for (const broker of brokers) {
      const { quorum } = await describeKafka(at(), broker);
      const known = [...quorum.voters, ...quorum.observers].map((voter) => `${voter.nodeId} ${voter.directoryId}`);
      assert.deepEqual(known.toSorted(), recorded?.toSorted());
    }
  });

  it('puts partitions on both disks of a broker', async () => {
    for (const broker of brokers) {
      for (const disk of ['disk-0', 'disk-1']) {
        const entries = await exec(at(), broker, ['ls', `/var/lib/kafka/${disk}/log`]);
        assert.match(entries, /meta\.properties/);
        assert.match(entries, new RegExp(`${topic}-\\d`), `${broker} has no partition on ${disk}`);
      }
    }
  });

  it('serves on each of its listeners', async () => {
    const endpoints = await endpointsOf(at(), name);
    assert.deepEqual(
      endpoints.map((endpoint) => [endpoint.name, endpoint.port]),
      [
        ['plain', 9092],
        ['apps', 9094],
      ],
    );
    for (const endpoint of endpoints) {
      await assertRecords(at(), await clientAt(at(), name, endpoint.dns), topic, records);
      assert.equal(
        await clusterIdAt(at(), name, endpoint.vip ?? ''),
        (await read(at(), kafkas, name)).status?.clusterId,
      );
    }
  });

  it('sends clients to brokers only', async () => {
    const service = await read(at(), services, 'split-kafka');
    const selected = (await podsOf(at(), name)).filter(({ metadata }) =>
      Object.entries(service.spec?.selector ?? {}).every(([key, value]) => metadata.labels?.[key] === value),
    );
    assert.deepEqual(
      selected.map(({ metadata }) => metadata.name),
      brokers,
    );
  });

  it('runs with the settings of its spec', async () => {
    const admin = kafka.admin();
    await admin.connect();
    const { resources: found } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 4, name: '1000', configNames: ['log.retention.hours', 'num.partitions'] }],
    });
    await admin.disconnect();
    const entries = found[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]);
    assert.deepEqual(Object.fromEntries(entries ?? []), { 'log.retention.hours': '72', 'num.partitions': '4' });
  });

  it('takes the heap that is given, and derives the other from the memory limit', async () => {
    for (const { metadata, spec: pod } of await podsOf(at(), name)) {
      const heap = metadata.name.includes('controller') ? '224m' : '320m';
      assert.ok(pod?.containers[0]?.command?.includes(`-Xmx${heap}`), metadata.name);
      assert.ok(pod?.containers[0]?.command?.includes(`-Xms${heap}`), metadata.name);
    }
  });

  for (const [key, because] of Object.entries({
    'node.id': 'the number in the pod name',
    'log.dirs': 'pools[].storage.volumes',
    'zookeeper.connect': 'Kafka 4 has no such setting',
    'controller.quorum.voters': 'the quorum is kept by Stateward',
  })) {
    it(`refuses the setting ${key}, says why, and touches nothing`, async () => {
      const before = await identities(at(), name);
      const files = await configFiles();
      await apply(at(), kafkas, name, spec({ config: { [key]: 'x' } }));
      const service = await untilService(at(), kafkas, name, (seen) => assertStalled(seen, 'ConfigRefused', key));
      assert.ok(conditionOf(service, 'Stalled')?.message.includes(because), conditionOf(service, 'Stalled')?.message);
      assert.equal(conditionOf(service, 'Ready')?.status, 'True');
      assert.deepEqual(await configFiles(), files);
      await apply(at(), kafkas, name, spec());
      await untilKafkaReady(at(), name);
      assert.deepEqual(await identities(at(), name), before);
    });
  }

  it('restarts one member after another for a setting that is read at the start', async () => {
    const before = await identities(at(), name);
    hours = '48';
    await apply(at(), kafkas, name, spec());
    await untilKafkaReady(at(), name);
    const after = await identities(at(), name);
    for (const member of [...brokers, ...controllers]) assert.notEqual(after[member], before[member], member);
    await assertRecords(at(), kafka, topic, records);
  });

  it('grows its volumes while they are in use', async () => {
    const before = await identities(at(), name);
    const sets = await list(at(), statefulSets);
    await apply(at(), kafkas, name, spec({ size: '2Gi' }));
    await untilKafkaReady(at(), name);
    await until(at(), async () => {
      for (const claim of await brokerClaims()) assert.equal(claim.status?.capacity?.['storage'], '2Gi');
    });
    const kilobytes = await exec(at(), brokers[0] ?? '', ['df', '--output=size', '/var/lib/kafka/disk-0']);
    assert.ok(Number(kilobytes.split('\n')[1]) > 1.8 * 1024 * 1024, kilobytes);
    const template = (await read(at(), statefulSets, 'split-broker')).spec?.volumeClaimTemplates?.[0];
    assert.equal(template?.spec?.resources?.requests?.['storage'], '2Gi');
    assert.equal(sets.length, 2);
    assert.deepEqual(await identities(at(), name), before, 'the pods were not touched');
    const { status } = await read(at(), kafkas, name);
    const sizes = status?.members?.find((member) => member.name === brokers[0])?.volumes?.map(({ size }) => size);
    assert.deepEqual(sizes, ['2Gi', '2Gi']);
    await assertRecords(at(), kafka, topic, records);
  });

  it('says that a volume cannot shrink, and touches nothing', async () => {
    const before = await identities(at(), name);
    await apply(at(), kafkas, name, spec({ size: '1Gi' }));
    await untilService(at(), kafkas, name, (seen) =>
      assertStalled(seen, 'StorageChangeRefused', 'cannot shrink to 1Gi; set the size back to 2Gi'),
    );
    await apply(at(), kafkas, name, spec({ size: '2Gi' }));
    await untilKafkaReady(at(), name);
    assert.deepEqual(await identities(at(), name), before);
  });

  it('is not ready where the controller is cut off from its quorum, and is again when that is back', async () => {
    const [survivor = '', ...others] = controllers;
    await forbidPods();
    for (const other of others) await deletePod(at(), other);
    await until(at(), async () => assert.ok(!isReady(await read(at(), pods, survivor)), 'it cannot follow a quorum'));
    const lonely = await read(at(), pods, survivor);
    assert.equal(lonely.status?.containerStatuses?.[0]?.restartCount, 0, 'its process goes on');
    await untilService(at(), kafkas, name, (seen) => {
      assert.equal(conditionOf(seen, 'Ready')?.status, 'False');
      assert.ok(seen.status?.plans?.some((plan) => plan.name === 'recovery'));
    });
    await allowPods();
    await untilKafkaReady(at(), name);
    await assertRecords(at(), kafka, topic, records);
  });

  async function configFiles() {
    const found = await list(at(), configMaps);
    return found.map(({ metadata, data }) => [metadata.name, metadata.resourceVersion, data]);
  }

  async function brokerClaims() {
    const claims = await list(at(), persistentVolumeClaims);
    return claims.filter(({ metadata }) => metadata.name.startsWith('disk-'));
  }

  /** Nobody can put a lost pod back while this quota stands. */
  async function forbidPods(): Promise<void> {
    const metadata = { name: 'no-pods', namespace: at().namespace };
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '0' } } };
    await at().tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(quota) });
    await until(at(), async () => {
      const output = await at().tools.kubectl(['get', 'quota', 'no-pods', '-n', at().namespace, '-o', 'json']);
      assert.match(output, /"used"/);
    });
  }

  async function allowPods(): Promise<void> {
    await at().tools.kubectl(['delete', 'quota', 'no-pods', '-n', at().namespace]);
  }
});
