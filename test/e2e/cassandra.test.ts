/** One CassandraCluster of three racks in three zones, from its first second to an outage of everything. */
import assert from 'node:assert/strict';
import type { Client } from 'cassandra-driver';
import { persistentVolumeClaims, pods } from '../../operators/kube/resource.ts';
import { issuer } from '../../operators/tls/issue.ts';
import type { Access } from '../../operators/workload/certificates/access.ts';
import { type CassandraCluster, cassandras } from '../lib/resources.ts';
import { conditionOf } from '../lib/services.ts';
import { operatorAccess } from './lib/access.ts';
import { askPage, memberAccess, probe } from './lib/agent.ts';
import {
  accessTo,
  assertRows,
  assertWritten,
  fill,
  query,
  rowsAt,
  secretOf,
  startWriting,
  stateOf,
  withClient,
} from './lib/cassandra.ts';
import { letsInRoles } from './lib/cassandra-roles.ts';
import { assertBinding, type Known, putBack, shownByKubectl } from './lib/common.ts';
import { keyspacesOf } from './lib/keyspaces.ts';
import { until, usePlace } from './lib/place.ts';
import { deletePod, evict, identities, killAll, logOf, podsOf, untilPodReady } from './lib/pods.ts';
import { assertGuarded } from './lib/ports.ts';
import { type Recording, record } from './lib/recording.ts';
import { apply, list, read, smallCassandra, untilCassandraReady } from './lib/services.ts';

const name = 'cassandra';
const members = ['cassandra-r1-0', 'cassandra-r2-0', 'cassandra-r3-0'];
const racks = ['a', 'b', 'c'].map((zone, index) => ({ name: `r${index + 1}`, zone }));
const keyspace = 'kept';
const known: Known<CassandraCluster> = { resource: cassandras, name, members, version: '5.0.9' };

describe('a CassandraCluster of three racks', () => {
  const at = usePlace('cassandra');
  let recording: Recording<CassandraCluster>;

  it('becomes Ready', async () => {
    recording = await record(at(), cassandras, name);
    await apply(at(), cassandras, name, { replicas: 3, racks, ...smallCassandra });
    await untilCassandraReady(at(), name);
    await fill(at(), name, { keyspace, replication: 3 });
    await assertRows(at(), name, keyspace);
  });

  it('shows its plan in its very first status', () => {
    const first = recording.versions().find(({ status }) => status !== undefined);
    assert.ok(first?.status);
    assert.equal(conditionOf(first, 'Reconciling')?.status, 'True');
    const [plan] = first.status.plans ?? [];
    assert.deepEqual(
      plan?.phases.map((phase) => phase.name),
      ['first-member', 'authentication', 'members', 'service'],
    );
  });

  it('starts the first member alone, and the others one at a time', () => {
    const orders = recording.versions().map(({ status }) => status?.members ?? []);
    const joined = orders.map((seen) => seen.filter((member) => member.joined === true).map((member) => member.name));
    const order = members.filter((member) => joined.some((names) => names.includes(member)));
    assert.deepEqual(order, members);
    for (const seen of orders) {
      const joining = seen.filter(({ joined: done, state }) => done !== true && !waiting.includes(state ?? ''));
      assert.ok(joining.length <= 1, `at the same time: ${joining.map((member) => member.name).join(', ')}`);
    }
    const counts = joined.map((names) => names.length);
    assert.deepEqual(counts, counts.toSorted(), 'nobody leaves while others join');
  });

  it('is not called Ready, and hands out nothing, before superuser and system keyspaces are settled', () => {
    for (const { status } of recording.versions()) {
      const steps = (status?.plans ?? []).flatMap((plan) => plan.phases).flatMap((phase) => phase.steps);
      const settled = steps.filter(({ name: step }) => step.startsWith('s') || step.startsWith('cassandra-role'));
      const done = settled.length > 0 && settled.every((step) => step.status === 'Complete');
      if (!done) assert.equal(status?.endpoints ?? undefined, undefined);
      if (!done) assert.notEqual(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
    }
  });

  shownByKubectl(known, at);

  it('gives applications a Secret with everything they need', () =>
    assertBinding(at(), known, 'cassandra', ['host', 'port', 'datacenter', 'username', 'password', 'ca.crt']));

  it('puts each rack into its zone', async () => {
    const { status } = await read(at(), cassandras, name);
    assert.deepEqual(
      status?.members?.map(({ group, zone }) => [group, zone]),
      racks.map((rack) => [rack.name, rack.zone]),
    );
    for (const rack of racks) assert.equal((await stateOf(at(), `cassandra-${rack.name}-0`)).rack, rack.name);
  });

  it('has a seed in each rack, and the members that run know of all of them', async () => {
    const addresses = (await podsOf(at(), name)).map(({ status }) => status?.podIP ?? '').toSorted();
    for (const member of members) {
      await until(at(), async () => {
        const { seeds } = await stateOf(at(), member);
        assert.deepEqual(
          seeds.toSorted(),
          addresses.filter((address) => seeds.includes(address)),
          member,
        );
        assert.equal(new Set([...seeds, (await read(at(), pods, member)).status?.podIP]).size, 3, seeds.join());
      });
    }
  });

  it('lets its own superuser in, and the built-in one out', async () => {
    const access = await accessTo(at(), name);
    const own = await secretOf(at(), 'cassandra-cassandra-superuser');
    assert.deepEqual([access.username, access.password], [own['username'], own['password']]);
    const [role] = await query(
      at(),
      name,
      `SELECT is_superuser FROM system_auth.roles WHERE role = '${own['username']}'`,
    );
    assert.equal(role?.['is_superuser'], true);
    const builtIn = { ...access, username: 'cassandra', password: 'cassandra' };
    await assert.rejects(
      withClient(builtIn, async () => {}),
      refusesLogin,
    );
  });

  it("puts a lost Secret back with the password that the ring knows, and the applications' copy too", async () => {
    const own = await secretOf(at(), 'cassandra-cassandra-superuser');
    for (const lost of ['cassandra-cassandra-superuser', 'cassandra-cassandra-binding']) {
      await at().tools.kubectl(['delete', 'secret', lost, '-n', at().namespace]);
      const again = await until(at(), () => secretOf(at(), lost));
      assert.deepEqual([again['username'], again['password']], [own['username'], own['password']]);
    }
  });

  it('goes by another password, and by another superuser, while clients write and nobody restarts', async () => {
    const [former, pods] = [await accessTo(at(), name), await identities(at(), name)];
    const { username, password } = former;
    const writing = await startWriting(at(), name, keyspace);
    const next = { ...former, password: 'second-of-stateward' };
    await changeSuperuser(next);
    await until(at(), () => assert.rejects(withClient(former, listRoles), refusesLogin));
    await changeSuperuser({ username: 'root', password: 'first-of-root' });
    // Who has the former name goes on until somebody drops that role.
    await withClient(next, listRoles);
    await changeSuperuser({ username, password });
    await withClient(await accessTo(at(), name), (client) => client.execute('DROP ROLE root'));
    await assertWritten(at(), name, keyspace, await writing.stop());
    assert.deepEqual(await identities(at(), name), pods);
  });

  /** Until applications have what somebody puts into the Secret: by then each member lets that in. */
  async function changeSuperuser({ username, password }: { username: string; password: string }): Promise<void> {
    const secret = ['secret', 'cassandra-cassandra-superuser', '-n', at().namespace];
    await at().tools.kubectl(['patch', ...secret, '-p', JSON.stringify({ stringData: { username, password } })]);
    const access = await until(at(), async () => {
      const found = await accessTo(at(), name);
      assert.deepEqual([found.username, found.password], [username, password]);
      return found;
    });
    for (const host of access.contactPoints) await withClient({ ...access, contactPoints: [host] }, listRoles);
    await until(at(), async () => {
      const { status } = await read(at(), cassandras, name);
      assert.deepEqual([status?.history?.[0]?.name, status?.history?.[0]?.outcome], ['superuser', 'Complete']);
      assert.equal(conditionOf(await read(at(), cassandras, name), 'Ready')?.status, 'True');
    });
  }

  letsInRoles({ name, keyspace }, at);

  it('replicates the system keyspaces to three members', async () => {
    const rows = await query(at(), name, 'SELECT keyspace_name, replication FROM system_schema.keyspaces');
    for (const system of ['system_auth', 'system_distributed', 'system_traces']) {
      const { replication } = rows.find((row) => row['keyspace_name'] === system) ?? {};
      assert.deepEqual(
        replication,
        { class: 'org.apache.cassandra.locator.NetworkTopologyStrategy', dc1: '3' },
        system,
      );
    }
  });

  it('is ready where every live peer sees the member as NORMAL', async () => {
    for (const member of members) {
      const { ready, operationMode, peers } = await stateOf(at(), member);
      assert.equal(ready, true);
      assert.equal(operationMode, 'NORMAL');
      assert.deepEqual(
        Object.values(peers).map(({ status, seesMe }) => [status, seesMe?.status]),
        [
          ['NORMAL', 'NORMAL'],
          ['NORMAL', 'NORMAL'],
        ],
      );
    }
  });

  it('is open at no port but those that its NetworkPolicy knows, and there to whom it may concern', () =>
    assertGuarded(at(), name, {
      open: [7000, 8778, 8779, 9042],
      operator: [7000, 8779, 9042],
      members: [7000, 8779],
      clients: [9042],
    }));

  it('has agents that answer nothing but what is listed, and that to whom it is for', async () => {
    const [member = '', other = ''] = members;
    const asked = async (access: Access) => {
      const paths = ['/state', '/view?address=10.0.0.1', '/jolokia/list', '/'];
      return Promise.all(paths.map((path) => askPage(at(), member, path, access)));
    };
    const operator = await operatorAccess(at(), name, 'cassandra');
    assert.deepEqual(await asked(operator), [200, 200, 404, 404]);
    assert.equal(await askPage(at(), member, '/state', operator, 'POST'), 405);
    assert.deepEqual(await asked(await memberAccess(at(), other)), [403, 200, 404, 404]);
    const stranger = await issuer.createAuthority('stateward:operator', {
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 60_000),
    });
    await assert.rejects(asked({ ...operator, identity: stranger }));
    const probes = ['/live', '/ready', '/state', '/jolokia'].map((path) => probe(at(), member, path));
    assert.deepEqual(await Promise.all(probes), [200, 200, 404, 404]);
    assert.equal(await probe(at(), member, '/ready', 'POST'), 405);
  });

  putBack(known, at);

  it('allows an eviction, drains, refuses the next while a member is away, and loses no acknowledged row', async () => {
    const before = await identities(at(), name);
    const writing = await startWriting(at(), name, keyspace);
    assert.equal(await evict(at(), 'cassandra-r2-0'), true);
    assert.equal(await evict(at(), 'cassandra-r3-0'), false);
    await untilPodReady(at(), 'cassandra-r2-0', before['cassandra-r2-0']?.split(' ')[0]);
    const written = await writing.stop();
    assert.ok(written.length > 0);
    // A drain flushes everything: the commit log has nothing left to replay.
    assert.match(
      await logOf(at(), 'cassandra-r2-0', 'cassandra'),
      /Log replay complete, 0 replayed|No commitlog files/,
    );
    await untilCassandraReady(at(), name);
    await assertWritten(at(), name, keyspace, written);
    const after = await identities(at(), name);
    for (const other of ['cassandra-r1-0', 'cassandra-r3-0']) assert.equal(after[other], before[other]);
  });

  it('gives a deleted pod its host id and its data back', async () => {
    const before = await stateOf(at(), 'cassandra-r3-0');
    await deletePod(at(), 'cassandra-r3-0');
    await untilPodReady(at(), 'cassandra-r3-0');
    const service = await untilCassandraReady(at(), name);
    assert.equal((await stateOf(at(), 'cassandra-r3-0')).hostId, before.hostId);
    assert.equal(service.status?.members?.find((member) => member.name === 'cassandra-r3-0')?.hostId, before.hostId);
    await assertRows(at(), name, keyspace);
  });

  it('keeps the host ids with the volumes', async () => {
    const { status } = await read(at(), cassandras, name);
    const claims = await list(at(), persistentVolumeClaims);
    for (const member of status?.members ?? []) {
      const claim = claims.find(({ metadata }) => metadata.name === `data-${member.name}`);
      assert.equal(claim?.metadata.annotations?.['stateward.dev/cassandra-host-id'], member.hostId);
    }
  });

  it('starts all members in parallel after an outage of everything, and every row is there', async () => {
    const before = await identities(at(), name);
    await killAll(at(), name);
    for (const member of members) await untilPodReady(at(), member, before[member]?.split(' ')[0]);
    await untilCassandraReady(at(), name);
    const started = await podsOf(at(), name);
    for (const pod of started) assert.equal(pod.metadata.annotations?.['stateward.dev/start'], undefined);
    const starts = started.map(({ status }) =>
      Date.parse(status?.containerStatuses?.[0]?.state?.running?.startedAt ?? ''),
    );
    const readies = started.map(({ status }) =>
      Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? ''),
    );
    assert.ok(Math.max(...starts) < Math.min(...readies), 'each process runs before the first one serves');
    await assertRows(at(), name, keyspace);
  });

  it('lets in whom the Secret names, by the name of the Service', async () => {
    const binding = await secretOf(at(), 'cassandra-cassandra-binding');
    const { host = '', port } = binding;
    assert.equal(host, `cassandra-cassandra.${at().namespace}.svc.cluster.local`);
    const { status } = await read(at(), cassandras, name);
    assert.equal(status?.endpoints?.[0]?.vip, `${host}:${port}`);
    assert.equal(await rowsAt(at(), binding, `${keyspace}.numbers`), 300);
  });

  describe('and its keyspaces:', () => keyspacesOf(name, members, keyspace, at));
});

/** States of a member whose process does not run yet. */
const waiting = ['Absent', 'Pending', 'Initializing', 'WaitsForTurn', 'Unschedulable'];

function listRoles(client: Client): Promise<unknown> {
  return client.execute('LIST ROLES');
}

function refusesLogin(error: unknown): boolean {
  return error instanceof Error && /incorrect|not permitted|AuthenticationError|NoHostAvailable/.test(String(error));
}
