/** An application's and an administrator's view of a Cassandra service. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';
import { z } from 'zod';
import { type CassandraAccess, cassandraClient, readRows, writeRows } from '../../../hack/clients/cassandra.ts';
import { stateAt } from '../../../operators/cassandra/admin/agent.ts';
import { contextOf } from '../../../operators/cassandra/admin/tls.ts';
import { ports } from '../../../operators/cassandra/names.ts';
import { configMaps, pods, secrets } from '../../../operators/kube/resource.ts';
import { cassandras } from '../../lib/resources.ts';
import { operatorAccess } from './access.ts';
import { runInside } from './inside.ts';
import type { Place } from './place.ts';
import { podsOf, serviceLabel } from './pods.ts';
import { read } from './services.ts';

/** A Secret in clear text. */
export async function secretOf(place: Place, name: string): Promise<Record<string, string>> {
  const { data = {} } = await read(place, secrets, name);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** As an application gets it: from the binding Secret, and the members' addresses. */
export async function accessTo(place: Place, name: string): Promise<CassandraAccess> {
  const { status } = await read(place, cassandras, name);
  const { datacenter = '', username = '', password = '' } = await secretOf(place, status?.binding?.name ?? '');
  const { data = {} } = await read(place, configMaps, status?.endpoints?.[0]?.ca ?? '');
  const running = (await podsOf(place, name)).flatMap(({ status: pod }) => pod?.podIP ?? []);
  return { contactPoints: running, datacenter, username, password, ca: data['ca.crt'] ?? '' };
}

export async function withClient<Result>(
  access: CassandraAccess,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = cassandraClient(access);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.shutdown();
  }
}

export async function query(place: Place, name: string, statement: string): Promise<Record<string, unknown>[]> {
  const { rows } = await withClient(await accessTo(place, name), (client) => client.execute(statement));
  return rows.map((row) => Object.fromEntries(row.keys().map((key) => [key, row.get(key)])));
}

/** Makes table and rows that every later look must find again. */
export async function fill(
  place: Place,
  name: string,
  { keyspace, replication, rows = 300 }: { keyspace: string; replication: number; rows?: number },
): Promise<void> {
  const access = await accessTo(place, name);
  await withClient(access, async (client) => {
    const strategy = `{'class': 'NetworkTopologyStrategy', '${access.datacenter}': ${replication}}`;
    await client.execute(`CREATE KEYSPACE ${keyspace} WITH replication = ${strategy}`);
    await client.execute(`CREATE TABLE ${keyspace}.numbers (id int PRIMARY KEY, value text)`);
    await writeRows(client, { keyspace, from: 0, to: rows });
  });
}

export async function assertRows(place: Place, name: string, keyspace: string, rows = 300): Promise<void> {
  const seen = await withClient(await accessTo(place, name), (client) =>
    readRows(client, { keyspace, from: 0, to: rows }),
  );
  assert.equal(seen.size, rows, `${rows - seen.size} of ${rows} acknowledged rows are missing`);
}

/** How many rows of `fill` a table has, asked with the binding at an address that only pods can reach. */
export async function rowsAt(
  place: Place,
  binding: Record<string, string | undefined>,
  table: string,
): Promise<number> {
  const script = `
    import { createRequire } from 'node:module';
    const cassandra = createRequire('/app/')('cassandra-driver');
    const { host, port, datacenter, username, password, 'ca.crt': ca } = ${JSON.stringify(binding)};
    const authProvider = new cassandra.auth.PlainTextAuthProvider(username, password);
    const contactPoints = [host + ':' + port];
    const sslOptions = { ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    const client = new cassandra.Client({ contactPoints, localDataCenter: datacenter, authProvider, sslOptions });
    const consistency = cassandra.types.consistencies.localQuorum;
    let count = 0;
    for await (const { id } of await client.execute('SELECT id FROM ${table}', [], { consistency })) {
      if (id < 100_000) count += 1;
    }
    console.log(count);
    process.exit();`;
  return Number(await runInside(place, script));
}

const memberState = z.object({
  ready: z.boolean(),
  operationMode: z.string(),
  hostId: z.string().nullish(),
  rack: z.string().nullish(),
  datacenter: z.string().nullish(),
  live: z.array(z.string()).default([]),
  seeds: z.array(z.string()).default([]),
  peers: z
    .record(z.string(), z.object({ status: z.string(), seesMe: z.object({ status: z.string() }).nullable() }))
    .default({}),
});

/** The member's own word, as its agent gives it. */
export async function stateOf(place: Place, pod: string): Promise<z.output<typeof memberState>> {
  const { metadata, status } = await read(place, pods, pod);
  const service = metadata.labels?.[serviceLabel] ?? '';
  const access = await operatorAccess(place, service, 'cassandra');
  const name = `${pod}.${service}-cassandra-members.${place.namespace}.svc`;
  const address = { host: status?.podIP ?? '', port: ports.agentTls, name };
  return memberState.parse(await stateAt(address, contextOf(access), place.signal));
}

export interface Writing {
  /** Ends the writing; answers the ids that were acknowledged. */
  stop(): Promise<number[]>;
}

/** Writes row after row at LOCAL_QUORUM; one that is refused counts as not written. */
export async function startWriting(place: Place, name: string, keyspace: string): Promise<Writing> {
  const client = cassandraClient(await accessTo(place, name));
  await client.connect();
  const acknowledged: number[] = [];
  let stopped = false;
  const write = async (): Promise<void> => {
    for (let id = 100_000; !stopped && !place.signal.aborted; id += 1) {
      const written = await writeRows(client, { keyspace, from: id, to: id + 1 }).catch(() => 0);
      if (written === 1) acknowledged.push(id);
      // A client without a host refuses at once, and would let nothing else have its turn.
      else await delay(100);
    }
  };
  const writing = write().finally(() => client.shutdown());
  const stop = async (): Promise<number[]> => {
    stopped = true;
    await writing;
    return acknowledged;
  };
  return { stop };
}

/** Each of them is there. */
export async function assertWritten(place: Place, name: string, keyspace: string, ids: number[]): Promise<void> {
  const [from, to] = [Math.min(...ids), Math.max(...ids) + 1];
  const seen = await withClient(await accessTo(place, name), (client) => readRows(client, { keyspace, from, to }));
  const missing = ids.filter((id) => !seen.has(id));
  assert.deepEqual(missing, [], `${missing.length} of ${ids.length} acknowledged rows are missing`);
}
