/** The life of a KafkaCluster after its first setup: removal, return, loss and repair, neighbours. */
import assert from 'node:assert/strict';
import {
  configMaps,
  type KubeObject,
  networkPolicies,
  persistentVolumeClaims,
  pods,
  type Resource,
  secrets,
  statefulSets,
} from '../../operators/kube/resource.ts';
import { keys } from '../../operators/workload/identity.ts';
import { isWrite } from '../lib/connection.ts';
import { eventually } from '../lib/eventually.ts';
import { type KafkaCluster, kafkas } from '../lib/resources.ts';
import { inScene, inService, type Scene } from '../lib/scene.ts';
import {
  applyCassandra,
  applyKafka,
  assertStalled,
  deleteObject,
  isReady,
  listNames,
  mustRead,
  statesUntil,
  untilCurrent,
  untilGone,
  untilService,
} from '../lib/services.ts';
import { owned } from './kafka-objects.ts';

const withUid = async (scene: Scene, resource: Resource, name: string) =>
  (await mustRead(scene, resource, name)).metadata.uid ?? '';

const quotas: Resource = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};

interface CoreEvent extends KubeObject {
  reason?: string;
  count?: number;
}

/** As the controllers of Kubernetes write them. */
const coreEvents: Resource<CoreEvent> = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** A simulated pod is back before anybody looks: while this stands, a lost one stays away. */
async function forbidPods({ api, namespace, signal }: Scene): Promise<void> {
  const spec = { hard: { pods: '0' } };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'no-pods', namespace }, spec };
  await api.create(quotas, quota, { signal });
}

describe('a KafkaCluster that was set up', () => {
  it(
    'keeps its claims when it is deleted, and takes everything else along',
    inService(async (scene) => {
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      await deleteObject(scene, kafkas, 'one');
      for (const [resource, name] of owned) await untilGone(scene, resource, name);
      await eventually(async () => assert.deepEqual(await listNames(scene, pods), []), scene);
      assert.equal((await listNames(scene, persistentVolumeClaims)).length, 3);
    }),
  );

  it(
    'takes its claims along where the policy is Delete',
    inService(async (scene) => {
      await applyKafka(scene, 'one', { deletionPolicy: 'Delete' });
      await untilCurrent(scene, kafkas, 'one');
      await deleteObject(scene, kafkas, 'one');
      await untilGone(scene, kafkas, 'one');
      await eventually(async () => assert.deepEqual(await listNames(scene, persistentVolumeClaims), []), scene);
    }),
  );

  it(
    'takes over the volumes of a former one only when told so, with the ids that they carry',
    inService(async (scene) => {
      await applyKafka(scene, 'one', {});
      const former = await untilCurrent(scene, kafkas, 'one');
      const uid = former.metadata.uid ?? '';
      await deleteObject(scene, kafkas, 'one');
      await eventually(async () => assert.deepEqual(await listNames(scene, pods), []), scene);
      await applyKafka(scene, 'one', {});
      await untilService(scene, kafkas, 'one', (service) => {
        assertStalled(service, 'RetainedVolumes', `spec.adoptVolumesFrom: ${uid}`);
      });
      assert.deepEqual(await listNames(scene, statefulSets), [], 'something was made beside foreign data');
      await applyKafka(scene, 'one', { adoptVolumesFrom: uid });
      const { status, metadata } = await untilCurrent(scene, kafkas, 'one');
      assert.equal(status?.clusterId, former.status?.clusterId);
      const claim = await mustRead(scene, persistentVolumeClaims, 'data-one-kafka-0');
      assert.equal(claim.metadata.labels?.[keys.serviceUid], metadata.uid);
    }),
  );

  it(
    'has everything put back that somebody removes',
    inService(async (scene) => {
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      const everything: [Resource, string][] = [...owned, [pods, 'one-kafka-1']];
      for (const [resource, name] of everything) {
        // A pod of a StatefulSet that was removed before may go by itself meanwhile, and comes again.
        const lost = await eventually(async () => {
          const uid = await withUid(scene, resource, name);
          await deleteObject(scene, resource, name);
          return uid;
        }, scene);
        await eventually(async () => assert.notEqual(await withUid(scene, resource, name), lost), scene);
      }
      await untilCurrent(scene, kafkas, 'one');
      assert.equal((await listNames(scene, persistentVolumeClaims)).length, 3);
    }),
  );

  it(
    'remembers which broker passes no requests on, and forgets it when it does again',
    inScene(async (scene) => {
      let forwards = true;
      const { admins } = scene;
      const kafka: typeof admins.kafka = (access) => ({ ...admins.kafka(access), forwards: async () => forwards });
      await scene.operator({ admins: { ...admins, kafka } });
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      const remembered = ({ status }: KafkaCluster) =>
        (status?.members ?? []).flatMap(({ name, notForwarding }) => (notForwarding === undefined ? [] : [name]));
      forwards = false;
      await untilService(scene, kafkas, 'one', (service) => assert.notDeepEqual(remembered(service), []));
      forwards = true;
      await untilService(scene, kafkas, 'one', (service) => assert.deepEqual(remembered(service), []));
    }),
  );

  it(
    'has every edit undone that contradicts it',
    inService(async (scene) => {
      const { api, namespace, signal } = scene;
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      const edit = { data: { 'server.properties': 'node.id=7' } };
      await api.patch(configMaps, { namespace, name: 'one-kafka-config' }, edit, { signal });
      await api.patch(statefulSets, { namespace, name: 'one-kafka' }, { spec: { replicas: 1 } }, { signal });
      await eventually(async () => {
        const { data } = await mustRead(scene, configMaps, 'one-kafka-config');
        assert.match(data?.['server.properties'] ?? '', /process\.roles/);
        assert.equal((await mustRead(scene, statefulSets, 'one-kafka')).spec?.replicas, 3);
      }, scene);
      await untilCurrent(scene, kafkas, 'one');
    }),
  );

  it(
    'finds everything again whose label somebody takes away',
    inService(async (scene) => {
      const { api, namespace, signal } = scene;
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      const label = 'app.kubernetes.io/managed-by';
      const edit = { metadata: { labels: { [label]: null } } };
      const everything: [Resource, string][] = [...owned, [secrets, 'one-kafka-ca-key'], [secrets, 'one-kafka-tls']];
      for (const [resource, name] of everything) await api.patch(resource, { namespace, name }, edit, { signal });
      await eventually(async () => {
        for (const [resource, name] of everything)
          assert.equal((await mustRead(scene, resource, name)).metadata.labels?.[label], 'stateward', name);
      }, scene);
      await untilCurrent(scene, kafkas, 'one');
    }),
  );

  it(
    'has its NetworkPolicy put back as a whole, and writes it no more often than that',
    inService(async (scene) => {
      const { api, connection, namespace, signal } = scene;
      await applyKafka(scene, 'one', { networkPolicy: { clients: [{ podSelector: { matchLabels: {} } }] } });
      await untilCurrent(scene, kafkas, 'one');
      const { spec: before } = await mustRead(scene, networkPolicies, 'one-kafka');
      assert.equal(before.ingress.length, 3);
      const spec = { podSelector: { matchLabels: { not: 'here' } }, ingress: [...before.ingress, {}] };
      await api.patch(networkPolicies, { namespace, name: 'one-kafka' }, { spec }, { signal });
      await eventually(async () => {
        assert.deepEqual((await mustRead(scene, networkPolicies, 'one-kafka')).spec, before);
      }, scene);
      await untilCurrent(scene, kafkas, 'one');
      const writes = connection.requests.filter(
        (request) => isWrite(request) && request.resource === 'networkpolicies.networking.k8s.io',
      );
      assert.deepEqual(
        writes.map(({ verb }) => verb),
        ['apply', 'patch', 'apply'],
      );
    }),
  );

  it(
    'shows a lost pod as recovery, and is Ready again with the same identity',
    inService(async (scene) => {
      await applyKafka(scene, 'one', {});
      const before = await untilCurrent(scene, kafkas, 'one');
      const watching = statesUntil(scene, kafkas, 'one', (state) => !isReady(state));
      await forbidPods(scene);
      await deleteObject(scene, pods, 'one-kafka-0');
      const lost = (await watching).at(-1);
      await deleteObject(scene, quotas, 'no-pods');
      assert.ok(lost?.status?.plans?.some(({ name, status }) => name === 'recovery' && status !== 'Complete'));
      const identity = (service: KafkaCluster) =>
        service.status?.members?.map(({ name, nodeId, directoryId }) => [name, nodeId, directoryId]);
      // The simulated quorum learns of a pod a little later than the operator.
      await eventually(async () => {
        const after = await untilCurrent(scene, kafkas, 'one');
        assert.deepEqual(identity(after), identity(before));
      }, scene);
    }),
  );

  it(
    'has a lost pod back soon after what refused it is gone, however often it was refused',
    inService(async (scene) => {
      const { api, namespace, signal } = scene;
      await applyKafka(scene, 'one', {});
      await untilCurrent(scene, kafkas, 'one');
      await forbidPods(scene);
      await deleteObject(scene, pods, 'one-kafka-0');
      const triedAfter = (seen: number) =>
        eventually(async () => assert.ok((await refusals(scene)) > seen), { signal, timeoutMs: 90_000 });
      // The controller tries again at each change, and waits twice as long after each failure: in the end for minutes.
      for (let seen = 0; seen < 14; seen = await refusals(scene)) {
        const annotations = { 'example.com/change': String(seen) };
        await api.patch(statefulSets, { namespace, name: 'one-kafka' }, { metadata: { annotations } }, { signal });
        await triedAfter(seen);
      }
      // What it had planned to do sooner goes first.
      await triedAfter(await refusals(scene));
      await deleteObject(scene, quotas, 'no-pods');
      await untilCurrent(scene, kafkas, 'one');
    }),
  );
});

/** How often the StatefulSet controller was not allowed to make a pod; it goes on telling for 25 Events of all kinds. */
async function refusals({ api, namespace, signal }: Scene): Promise<number> {
  const { items } = await api.list(coreEvents, { namespace, signal });
  return items.filter(({ reason }) => reason === 'FailedCreate').reduce((sum, { count = 1 }) => sum + count, 0);
}

describe('services of one name', () => {
  it(
    'live side by side in two namespaces, and as two kinds in one',
    inService(
      async (scene) => {
        const [here = '', there = ''] = scene.namespaces;
        await Promise.all([
          applyKafka(scene, 'same', {}, here),
          applyKafka(scene, 'same', {}, there),
          applyCassandra(scene, 'same', {}, here),
        ]);
        await Promise.all([untilCurrent(scene, kafkas, 'same', here), untilCurrent(scene, kafkas, 'same', there)]);
        await eventually(async () => {
          const { items } = await scene.api.list(pods, { namespace: here, signal: scene.signal });
          assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), [
            ...['same-kafka-0', 'same-kafka-1', 'same-kafka-2'],
            ...['same-r1-0', 'same-r1-1', 'same-r1-2'],
          ]);
        }, scene);
      },
      { namespaces: 2 },
    ),
  );

  it(
    'never touch an object that belongs to somebody else',
    inScene(async (scene) => {
      const { api, namespace, signal } = scene;
      const theirs = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'one-kafka-config', namespace },
        data: { a: '1' },
      };
      const { metadata } = await api.create(configMaps, theirs, { signal });
      await scene.operator();
      await applyKafka(scene, 'one', {});
      await untilService(scene, kafkas, 'one', (service) =>
        assertStalled(service, 'NameCollision', 'one-kafka-config'),
      );
      assert.deepEqual(await listNames(scene, statefulSets), []);
      const after = await mustRead(scene, configMaps, 'one-kafka-config');
      assert.equal(after.metadata.resourceVersion, metadata.resourceVersion);
      await deleteObject(scene, configMaps, 'one-kafka-config');
      await untilCurrent(scene, kafkas, 'one');
    }),
  );
});
