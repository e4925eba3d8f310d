/** A CassandraCluster with simulated pods: who may start when, and what is given out when. */
import assert from 'node:assert/strict';
import { startAnnotation } from '../../operators/cassandra/names.ts';
import { type Pod, pods, secrets, services } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { eventually, throughout } from '../lib/eventually.ts';
import { cassandras } from '../lib/resources.ts';
import { inService, type Scene } from '../lib/scene.ts';
import {
  applyCassandra,
  assertStalled,
  deleteObject,
  listNames,
  mustRead,
  untilCurrent,
  untilService,
} from '../lib/services.ts';

interface Grant {
  pod: string;
  mode: string;
  /** Granted before, and not Ready at that moment. */
  unready: string[];
}

/** Watches until `count` members were let through the gate. */
async function grantsOf({ api, namespace, signal }: Scene, count: number): Promise<Grant[]> {
  const { resourceVersion } = await api.list(pods, { namespace, signal });
  const seen = new Map<string, Pod>();
  const grants: Grant[] = [];
  for await (const event of api.watch(pods, { namespace, resourceVersion, timeoutSeconds: 60, signal })) {
    if (event.type === 'BOOKMARK') continue;
    const { name, annotations = {} } = event.object.metadata;
    seen.set(name, event.object);
    const mode = annotations[startAnnotation];
    if (mode === undefined || grants.some(({ pod }) => pod === name)) continue;
    const before = grants.map(({ pod }) => seen.get(pod)).filter((pod) => pod !== undefined);
    grants.push({
      pod: name,
      mode,
      unready: before.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name),
    });
    if (grants.length === count) return grants;
  }
  throw new Error(`only ${grants.length} members were let through`);
}

const racks = [
  { name: 'r1', zone: 'a' },
  { name: 'r2', zone: 'b' },
  { name: 'r3', zone: 'c' },
];

describe('a CassandraCluster', () => {
  it(
    'lets its members join one at a time, the first alone, around the racks',
    inService(async (scene) => {
      const watching = grantsOf(scene, 4);
      await applyCassandra(scene, 'one', { racks, replicas: 4 });
      const { status } = await untilCurrent(scene, cassandras, 'one');
      assert.deepEqual(await watching, [
        { pod: 'one-r1-0', mode: 'First', unready: [] },
        { pod: 'one-r2-0', mode: 'Found', unready: [] },
        { pod: 'one-r3-0', mode: 'Found', unready: [] },
        { pod: 'one-r1-1', mode: 'Found', unready: [] },
      ]);
      assert.deepEqual(
        status?.members?.map(({ name, zone }) => [name, zone]),
        [
          ['one-r1-0', 'a'],
          ['one-r1-1', 'a'],
          ['one-r2-0', 'b'],
          ['one-r3-0', 'c'],
        ],
      );
      assert.ok(status?.members?.every(({ hostId, joined }) => hostId !== undefined && joined === true));
    }),
  );

  it(
    'gives its address out when the superuser is its own and everybody has joined, not before',
    inService(async (scene) => {
      const { api, namespace, signal } = scene;
      await applyCassandra(scene, 'one', {});
      const members: string[] = [];
      const { resourceVersion } = await api.list(services, { namespace, signal });
      for await (const event of api.watch(services, { namespace, resourceVersion, timeoutSeconds: 60, signal })) {
        if (event.type === 'BOOKMARK' || event.object.metadata.name !== 'one-cassandra') continue;
        const { items } = await api.list(pods, { namespace, signal });
        members.push(...items.filter(isReady).map(({ metadata }) => metadata.name));
        break;
      }
      assert.equal(members.length, 3, 'clients could reach a service that was not finished');
      await untilCurrent(scene, cassandras, 'one');
      const own = await mustRead(scene, secrets, 'one-cassandra-superuser');
      const copy = await mustRead(scene, secrets, 'one-cassandra-binding');
      assert.equal(copy.data?.['password'], own.data?.['password']);
      assert.equal(own.metadata.ownerReferences, undefined, 'the password belongs to the data');
    }),
  );

  it(
    'keeps its password and its claims when it is deleted',
    inService(async (scene) => {
      await applyCassandra(scene, 'one', { replicas: 1 });
      await untilCurrent(scene, cassandras, 'one');
      const before = await mustRead(scene, secrets, 'one-cassandra-superuser');
      await deleteObject(scene, cassandras, 'one');
      await eventually(
        async () => assert.deepEqual(await listNames(scene, secrets), ['one-cassandra-superuser']),
        scene,
      );
      const after = await mustRead(scene, secrets, 'one-cassandra-superuser');
      assert.equal(after.metadata.uid, before.metadata.uid);
    }),
  );

  it(
    'never starts a member whose data is gone under its old name',
    inService(async (scene) => {
      await applyCassandra(scene, 'one', {});
      await untilCurrent(scene, cassandras, 'one');
      // The simulated gate opens for a grant only: to the operator this member looks like one with an empty volume.
      await deleteObject(scene, pods, 'one-r1-1');
      await untilService(scene, cassandras, 'one', (service) =>
        assertStalled(
          service,
          'StepFailed',
          /one-r1-1:\[recover\]: its volume is empty, although host .* had its data/,
        ),
      );
      const notStarted = async () => {
        const { metadata } = await mustRead(scene, pods, 'one-r1-1');
        assert.equal(metadata.annotations?.[startAnnotation], undefined);
      };
      await throughout(notStarted, { signal: scene.signal, timeoutMs: 2_000, everyMs: 100 });
    }),
  );
});
