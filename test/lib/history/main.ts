/**
 * The writers as a command, against a service that runs:
 *
 *     node test/lib/history/main.ts kafka --hosts 127.0.0.1:9092 --seconds 60 --rate 50 --retries 0 --replicas 1
 *     CASSANDRA_PASSWORD=… node test/lib/history/main.ts cassandra --hosts 10.0.0.1,10.0.0.2 --username app --ca ca.crt
 *
 * It ends after the seconds or with SIGINT, prints what was, and exits with 1 where an acknowledged write is missing.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { clusterLookup } from '../../../hack/clients/dns.ts';
import { systemClock } from '../../../operators/kube/clock.ts';
import { cassandraReport, startCassandraWriter } from './cassandra-writer.ts';
import { isKept, type Verdict, verdictText } from './history.ts';
import { kafkaReport, startKafkaWriter } from './kafka-writer.ts';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: text,
    /** Names in `hosts`, and those that a broker answers with, are looked up in its cluster. */
    kubeconfig: text,
    /** The topic or the keyspace; a new one unless given. */
    name: { ...text, default: `history_${Date.now()}` },
    seconds: { ...text, default: '60' },
    rate: { ...text, default: '50' },
    /** 0, or left out. */
    retries: text,
    replicas: { ...text, default: '3' },
    partitions: { ...text, default: '6' },
    datacenter: { ...text, default: 'dc1' },
    username: { ...text, default: 'cassandra' },
    /** PEM file of whom a client of Cassandra trusts; in clear unless given. */
    ca: text,
  },
});

interface Running {
  stop(): Promise<string>;
  verify(signal: AbortSignal): Promise<Verdict>;
}

const hosts = values.hosts?.split(',') ?? [];
const common = {
  replicas: Number(values.replicas),
  perSecond: Number(values.rate),
  ...(values.retries === '0' ? { retries: 0 as const } : {}),
};

async function startKafka(signal: AbortSignal): Promise<Running> {
  const lookup = values.kubeconfig === undefined ? {} : { lookup: clusterLookup(values.kubeconfig) };
  const access = { bootstrap: hosts, ...lookup };
  const options = { ...common, access, topic: values.name, partitions: Number(values.partitions) };
  const { stop, verify } = await startKafkaWriter(options, signal);
  return { stop: () => stop().then(kafkaReport), verify };
}

async function startCassandra(signal: AbortSignal): Promise<Running> {
  const { datacenter, username, name: keyspace } = values;
  const password = process.env['CASSANDRA_PASSWORD'] ?? '';
  const ca = values.ca === undefined ? {} : { ca: readFileSync(values.ca, 'utf8') };
  const access = { contactPoints: hosts, datacenter, username, password, ...ca };
  const { stop, verify } = await startCassandraWriter({ ...common, access, keyspace }, signal);
  return { stop: () => stop().then(cassandraReport), verify };
}

async function main(): Promise<void> {
  const start = { kafka: startKafka, cassandra: startCassandra }[positionals[0] ?? ''];
  if (start === undefined || hosts.length === 0) throw new Error('usage: main.ts kafka|cassandra --hosts HOST,…');
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  const running = await start(new AbortController().signal);
  process.stdout.write(`writing to ${values.name}\n`);
  await systemClock.sleep(Number(values.seconds) * 1000, interrupted.signal).catch(() => {});
  process.off('SIGINT', interrupt);
  process.stdout.write(`${await running.stop()}\n`);
  const verdict = await running.verify(AbortSignal.timeout(300_000));
  process.stdout.write(`${verdictText(verdict)}\n`);
  if (!isKept(verdict)) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  process.stderr.write(`history: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
