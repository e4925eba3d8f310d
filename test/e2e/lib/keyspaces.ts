/** Keyspaces of a CassandraCluster of three members as objects: what they say is what Cassandra has, and rows stay. */
import assert from 'node:assert/strict';
import { writeRows } from '../../../hack/clients/cassandra.ts';
import { keyspaceFinalizer } from '../../../operators/cassandra/keyspaces/reconcile.ts';
import { cassandraKeyspaces, kubeEvents } from '../../lib/resources.ts';
import { conditionOf } from '../../lib/services.ts';
import { accessTo, assertRows, query, withClient } from './cassandra.ts';
import { crashLeader } from './operator.ts';
import { type Place, until } from './place.ts';
import { logOf } from './pods.ts';
import { apply, list, read, remove, untilReady, untilService } from './services.ts';

const keyspace = 'orders';

/** @param existing - a keyspace that somebody has made already, of three replicas */
export function keyspacesOf(name: string, members: readonly string[], existing: string, at: () => Place): void {
  const put = (object: string, spec: object = {}): Promise<void> =>
    apply(at(), cassandraKeyspaces, object, { cluster: name, ...spec });

  async function found(of: string): Promise<{ replication: Record<string, string>; durable: boolean } | undefined> {
    const [row] = await query(at(), name, `SELECT * FROM system_schema.keyspaces WHERE keyspace_name = '${of}'`);
    if (row === undefined) return undefined;
    return { replication: Object(row['replication']), durable: row['durable_writes'] === true };
  }

  async function assertFactor(factor: number): Promise<void> {
    const { status } = await untilReady(at(), cassandraKeyspaces, keyspace);
    assert.deepEqual([status?.replication, status?.maintenance], [{ dc1: factor }, undefined]);
    assert.equal((await found(keyspace))?.replication['dc1'], String(factor));
    await assertRows(at(), name, keyspace);
  }

  /** A repair for as many replicas is done with as many members. */
  async function untilRepaired({ factor, done }: { factor: number; done: number }): Promise<void> {
    const look = async () => {
      const { maintenance } = (await read(at(), cassandraKeyspaces, keyspace)).status ?? {};
      assert.deepEqual([maintenance?.replication, maintenance?.done], [{ dc1: factor }, done]);
    };
    await until(at(), look, { everyMs: 50 });
  }

  /** What the agents of all members have ended of this keyspace. */
  async function ended(task: string): Promise<number[]> {
    const logs = await Promise.all(members.map((member) => logOf(at(), member, 'cassandra')));
    return logs.map((log) => log.split(`${task} of ${keyspace} has ended`).length - 1);
  }

  it('makes keyspaces, in which an application makes its tables', async () => {
    await put(keyspace, { replication: { dc1: 1 } });
    await untilReady(at(), cassandraKeyspaces, keyspace);
    await withClient(await accessTo(at(), name), async (client) => {
      await client.execute(`CREATE TABLE ${keyspace}.numbers (id int PRIMARY KEY, value text)`);
      await writeRows(client, { keyspace, from: 0, to: 300 });
    });
    await assertFactor(1);
  });

  it('repairs a keyspace that gets more replicas, on each member, and goes on where the operator crashed', async () => {
    await put(keyspace, { replication: { dc1: 3 } });
    for (const moment of [
      { factor: 2, done: 0 },
      { factor: 3, done: 1 },
    ]) {
      await untilRepaired(moment);
      await crashLeader(at());
    }
    await assertFactor(3);
    // Nobody is asked for again what he has done, or is about to do.
    assert.deepEqual(await ended('Repair'), [2, 2, 2]);
    const history = `SELECT status FROM system_distributed.repair_history WHERE keyspace_name = '${keyspace}' AND columnfamily_name = 'numbers'`;
    const states = new Set((await query(at(), name, history)).map(({ status }) => status));
    assert.deepEqual([...states], ['SUCCESS']);
  });

  it('cleans up after a keyspace that gets fewer', async () => {
    await put(keyspace, { replication: { dc1: 2 } });
    await assertFactor(2);
    assert.deepEqual(
      [await ended('Repair'), await ended('Cleanup')],
      [
        [3, 3, 3],
        [1, 1, 1],
      ],
    );
  });

  it('corrects what somebody changes in Cassandra', async () => {
    await withClient(await accessTo(at(), name), (client) =>
      client.execute(`ALTER KEYSPACE ${keyspace} WITH durable_writes = false`),
    );
    await until(at(), async () => {
      const events = await list(at(), kubeEvents);
      assert.ok(events.some(({ reason, regarding }) => reason === 'DriftCorrected' && regarding?.name === keyspace));
    });
    assert.equal((await found(keyspace))?.durable, true);
  });

  it('leaves alone a keyspace that exists already, until it is adopted', async () => {
    await put(existing);
    await untilService(at(), cassandraKeyspaces, existing, (seen) => {
      assert.equal(conditionOf(seen, 'Ready')?.reason, 'KeyspaceExists');
      assert.deepEqual(seen.metadata.finalizers ?? [], []);
    });
    await put(existing, { adoptionPolicy: 'Adopt' });
    const { metadata } = await untilReady(at(), cassandraKeyspaces, existing);
    assert.deepEqual(metadata.finalizers, [keyspaceFinalizer]);
  });

  it('refuses keyspaces that Cassandra could not have, and changes nothing', async () => {
    await assert.rejects(put('system'), /system is a keyspace of Cassandra itself/);
    await assert.rejects(put('my-keyspace'), /none that a keyspace can have/);
    await assert.rejects(put('bad', { name: 'System_Auth' }), /those of Cassandra itself/);
    await assert.rejects(put(keyspace, { name: 'other' }), /cannot be renamed/);
    await put(keyspace, { replication: { dc1: 4 } });
    await untilService(at(), cassandraKeyspaces, keyspace, (seen) => {
      assert.equal(conditionOf(seen, 'Ready')?.reason, 'Impossible');
      assert.match(conditionOf(seen, 'Ready')?.message ?? '', /dc1 has 3 members: ask for at most 3 replicas/);
    });
    assert.equal((await found(keyspace))?.replication['dc1'], '2');
    await put(keyspace, { replication: { dc1: 2 } });
    await untilReady(at(), cassandraKeyspaces, keyspace);
  });

  it('drops a keyspace with its object where that says so, and no other', async () => {
    await remove(at(), cassandraKeyspaces, existing);
    await put(keyspace, { replication: { dc1: 2 }, deletionPolicy: 'Delete' });
    await untilService(at(), cassandraKeyspaces, keyspace, ({ metadata, status }) =>
      assert.equal(status?.observedGeneration, metadata.generation),
    );
    await remove(at(), cassandraKeyspaces, keyspace);
    assert.equal(await found(keyspace), undefined);
    assert.notEqual(await found(existing), undefined);
    await assert.rejects(read(at(), cassandraKeyspaces, keyspace), /there is no/);
  });
}
