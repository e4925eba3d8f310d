/** The folders and the record of a cluster. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Say } from '../progress.ts';
import { type Addresses, addressesOf, type NodeAddresses, nodeAddressesOf } from './addresses.ts';
import { type NodeShape, realNodes, type Shape } from './shape.ts';

/** What every long work needs: a voice and an end. */
export interface Work {
  say: Say;
  signal: AbortSignal;
}

/** What is written down of a cluster before anything of it exists, so that its remains can always be found. */
export interface Record {
  name: string;
  slot: number;
  bin: string;
  shape: Shape;
  /** False until everything was up once: what a killed start left is not worth mending. */
  complete: boolean;
  /** Content key of each loaded image by its name. */
  images: { [name: string]: string };
}

export interface Cluster extends Record {
  folder: string;
  addresses: Addresses;
}

export interface RealNode extends NodeAddresses {
  shape: NodeShape;
  folder: string;
}

export function clustersFolder(cache: string): string {
  return join(cache, 'clusters');
}

export function folderOf(cache: string, name: string): string {
  return join(clustersFolder(cache), name);
}

export function clusterOf(folder: string, record: Record): Cluster {
  return { ...record, folder, addresses: addressesOf(record.slot) };
}

function isRecord(value: unknown): value is Record {
  return typeof value === 'object' && value !== null && 'slot' in value && 'shape' in value && 'bin' in value;
}

/** The cluster that lives, or once lived, in this folder. */
export function readCluster(folder: string): Cluster | undefined {
  const file = join(folder, 'cluster.json');
  if (!existsSync(file)) return undefined;
  const record: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return isRecord(record) ? clusterOf(folder, record) : undefined;
}

export function writeCluster(cluster: Cluster): void {
  const { folder, addresses: _, ...record } = cluster;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cluster.json.new'), `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(join(folder, 'cluster.json.new'), join(folder, 'cluster.json'));
}

export function allClusters(cache: string): Cluster[] {
  const root = clustersFolder(cache);
  const names = existsSync(root) ? readdirSync(root) : [];
  return names.map((name) => readCluster(join(root, name))).filter((cluster) => cluster !== undefined);
}

export function nodesOf(cluster: Cluster): RealNode[] {
  return realNodes(cluster.shape).map((shape, index) => ({
    ...nodeAddressesOf(cluster.slot, shape.name, index),
    shape,
    folder: join(cluster.folder, 'nodes', shape.name),
  }));
}

export function logFile(folder: string, component: string): string {
  return join(folder, 'log', `${component}.log`);
}

export function kubeconfigOf(cluster: { folder: string }): string {
  return join(cluster.folder, 'kubeconfig');
}

/** Containers of a node run below this cgroup. */
export function cgroupOf(slot: number, node: string): string {
  return `/stateward/${slot}-${node}`;
}

export const nodePaths = {
  containerdConfig: (node: RealNode) => join(node.folder, 'containerd.toml'),
  containerdRoot: (node: RealNode) => join(node.folder, 'images'),
  /** Like /run of a machine: gone with a restart. */
  state: (node: RealNode) => join(node.folder, 'run'),
  socket: (node: RealNode) => join(node.folder, 'run', 'containerd.sock'),
  cni: (node: RealNode) => join(node.folder, 'cni'),
  kubelet: (node: RealNode) => join(node.folder, 'kubelet'),
  podLogs: (node: RealNode) => join(node.folder, 'pods'),
  volumes: (node: RealNode) => join(node.folder, 'volumes'),
  disks: (node: RealNode) => join(node.folder, 'disks'),
};
