/** Real Kafka processes on this host, without Kubernetes: some facts only Kafka itself can tell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agent, jars } from '../../hack/images/contents.ts';
import { jdk } from '../../hack/images/prerequisites.ts';
import { withLock } from '../../hack/lock.ts';
import { cacheRoot } from '../../hack/paths.ts';
import { run } from '../../hack/run.ts';
import type { Address } from '../../operators/kafka/admin/admin.ts';
import { tlsProperties } from '../../operators/kafka/certificates.ts';
import { type Certificates, newLeaf, replaceFile } from './certificates.ts';

/** Every node has an address of its own, and the same ports. */
export const ports = { broker: 9091, controller: 9090 } as const;

/** Longest time for a controlled shutdown. */
const graceMs = 15_000;

const java = join(jdk, 'bin/java');

/** Quick to start, and small. */
const jvm = ['-Xmx200m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true'];

export interface KafkaNode {
  nodeId: number;
  rack: string;
  roles: string;
  /** Where others find its controller, where that is not where it listens: the address of a link. */
  controllerHost?: string;
}

export interface KafkaProcesses {
  /** What each node needs before its first start: certificates, and a volume where it has none. */
  prepare(certificates: Certificates): Promise<void>;
  /** What the nodes trust and present from now on; each reads its files by itself. */
  certify(certificates: Certificates): Promise<void>;
  addressOf(nodeId: number): Address;
  start(nodeId: number): void;
  /** As Kubernetes ends it. */
  stop(nodeId: number): Promise<void>;
  stopAll(): Promise<void>;
}

interface Installation {
  version: string;
  /** Of the addresses of its nodes: each installation has its own. */
  network: number;
  /** Of the data, the configuration and the logs. */
  folder: string;
  signal: AbortSignal;
}

export function kafkaProcesses(nodes: readonly KafkaNode[], installation: Installation): KafkaProcesses {
  const running = new Map<number, ChildProcess>();
  let classPath = '';
  const stop = async (nodeId: number): Promise<void> => {
    const child = running.get(nodeId);
    running.delete(nodeId);
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await end(child);
  };
  return {
    prepare: async (certificates) => {
      classPath = await classPathOf(installation);
      await certifyAll(nodes, certificates, installation);
      await Promise.all(nodes.map((node) => format(node, nodes, classPath, installation)));
    },
    certify: (certificates) => certifyAll(nodes, certificates, installation),
    addressOf: (nodeId) => ({ host: hostOf(nodeId, installation), port: ports.broker, name: nameOf(nodeId) }),
    start: (nodeId) => void running.set(nodeId, launch(nodeId, classPath, installation)),
    stop,
    stopAll: async () => void (await Promise.all([...running.keys()].map(stop))),
  };
}

/** The jars that the images are made of, ours among them. */
function classPathOf({ version, signal }: Installation): Promise<string> {
  const cache = join(cacheRoot(), 'images');
  const workshop = { cache, say: (): void => {}, signal };
  const made = async (): Promise<string> => {
    const [own, libs] = [await agent(workshop), await jars(workshop, 'kafka', version)];
    return `${join(own, 'out/stateward-agent.jar')}:${join(libs, 'libs/*')}`;
  };
  return withLock(join(cache, 'lock'), { signal, say: workshop.say }, made);
}

async function certifyAll(
  nodes: readonly KafkaNode[],
  certificates: Certificates,
  installation: Installation,
): Promise<void> {
  for (const node of nodes) {
    const { nodeId } = node;
    const hosts = new Set([hostOf(nodeId, installation), controllerHost(node, installation)]);
    const leaf = await newLeaf(nameOf(nodeId), [...hosts], certificates);
    replaceFile(join(installation.folder, `${nodeId}.pem`), leaf);
  }
  replaceFile(join(installation.folder, 'ca.crt'), certificates.trusted.join('\n'));
}

async function format(
  node: KafkaNode,
  all: readonly KafkaNode[],
  classPath: string,
  installation: Installation,
): Promise<void> {
  const file = fileOf(node.nodeId, installation.folder);
  writeFileSync(file, properties(node, all, installation));
  const voters = all.filter(isController).map((controller) => voter(controller, installation));
  const quorum = isController(node) ? [`--initial-controllers=${voters.join(',')}`] : [];
  const args = ['--cluster-id=c3RhdGV3YXJkLW1vdmVzMQ', '-c', file, '--ignore-formatted', ...quorum];
  await run(java, [...jvm, '-cp', classPath, 'kafka.tools.StorageTool', 'format', ...args], {
    signal: installation.signal,
  });
}

function isController({ roles }: KafkaNode): boolean {
  return roles.includes('controller');
}

function voter(node: KafkaNode, installation: Installation): string {
  const { nodeId } = node;
  const directory = Buffer.alloc(16, nodeId + 1).toString('base64url');
  return `${nodeId}@${controllerHost(node, installation)}:${ports.controller}:${directory}`;
}

function launch(nodeId: number, classPath: string, { folder }: Installation): ChildProcess {
  const log = openSync(join(folder, `${nodeId}.log`), 'a');
  const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, '../../hack/images/kafka/archive/log4j2.yaml')}`;
  const args = [...jvm, logging, '-cp', classPath, 'kafka.Kafka', fileOf(nodeId, folder)];
  // A test run that is killed leaves no process behind.
  return spawn('setpriv', ['--pdeathsig', 'KILL', java, ...args], { stdio: ['ignore', log, log] });
}

async function end(child: ChildProcess): Promise<void> {
  const patience = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.kill('SIGTERM');
  await once(child, 'exit');
  clearTimeout(patience);
}

function fileOf(nodeId: number, folder: string): string {
  return join(folder, `${nodeId}.properties`);
}

function hostOf(nodeId: number, { network }: Installation): string {
  return `127.93.${network}.${nodeId + 1}`;
}

function controllerHost({ nodeId, controllerHost }: KafkaNode, installation: Installation): string {
  return controllerHost ?? hostOf(nodeId, installation);
}

function nameOf(nodeId: number): string {
  return `node-${nodeId}`;
}

function properties(node: KafkaNode, all: readonly KafkaNode[], installation: Installation): string {
  const { folder } = installation;
  const { nodeId, rack, roles } = node;
  const listenersAt = (host: string): string => {
    const own = isController(node) ? [`CONTROLLER://${host}:${ports.controller}`] : [];
    return [`BROKER://${hostOf(nodeId, installation)}:${ports.broker}`, ...own].join(',');
  };
  const entries = {
    'process.roles': roles,
    'node.id': nodeId,
    'broker.rack': rack,
    listeners: listenersAt(hostOf(nodeId, installation)),
    'advertised.listeners': listenersAt(controllerHost(node, installation)),
    'listener.security.protocol.map': 'BROKER:SSL,CONTROLLER:SSL',
    ...tlsProperties(),
    'ssl.client.auth': 'required',
    'ssl.keystore.location': join(folder, `${nodeId}.pem`),
    'ssl.truststore.location': join(folder, 'ca.crt'),
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': all
      .filter(isController)
      .map((controller) => `${controllerHost(controller, installation)}:${ports.controller}`)
      .join(','),
    'log.dirs': join(folder, String(nodeId), 'data'),
    'offsets.topic.num.partitions': 2,
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 4_194_304, // of a heap that is small
  };
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
