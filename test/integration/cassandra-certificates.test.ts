/** A CA takes the place of another under a real Cassandra: nobody restarts, and nobody is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Client } from 'cassandra-driver';
import { request } from 'undici';
import { cassandraClient, createTable, readRows, writeRows } from '../../hack/clients/cassandra.ts';
import type { Protocol } from '../../operators/cassandra/admin/admin.ts';
import { cassandraAdmin } from '../../operators/cassandra/admin/index.ts';
import { readCertificate } from '../../operators/tls/certificate.ts';
import type { KeyPair } from '../../operators/tls/issue.ts';
import type { Access } from '../../operators/workload/certificates/access.ts';
import { eventually } from '../lib/eventually.ts';
import { type CassandraProcesses, datacenter, ports, prepareCassandra } from './cassandra-processes.ts';
import { corporateAuthority, newAuthority, operatorOf, strangerOf } from './certificates.ts';

interface Door {
  node: number;
  port: keyof typeof ports;
  protocol: Protocol;
}

const nodes = [0, 1];
const doors = nodes.flatMap((node): Door[] => [
  { node, port: 'storage', protocol: 'Internode' },
  { node, port: 'native', protocol: 'Cql' },
  { node, port: 'agentTls', protocol: 'Agent' },
]);
/** Where everybody has to show a certificate; clients have a password instead. */
const mutual = doors.filter(({ protocol }) => protocol !== 'Cql');
/** Nobody is asked for it. */
const own = { username: 'anybody', password: 'anything' };
const keyspace = 'orders';

describe('certificates of a real Cassandra', function () {
  this.timeout(300_000);
  const ending = new AbortController();
  const { signal } = ending;
  const waiting = { signal, timeoutMs: 200_000 };
  const folder = mkdtempSync(join(tmpdir(), 'stateward-cassandra-'));
  let first: KeyPair;
  let root: KeyPair;
  let second: KeyPair;
  let ring: CassandraProcesses;

  before(async () => {
    [first, root] = [await newAuthority('first'), await corporateAuthority('root', {})];
    second = await corporateAuthority('second', { algorithm: 'P384', signedBy: root });
    const certificates = { signer: first, trusted: [first.certificate] };
    const shape = { version: '5.0.9', nodes: nodes.length, ringDelayMs: 6_000, network: 11 };
    ring = await prepareCassandra({ ...shape, certificates }, folder, signal);
    for (const node of nodes) ring.start(node);
    await untilReady();
    await withClient(first, (client) => createTable(client, keyspace, datacenter, 2));
  });

  after(async () => {
    await ring.killAll();
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  /** By its own word, and that of its peers, whose agents it has asked by TLS. */
  async function untilReady(): Promise<void> {
    for (const node of nodes) {
      await eventually(async () => {
        const page = await request(`http://${ring.hostOf(node)}:${ports.agent}/ready`, { signal });
        assert.equal(page.statusCode, 200, await page.body.text());
      }, waiting);
    }
  }

  async function withClient(authority: KeyPair, use: (client: Client) => Promise<unknown>): Promise<void> {
    const contactPoints = nodes.map((node) => ring.hostOf(node));
    const client = cassandraClient({ contactPoints, datacenter, ca: authority.certificate, ...own });
    try {
      await client.connect();
      await use(client);
    } finally {
      await client.shutdown();
    }
  }

  function write(authority: KeyPair, from: number): Promise<void> {
    return withClient(authority, (client) => writeRows(client, { keyspace, from, to: from + 500 }));
  }

  function presentedAt({ node, port, protocol }: Door, access: Access): Promise<string> {
    return cassandraAdmin(access).certificate(ring.addressOf(node, port), protocol, signal);
  }

  async function present(door: Door, access: Access): Promise<void> {
    const read = readCertificate(await presentedAt(door, access));
    const leaf = ring.leafOf(door.node);
    const wanted = readCertificate(leaf.slice(leaf.indexOf('-----BEGIN CERTIFICATE')));
    assert.ok(read.ok && wanted.ok);
    assert.equal(read.value.fingerprint, wanted.value.fingerprint, JSON.stringify(door));
  }

  async function untilAt(places: Door[], check: (door: Door) => Promise<void>): Promise<void> {
    for (const door of places) await eventually(() => check(door), { signal, timeoutMs: 30_000 });
  }

  /** A node that has restarted has another one. */
  function generations(access: Access): Promise<(number | undefined)[]> {
    const admin = cassandraAdmin(access);
    return Promise.all(
      nodes.map(async (node) => (await admin.ask(ring.addressOf(node, 'agentTls'), signal)).generation),
    );
  }

  it('are presented at every port', async () => {
    const access = await operatorOf(first);
    await untilAt(doors, (door) => present(door, access));
  });

  it('are asked of everybody but clients, and must be of the right CA', async () => {
    const stranger = await operatorOf(second, first);
    for (const door of mutual) await assert.rejects(presentedAt(door, stranger), JSON.stringify(door));
    for (const { node, port } of mutual) {
      const { host, name } = ring.addressOf(node, port);
      const target = { host, port: ports[port], ca: first.certificate, servername: name };
      await assert.rejects(greetWithout(target), /alert|disconnected|ECONNRESET|closed/i);
    }
  });

  it('are all that a client can speak to a member by', async () => {
    const inClear = cassandraClient({ contactPoints: [ring.hostOf(0)], datacenter, ...own });
    await assert.rejects(inClear.connect());
    await inClear.shutdown();
    await assert.rejects(withClient(second, async () => {}));
  });

  it('are replaced, with their CA, while rows are written', async () => {
    const [byFirst, bySecond] = [await operatorOf(first, second), await operatorOf(second, first)];
    const before = await generations(byFirst);
    const [both, above] = [[first.certificate, second.certificate], [root.certificate]];
    await write(first, 0);
    await ring.certify({ signer: first, trusted: both });
    await untilAt(doors, (door) => present(door, byFirst));
    await untilAt(doors, (door) => present(door, bySecond));
    await write(first, 500);
    await ring.certify({ signer: second, trusted: both, above });
    await untilAt(doors, (door) => present(door, byFirst));
    await write(root, 1_000);
    await ring.certify({ signer: second, trusted: [second.certificate], above });
    await untilAt(mutual, (door) => assert.rejects(presentedAt(door, byFirst)));
    await untilAt(doors, (door) => present(door, bySecond));
    await write(root, 1_500);
    assert.deepEqual(await generations(bySecond), before);
  });

  it('are known by the root of their CA, and let nobody else in whom that vouches for', async () => {
    const { identity } = await operatorOf(second);
    for (const door of doors) await present(door, { identity, trusted: root.certificate });
    const sibling = await corporateAuthority('sibling', { signedBy: root });
    for (const stranger of [await strangerOf(sibling, second), await strangerOf(root, second)])
      for (const door of mutual) await assert.rejects(presentedAt(door, stranger), JSON.stringify(door));
  });

  it('let nodes find each other again', async () => {
    await ring.kill(1);
    ring.start(1);
    await untilReady();
    await withClient(root, async (client) => {
      assert.equal((await readRows(client, { keyspace, from: 0, to: 2_000 })).size, 2_000);
    });
    const access = await operatorOf(second);
    await untilAt(doors, (door) => present(door, access));
  });
});

describe('a real Cassandra whose clients are', function () {
  this.timeout(300_000);
  const { signal } = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), 'stateward-cassandra-'));
  let ring: CassandraProcesses;
  let signer: KeyPair;

  before(async () => {
    signer = await newAuthority('ring');
    const certificates = { signer, trusted: [signer.certificate] };
    const shape = { version: '5.0.9', nodes: 2, ringDelayMs: 6_000, network: 12 };
    ring = await prepareCassandra({ ...shape, certificates, clients: ['Optional', 'None'] }, folder, signal);
    for (const node of [0, 1]) ring.start(node);
    for (const node of [0, 1]) await eventually(() => clientAt(node, undefined), { signal, timeoutMs: 200_000 });
  });

  after(async () => {
    await ring.killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  async function clientAt(node: number, ca: string | undefined): Promise<void> {
    const access = { contactPoints: [ring.hostOf(node)], datacenter, ...own, ...(ca === undefined ? {} : { ca }) };
    const client = cassandraClient(access);
    await client.connect().finally(() => client.shutdown());
  }

  /** What the operator asks. */
  async function asked(node: number, clear: boolean): Promise<number> {
    const target = { ...ring.addressOf(node, 'native'), datacenter, clear };
    return (await cassandraAdmin(await operatorOf(signer)).keyspaces(target, own, signal)).length;
  }

  it('free to speak TLS answers both on one port', async () => {
    await clientAt(0, signer.certificate);
    await clientAt(0, undefined);
    assert.ok((await asked(0, true)) > 0);
    assert.ok((await asked(0, false)) > 0);
  });

  it('in clear answers the operator only where that may be', async () => {
    await assert.rejects(clientAt(1, signer.certificate));
    assert.ok((await asked(1, true)) > 0);
    await assert.rejects(asked(1, false));
  });

  it('not to be trusted is never asked in clear instead', async () => {
    const stranger = cassandraAdmin(await operatorOf(await newAuthority('other')));
    const target = { ...ring.addressOf(0, 'native'), datacenter, clear: true };
    await assert.rejects(stranger.keyspaces(target, own, signal), /self-signed|verify|issuer/);
  });
});

/** Says nothing about who comes, and waits for an answer. */
function greetWithout(target: { host: string; port: number; ca: string; servername: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(target, () => socket.write(Buffer.alloc(4)));
    socket.once('data', () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the socket was closed')));
  });
}
