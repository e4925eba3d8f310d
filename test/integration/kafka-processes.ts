/** Real Kafka processes on this host, without Kubernetes: some facts only Kafka itself can tell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jars } from '../../hack/images/contents.ts';
import { jdk } from '../../hack/images/prerequisites.ts';
import { withLock } from '../../hack/lock.ts';
import { cacheRoot } from '../../hack/paths.ts';
import { run } from '../../hack/run.ts';
import type { Address } from '../../operators/kafka/admin/admin.ts';

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
}

export interface KafkaProcesses {
  /** What each node needs before its first start. */
  format(): Promise<void>;
  addressOf(nodeId: number): Address;
  start(nodeId: number): void;
  /** As Kubernetes ends it. */
  stop(nodeId: number): Promise<void>;
  stopAll(): Promise<void>;
}

interface Installation {
  version: string;
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
    format: async () => {
      classPath = join(await libs(installation), '*');
      await Promise.all(nodes.map((node) => format(node, classPath, installation)));
    },
    addressOf: (nodeId) => ({ host: hostOf(nodeId), port: ports.broker }),
    start: (nodeId) => void running.set(nodeId, launch(nodeId, classPath, installation)),
    stop,
    stopAll: async () => void (await Promise.all([...running.keys()].map(stop))),
  };
}

/** The jars that the images are made of. */
function libs({ version, signal }: Installation): Promise<string> {
  const cache = join(cacheRoot(), 'images');
  const say = (): void => {};
  const found = () => jars({ cache, say, signal }, 'kafka', version);
  return withLock(join(cache, 'lock'), { signal, say }, async () => join(await found(), 'libs'));
}

async function format(node: KafkaNode, classPath: string, { folder, signal }: Installation): Promise<void> {
  const file = fileOf(node.nodeId, folder);
  writeFileSync(file, properties(node, folder));
  const quorum = node.roles.includes('controller') ? ['--standalone'] : [];
  const args = ['--cluster-id=c3RhdGV3YXJkLW1vdmVzMQ', '-c', file, ...quorum];
  await run(java, [...jvm, '-cp', classPath, 'kafka.tools.StorageTool', 'format', ...args], { signal });
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

function hostOf(nodeId: number): string {
  return `127.93.9.${nodeId + 1}`;
}

function properties({ nodeId, rack, roles }: KafkaNode, folder: string): string {
  const controller = roles.includes('controller') ? [`CONTROLLER://${hostOf(nodeId)}:${ports.controller}`] : [];
  const listeners = [`BROKER://${hostOf(nodeId)}:${ports.broker}`, ...controller].join(',');
  const entries = {
    'process.roles': roles,
    'node.id': nodeId,
    'broker.rack': rack,
    listeners,
    'advertised.listeners': listeners,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `${hostOf(0)}:${ports.controller}`,
    'log.dirs': join(folder, String(nodeId), 'data'),
    'offsets.topic.num.partitions': 2,
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 4_194_304, // of a heap that is small
  };
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
