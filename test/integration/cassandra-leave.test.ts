/** A member that leaves a ring of real Cassandra processes by the annotation of its pod, and is killed on its way. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { request } from 'undici';
import { cassandraClient, createTable, readRows, writeRows } from '../../hack/clients/cassandra.ts';
import type { CassandraAdmin, MemberWord, Target } from '../../operators/cassandra/admin/admin.ts';
import { systemKeyspaces } from '../../operators/cassandra/admin/cql.ts';
import { cassandraAdmin } from '../../operators/cassandra/admin/index.ts';
import { hasLeft, leaveRisk, type Standing } from '../../operators/cassandra/leave.ts';
import { leaveAnnotation } from '../../operators/cassandra/names.ts';
import { eventually } from '../lib/eventually.ts';
import { type CassandraProcesses, datacenter, ports, prepareCassandra } from './cassandra-processes.ts';
import { newAuthority, operatorOf } from './certificates.ts';

const nodes = [0, 1, 2];
const staying = [0, 1];
const leaving = 2;
/** Nobody is asked for it. */
const own = { username: 'anybody', password: 'anything' };
const keyspace = 'orders';
const rows = { keyspace, from: 0, to: 1_000 };

describe('a member of a real Cassandra', function () {
  this.timeout(300_000);
  const ending = new AbortController();
  const { signal } = ending;
  // Each start of Cassandra takes ten seconds of a processor.
  const waiting = { signal, timeoutMs: 280_000 };
  const folder = mkdtempSync(join(tmpdir(), 'stateward-cassandra-'));
  let ring: CassandraProcesses;
  let admin: CassandraAdmin;
  let ca: string;
  let hostId: string;

  before(async () => {
    const signer = await newAuthority('ring');
    ca = signer.certificate;
    admin = cassandraAdmin(await operatorOf(signer));
    const shape = { version: '5.0.9', nodes: nodes.length, ringDelayMs: 6_000, network: 10 };
    ring = await prepareCassandra({ ...shape, certificates: { signer, trusted: [ca] } }, folder, signal);
    for (const node of nodes) ring.start(node);
    const words = await Promise.all(nodes.map((node) => eventually(() => readyWord(node), waiting)));
    hostId = words[leaving]?.hostId ?? '';
    await withClient(async (client) => {
      await createTable(client, keyspace, datacenter, 2);
      await writeRows(client, rows);
    });
  });

  after(async () => {
    await ring.killAll();
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  const word = (node: number): Promise<MemberWord> => admin.ask(ring.addressOf(node, 'agentTls'), signal);

  async function readyWord(node: number): Promise<MemberWord> {
    await assertReady(node, 200);
    return word(node);
  }

  async function assertReady(node: number, wanted: number): Promise<void> {
    const page = await request(`http://${ring.hostOf(node)}:${ports.agent}/ready`, { signal });
    assert.equal(page.statusCode, wanted, await page.body.text());
  }

  async function withClient(use: (client: Client) => Promise<void>): Promise<void> {
    const client = cassandraClient({ contactPoints: staying.map((node) => ring.hostOf(node)), datacenter, ca, ...own });
    await client.connect();
    await use(client).finally(() => client.shutdown());
  }

  const target = (): Target => ({ ...ring.addressOf(0, 'native'), datacenter, clear: false });

  async function risk(): Promise<string | undefined> {
    const members = nodes.map(async (node) => {
      const address = ring.hostOf(node);
      return { name: `node-${node}`, rack: 'r1', address, ready: true, word: await word(node) };
    });
    return leaveRisk({
      leaving: `node-${leaving}`,
      members: await Promise.all(members),
      keyspaces: await admin.keyspaces(target(), own, signal),
      datacenter,
    });
  }

  /** By its own word too, or by that of the others alone. */
  async function standing(whose: 'all' | 'peers'): Promise<Standing> {
    const peers = await Promise.all(staying.map(word));
    return hasLeft({ hostId, own: whose === 'all' ? await word(leaving) : undefined, peers });
  }

  const untilStanding = (whose: 'all' | 'peers', wanted: Standing): Promise<void> =>
    eventually(async () => assert.equal(await standing(whose), wanted), waiting);

  it('may leave once the others can hold every replica', async () => {
    assert.match((await risk()) ?? '', /system_distributed \(3 replicas\): lower the replication in dc1 first$/);
    await admin.replicate(target(), own, systemKeyspaces, 2, signal);
    await eventually(async () => assert.equal(await risk(), undefined), waiting);
    assert.deepEqual([await standing('all'), await standing('peers')], ['Member', 'Member']);
  });

  it('does not leave as somebody else', async () => {
    ring.annotate(leaving, { [leaveAnnotation]: '00000000-0000-4000-8000-000000000000' });
    const { leave, operationMode } = await eventually(
      async () => {
        const said = await word(leaving);
        assert.ok(said.leave !== undefined);
        return said;
      },
      { signal },
    );
    assert.deepEqual([leave?.kind, operationMode], ['Failed', 'NORMAL']);
  });

  it('serves while it leaves', async () => {
    ring.annotate(leaving, { [leaveAnnotation]: hostId });
    await untilStanding('peers', 'Leaving');
    assert.equal(await standing('all'), 'Leaving');
    await Promise.all(nodes.map((node) => assertReady(node, 200)));
  });

  it('begins again when it is killed on its way, and leaves everything to the others', async () => {
    await ring.kill(leaving);
    assert.equal(await standing('peers'), 'Leaving');
    ring.start(leaving);
    await untilStanding('peers', 'Left');
    await untilStanding('all', 'Left');
    await assertReady(leaving, 503);
    for (const node of staying) await assertReady(node, 200);
    await withClient(async (client) => assert.equal((await readRows(client, rows)).size, rows.to));
  });

  it('only says so when it is started again', async () => {
    await ring.kill(leaving);
    assert.equal(await standing('peers'), 'Left');
    ring.start(leaving);
    const { operationMode, hostId: shown, peers } = await eventually(() => word(leaving), waiting);
    assert.deepEqual([operationMode, shown, peers], ['DECOMMISSIONED', hostId, []]);
    await assertReady(leaving, 503);
  });
});
