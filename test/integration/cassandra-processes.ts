/** Real Cassandra processes with our agent on this host, without Kubernetes: some facts only Cassandra itself can tell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { agent, jars } from '../../hack/images/contents.ts';
import { jdk } from '../../hack/images/prerequisites.ts';
import { withLock } from '../../hack/lock.ts';
import { cacheRoot } from '../../hack/paths.ts';
import { type ClientEncryption, encryptionSettings } from '../../operators/cassandra/certificates.ts';
import { ports } from '../../operators/cassandra/names.ts';
import type { Address } from '../../operators/workload/address.ts';
import { type Certificates, mountFiles, newLeaf, replaceFile } from './certificates.ts';

/** Every node has an address of its own, and the same ports. */
export { ports };

export const datacenter = 'dc1';

const archive = join(import.meta.dirname, '../../hack/images/cassandra/archive');

/** Quick to start, and small. */
const jvm = [
  '-Xmx320m',
  '-XX:MaxDirectMemorySize=64m',
  '-XX:-UseG1GC',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  `-Dcassandra-rackdc.properties=file://${join(archive, 'cassandra-rackdc.properties')}`,
  `-Dlogback.configurationFile=${join(archive, 'logback.xml')}`,
  '-Dcassandra.jmx.local.port=0',
];

export interface CassandraProcesses {
  hostOf(node: number): string;
  addressOf(node: number, port: keyof typeof ports): Address;
  /** What the nodes trust and present from now on. */
  certify(certificates: Certificates): Promise<void>;
  /** PEM of key and certificate. */
  leafOf(node: number): string;
  /** Writes its settings anew. */
  configure(node: number): void;
  /** For another time too, with the data that it has. */
  start(node: number): void;
  /** At once, as the kernel does when memory runs out. */
  kill(node: number): Promise<void>;
  killAll(): Promise<void>;
  /** Writes the annotations of its pod as the kubelet does. */
  annotate(node: number, annotations: Record<string, string>): void;
}

export interface Ring {
  version: string;
  nodes: number;
  /** Long enough for news to reach everybody; Cassandra's default is 30 s. */
  ringDelayMs: number;
  /** Of the addresses of its nodes: each ring has its own. */
  network: number;
  certificates: Certificates;
  /** Of each node; Required unless given. */
  clients?: readonly ClientEncryption[];
  /** In place of those that every node has, by its folder. */
  settings?: (folder: string) => Record<string, unknown>;
}

/** None runs yet. Started together and empty they are a ring: each of them is a seed, so that nobody waits for another. */
export async function prepareCassandra(ring: Ring, folder: string, signal: AbortSignal): Promise<CassandraProcesses> {
  const { libs, agentJar } = await parts(ring.version, signal);
  const running = new Map<number, ChildProcess>();
  const leaves = new Map<number, string>();
  const certify = async (certificates: Certificates): Promise<void> => {
    for (let node = 0; node < ring.nodes; node += 1) leaves.set(node, await certifyNode(node, certificates, folder));
  };
  for (let node = 0; node < ring.nodes; node += 1) configure(node, ring, folder);
  await certify(ring.certificates);
  const hostOf = (node: number): string => addressIn(ring, node);
  const kill = async (node: number): Promise<void> => {
    const child = running.get(node);
    running.delete(node);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  // A test run that is killed leaves no process behind.
  process.once('exit', () => running.forEach((child) => void child.kill('SIGKILL')));
  return {
    hostOf,
    addressOf: (node, port) => ({ host: hostOf(node), port: ports[port], name: nameOf(node) }),
    certify,
    configure: (node) => writeSettings(node, ring, folder),
    leafOf: (node) => leaves.get(node) ?? '',
    start: (node) => void running.set(node, launch(node, ring, join(folder, String(node)), libs, agentJar)),
    kill,
    killAll: async () => void (await Promise.all([...running.keys()].map(kill))),
    annotate: (node, annotations) => annotate(join(folder, String(node)), annotations),
  };
}

/** What the images are made of. */
async function parts(version: string, signal: AbortSignal): Promise<{ libs: string; agentJar: string }> {
  const cache = join(cacheRoot(), 'images');
  const say = (): void => {};
  return withLock(join(cache, 'lock'), { signal, say }, async () => ({
    libs: join(await jars({ cache, say, signal }, 'cassandra', version), 'libs'),
    agentJar: join(await agent({ cache, say, signal }), 'out', 'stateward-agent.jar'),
  }));
}

function launch(node: number, ring: Ring, folder: string, libs: string, agentJar: string): ChildProcess {
  const log = openSync(join(folder, 'log'), 'a');
  const agentOptions = [
    'cassandra',
    `port=${ports.agent}`,
    `address=${addressIn(ring, node)}`,
    `tls=${ports.agentTls}`,
    `own=${join(folder, 'own.pem')}`,
    `trusted=${join(folder, 'tls/ca.crt')}`,
    `annotations=${join(folder, 'annotations')}`,
    `joined=${join(folder, 'joined')}`,
    `hints=${join(folder, 'hints')}`,
  ];
  const args = [
    `@${join(archive, 'jvm.options')}`,
    ...jvm,
    `-Dcassandra.config=file://${join(folder, 'cassandra.yaml')}`,
    `-Dcassandra.storagedir=${folder}`,
    `-Dcassandra.logdir=${folder}`,
    `-Dcassandra.ring_delay_ms=${ring.ringDelayMs}`,
    `-javaagent:${join(libs, 'jamm-0.4.0.jar')}`,
    `-javaagent:${agentJar}=${agentOptions.join(',')}`,
  ];
  const command = [...args, '-cp', join(libs, '*'), 'org.apache.cassandra.service.CassandraDaemon'];
  return spawn(join(jdk, 'bin/java'), command, { stdio: ['ignore', log, log] });
}

function addressIn({ network }: Ring, node: number): string {
  return `127.93.${network}.${node + 1}`;
}

function nameOf(node: number): string {
  return `node-${node}`;
}

async function certifyNode(node: number, certificates: Certificates, folder: string): Promise<string> {
  const leaf = await newLeaf(nameOf(node), [], certificates);
  mountFiles(join(folder, String(node), 'tls'), {
    [`${nameOf(node)}.pem`]: leaf,
    'ca.crt': certificates.trusted.join('\n'),
  });
  return leaf;
}

/** As in a pod, with the files of this node in place of the pod's. */
function encryption(clients: ClientEncryption, root: string): Record<string, unknown> {
  const files = { keystore: join(root, 'own.pem'), truststore: join(root, 'tls/ca.crt') };
  const settings = Object.entries(encryptionSettings(clients, 'Password'));
  return Object.fromEntries(settings.map(([key, options]) => [key, { ...Object(options), ...files }]));
}

function configure(node: number, ring: Ring, folder: string): void {
  const root = join(folder, String(node));
  mkdirSync(root, { recursive: true });
  symlinkSync(join(root, 'tls', `${nameOf(node)}.pem`), join(root, 'own.pem'));
  annotate(root, {});
  writeSettings(node, ring, folder);
}

function writeSettings(node: number, ring: Ring, folder: string): void {
  const root = join(folder, String(node));
  const [host, hosts] = [addressIn(ring, node), Array.from({ length: ring.nodes }, (_, seed) => addressIn(ring, seed))];
  const seeds = hosts.map((seed) => `${seed}:${ports.storage}`).join(',');
  const settings = {
    cluster_name: 'processes',
    num_tokens: 16,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    seed_provider: [{ class_name: 'org.apache.cassandra.locator.SimpleSeedProvider', parameters: [{ seeds }] }],
    listen_address: host,
    rpc_address: host,
    ...encryption(ring.clients?.[node] ?? 'Required', root),
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    data_file_directories: [join(root, 'data')],
    commitlog_directory: join(root, 'commitlog'),
    hints_directory: join(root, 'hints'),
    saved_caches_directory: join(root, 'saved_caches'),
    cdc_raw_directory: join(root, 'cdc_raw'),
    commitlog_sync: 'periodic',
    commitlog_sync_period: '10000ms',
    ...ring.settings?.(root),
  };
  writeFileSync(join(root, 'cassandra.yaml'), stringify(settings, { lineWidth: 0 }));
}

function annotate(folder: string, annotations: Record<string, string>): void {
  const lines = Object.entries(annotations).map(([key, value]) => `${key}=${JSON.stringify(value)}\n`);
  replaceFile(join(folder, 'annotations'), lines.join(''));
}
