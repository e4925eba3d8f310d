/** What becomes of the volumes when a service is deleted, and how a new one gets their data. */
import assert from 'node:assert/strict';
import type { Range } from '../../hack/clients/kafka.ts';
import {
  type KubeObject,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type Resource,
  secrets,
} from '../../operators/kube/resource.ts';
import { cassandras, kafkas } from '../lib/resources.ts';
import { assertCurrent, assertStalled, conditionOf, type Service } from '../lib/services.ts';
import { accessTo, assertRows, fill as fillTable, query, secretOf, stateOf, withClient } from './lib/cassandra.ts';
import { assertRecords, clientOf, describeAny, fill } from './lib/kafka.ts';
import { type Place, until, usePlace } from './lib/place.ts';
import { podsOf } from './lib/pods.ts';
import { apply, list, read, remove, singleKafka, smallCassandra, untilReady, untilService } from './lib/services.ts';

interface Kept<T extends Service> {
  resource: Resource<T>;
  name: string;
  spec: object;
  claim: string;
  /** Makes the data, once. */
  write(place: Place): Promise<void>;
  /** Fails where any of it is missing. */
  check(place: Place): Promise<void>;
  /** What must be the same after an adoption. */
  identity(place: Place): Promise<unknown>;
}

const topic = 'kept';
let records: Range;

const kafka: Kept<Service> = {
  resource: kafkas,
  name: 'log',
  spec: { pools: [singleKafka()] },
  claim: 'data-log-kafka-0',
  write: async (place) => {
    records = await fill(await clientOf(place, 'log'), topic, 1);
  },
  check: async (place) => assertRecords(place, await clientOf(place, 'log'), topic, records),
  identity: async (place) => {
    const { clusterId, quorum } = await describeAny(place, 'log');
    return [clusterId, quorum.voters.map(({ nodeId, directoryId }) => [nodeId, directoryId])];
  },
};

const given = { username: 'admin', password: "it's a secret" };

const cassandra: Kept<Service> = {
  resource: cassandras,
  name: 'table',
  spec: { replicas: 1, superuserSecretName: 'given', ...smallCassandra },
  claim: 'data-table-r1-0',
  write: (place) => fillTable(place, 'table', { keyspace: 'kept', replication: 1 }),
  check: (place) => assertRows(place, 'table', 'kept'),
  identity: async (place) => (await stateOf(place, 'table-r1-0')).hostId,
};

async function createGiven(place: Place): Promise<void> {
  const metadata = { name: 'given', namespace: place.namespace };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: given };
  await place.tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? '';
}

async function claimsOf(place: Place, name: string) {
  const claims = await list(place, persistentVolumeClaims);
  return claims.filter(({ metadata }) => metadata.labels?.['stateward.dev/service'] === name);
}

async function untilNoPods(place: Place, name: string): Promise<void> {
  await until(place, async () => assert.deepEqual(await podsOf(place, name), []));
}

function survives(kept: Kept<Service>, at: () => Place): void {
  const { resource, name, spec, claim } = kept;
  let uid: string;
  let identity: unknown;
  let volume: string;

  it('keeps the volumes of a deleted service', async () => {
    await untilReady(at(), resource, name);
    await kept.write(at());
    await kept.check(at());
    identity = await kept.identity(at());
    const before = await read(at(), persistentVolumeClaims, claim);
    volume = before.spec?.volumeName ?? '';
    uid = uidOf(await read(at(), resource, name));
    await remove(at(), resource, name);
    await untilNoPods(at(), name);
    const after = await read(at(), persistentVolumeClaims, claim);
    assert.equal(uidOf(after), uidOf(before));
    assert.equal(after.metadata.labels?.['stateward.dev/service-uid'], uid);
    assert.equal(after.metadata.deletionTimestamp, undefined);
  });

  it('does not give them to a new service of that name in silence', async () => {
    await apply(at(), resource, name, spec);
    const service = await untilService(at(), resource, name, (seen) =>
      assertStalled(seen, 'RetainedVolumes', `set spec.adoptVolumesFrom: ${uid}`),
    );
    assert.ok(conditionOf(service, 'Stalled')?.message.includes(claim));
    assert.deepEqual(await podsOf(at(), name), []);
    assert.equal((await read(at(), persistentVolumeClaims, claim)).metadata.labels?.['stateward.dev/service-uid'], uid);
  });

  it('gives it their data when it names the former owner', async () => {
    await apply(at(), resource, name, { ...spec, adoptVolumesFrom: uid });
    const service = await untilReady(at(), resource, name);
    await kept.check(at());
    assert.deepEqual(await kept.identity(at()), identity);
    const adopted = await read(at(), persistentVolumeClaims, claim);
    assert.equal(adopted.metadata.labels?.['stateward.dev/service-uid'], uidOf(service));
    assert.equal(adopted.spec?.volumeName, volume);
  });

  it('deletes claims and volumes with the service where its policy says so', async () => {
    await apply(at(), resource, name, { ...spec, adoptVolumesFrom: uid, deletionPolicy: 'Delete' });
    await untilService(at(), resource, name, (seen) => {
      assertCurrent(seen);
      assert.deepEqual(seen.metadata.finalizers, ['stateward.dev/delete-volumes']);
    });
    await remove(at(), resource, name);
    await until(at(), async () => assert.deepEqual(await claimsOf(at(), name), []));
    await until(at(), async () => {
      const { signal } = at();
      assert.equal(await at().api.read(persistentVolumes, { name: volume }, { signal }), undefined);
    });
    await untilNoPods(at(), name);
  });
}

describe('volumes', () => {
  const at = usePlace('volumes');

  before(async () => {
    await createGiven(at());
    await Promise.all([kafka, cassandra].map(({ resource, name, spec }) => apply(at(), resource, name, spec)));
  });

  describe('of a CassandraCluster with a given superuser', () => {
    it('lets in whom the given Secret names, and nobody else', async () => {
      await untilReady(at(), cassandras, 'table');
      const access = await accessTo(at(), 'table');
      assert.deepEqual([access.username, access.password], [given.username, given.password]);
      const roles = await query(at(), 'table', 'SELECT role, is_superuser, can_login FROM system_auth.roles');
      const mighty = roles.filter((role) => role['is_superuser'] === true || role['can_login'] === true);
      assert.deepEqual(
        mighty.map(({ role }) => role),
        [given.username],
      );
      const builtIn = { ...access, username: 'cassandra', password: 'cassandra' };
      await assert.rejects(withClient(builtIn, async () => {}));
    });

    it('makes no Secret of its own for it', async () => {
      const { signal, namespace } = at();
      const generated = await at().api.read(secrets, { namespace, name: 'table-cassandra-superuser' }, { signal });
      assert.equal(generated, undefined);
      assert.equal((await secretOf(at(), 'given'))['password'], given.password);
    });

    it('lets in whom the given Secret names by now', async () => {
      const names = { username: 'root', password: "it's another" };
      const secret = ['secret', 'given', '-n', at().namespace];
      await at().tools.kubectl(['patch', ...secret, '-p', JSON.stringify({ stringData: names })]);
      await until(at(), async () => {
        const { username, password } = await accessTo(at(), 'table');
        assert.deepEqual({ username, password }, names);
      });
      const access = await accessTo(at(), 'table');
      await withClient(access, (client) => client.execute(`DROP ROLE ${given.username}`));
    });

    it('replicates the system keyspaces to the one member there is', async () => {
      const [row] = await query(
        at(),
        'table',
        "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = 'system_auth'",
      );
      const strategy = 'org.apache.cassandra.locator.NetworkTopologyStrategy';
      assert.deepEqual(row?.['replication'], { class: strategy, dc1: '1' });
    });

    survives(cassandra, at);
  });

  describe('of a KafkaCluster', () => {
    survives(kafka, at);

    it('leave a name free for a new beginning', async () => {
      await apply(at(), kafkas, 'log', kafka.spec);
      const service = await untilReady(at(), kafkas, 'log');
      const pod = await read(at(), pods, 'log-kafka-0');
      assert.equal(pod.metadata.labels?.['stateward.dev/service'], 'log');
      const { clusterId } = await describeAny(at(), 'log');
      assert.equal(clusterId, (await read(at(), kafkas, 'log')).status?.clusterId);
      assert.equal((await claimsOf(at(), 'log'))[0]?.metadata.labels?.['stateward.dev/service-uid'], uidOf(service));
    });
  });
});
