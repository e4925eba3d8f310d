/** Data in, a pod lost, data still there. Each check fails the demo if a single record or row is missing. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type CassandraAccess, cassandraClient, createTable, readRows, writeRows } from '../clients/cassandra.ts';
import { clusterLookup } from '../clients/dns.ts';
import { consumeAll, createTopic, kafkaClient, produce } from '../clients/kafka.ts';
import { kafkaAccess, kafkaSecret } from '../clients/kafka-user.ts';
import type { RunningCluster } from '../cluster/cluster.ts';
import type { Tools } from '../kubectl.ts';
import { duration, type Say } from '../progress.ts';
import { isReady, readService } from './services.ts';

const records = 10_000;
const rows = 1_000;
const recoveryMs = 5 * 60_000;

export async function kafkaDemo(
  cluster: RunningCluster,
  tools: Tools,
  namespace: string,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const { status } = await readService(tools, namespace, 'KafkaCluster');
  const endpoint = status.endpoints?.[0];
  const lookup = clusterLookup(cluster.kubeconfig);
  const kafka = kafkaClient({ ...(await kafkaAccess(tools, namespace)), bootstrap: endpoint?.dns ?? [], lookup });
  const topic = `demo-${Date.now()}`;
  await createTopic(kafka, { topic, partitions: 6, replicas: 3 });
  const range = { from: 0, to: records };
  say(
    `   produced ${await produce(kafka, topic, range)} records to topic ${topic}, acknowledged by all in-sync replicas`,
  );
  const consume = async (): Promise<number> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(120_000)]);
    return (await consumeAll(kafka, topic, range, limit)).size;
  };
  expectAll('consumed', await consume(), records, say);
  await losePod(tools, namespace, 'KafkaCluster', say, signal);
  expectAll('consumed after the loss', await consume(), records, say);
  say(`   endpoint ${endpoint?.name}: ${endpoint?.vip}, credentials in Secret ${kafkaSecret}`);
}

export async function cassandraDemo(tools: Tools, namespace: string, say: Say, signal: AbortSignal): Promise<void> {
  const access = await cassandraAccess(tools, namespace);
  const keyspace = `demo${Date.now()}`;
  await withClient(access, async (client) => {
    await createTable(client, keyspace, access.datacenter);
    say(`   wrote ${await writeRows(client, { keyspace, from: 0, to: rows })} rows to ${keyspace}.numbers`);
    expectAll('read', (await readRows(client, { keyspace, from: 0, to: rows })).size, rows, say);
  });
  await losePod(tools, namespace, 'CassandraCluster', say, signal);
  await withClient(await cassandraAccess(tools, namespace), async (client) => {
    expectAll('read after the loss', (await readRows(client, { keyspace, from: 0, to: rows })).size, rows, say);
  });
  const { status } = await readService(tools, namespace, 'CassandraCluster');
  say(
    `   endpoint ${status.endpoints?.[0]?.name}: ${status.endpoints?.[0]?.vip}, credentials in Secret ${status.binding?.name}`,
  );
}

async function withClient(
  access: CassandraAccess,
  use: (client: ReturnType<typeof cassandraClient>) => Promise<void>,
): Promise<void> {
  const client = cassandraClient(access);
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.shutdown();
  }
}

const bindingData = z.object({
  data: z.object({ username: z.string(), password: z.string(), datacenter: z.string(), 'ca.crt': z.string() }),
});

/** As an application gets it: from the binding Secret, and the members' addresses. */
async function cassandraAccess(tools: Tools, namespace: string): Promise<CassandraAccess> {
  const { status } = await readService(tools, namespace, 'CassandraCluster');
  const secret = await tools.kubectl(['get', '-n', namespace, 'secret', status.binding?.name ?? '', '-o', 'json']);
  const { data } = bindingData.parse(JSON.parse(secret));
  const plain = (value: string): string => Buffer.from(value, 'base64').toString('utf8');
  const contactPoints = (status.members ?? []).flatMap(({ ready, address }) =>
    ready && address !== undefined ? [address] : [],
  );
  return {
    contactPoints,
    datacenter: plain(data.datacenter),
    username: plain(data.username),
    password: plain(data.password),
    ca: plain(data['ca.crt']),
  };
}

/** Deletes the last member's pod and waits until the service is Ready again. */
async function losePod(tools: Tools, namespace: string, kind: string, say: Say, signal: AbortSignal): Promise<void> {
  const name = (await readService(tools, namespace, kind)).status.members?.at(-1)?.name ?? '';
  const start = Date.now();
  await tools.kubectl(['delete', 'pod', '-n', namespace, name], { timeoutMs: recoveryMs });
  while (Date.now() - start < recoveryMs) {
    const service = await readService(tools, namespace, kind);
    const member = service.status.members?.find((candidate) => candidate.name === name);
    if (isReady(service) && member?.ready === true) {
      say(`   pod ${name} deleted; it was back and ${kind} Ready after ${duration(Date.now() - start)}`);
      return;
    }
    await delay(500, undefined, { signal });
  }
  throw new Error(`${kind} is not Ready ${duration(recoveryMs)} after pod ${name} was deleted`);
}

function expectAll(what: string, got: number, wanted: number, say: Say): void {
  if (got !== wanted) throw new Error(`${what} ${got} of ${wanted}: data is missing`);
  say(`   ${what} all ${got}`);
}
