/** How a cluster is doing. */
import { cacheRoot } from '../paths.ts';
import { kindNodeName, readShape } from './kind.ts';
import { type Cluster, folderOf, kubeconfigOf, nodesOf, readCluster } from './layout.ts';
import { isPlugged } from './network.ts';
import { readyNodes } from './nodes-ready.ts';
import { componentsOf } from './processes.ts';
import { apiReady, withKube } from './ready.ts';

export interface NodeStatus {
  name: string;
  zone: string;
  ready: boolean;
  state: 'running' | 'down' | 'cut off' | 'simulated';
}

export interface ClusterStatus {
  name: string;
  apiAnswers: boolean;
  kubeconfig: string;
  nodes: NodeStatus[];
}

export interface StatusOptions {
  name?: string;
  signal: AbortSignal;
}

async function statusKind(name: string, folder: string, signal: AbortSignal): Promise<ClusterStatus | undefined> {
  const shape = readShape(folder);
  if (shape === undefined) return undefined;
  const kubeconfig = kubeconfigOf({ folder });
  const ready = await withKube({ folder }, (kube) => readyNodes(kube, signal)).catch(() => undefined);
  const nodes = shape.nodes.map(({ name: node, zone }): NodeStatus => {
    const isReady = ready?.has(kindNodeName(name, shape, node)) === true;
    return { name: node, zone, ready: isReady, state: 'running' };
  });
  return { name, apiAnswers: ready !== undefined, kubeconfig, nodes };
}

/** Undefined where there is no such cluster. */
export async function status({ name = 'stateward', signal }: StatusOptions): Promise<ClusterStatus | undefined> {
  const folder = folderOf(cacheRoot(), name);
  const cluster = readCluster(folder);
  return cluster === undefined ? statusKind(name, folder, signal) : statusNative(cluster, signal);
}

async function statusNative(cluster: Cluster, signal: AbortSignal): Promise<ClusterStatus> {
  const apiAnswers = await apiReady(cluster, signal);
  const ready = apiAnswers ? await withKube(cluster, (kube) => readyNodes(kube, signal)) : new Set<string>();
  const running = componentsOf(cluster);
  const real = new Map(nodesOf(cluster).map((node) => [node.shape.name, node]));
  const nodes = cluster.shape.nodes.map(({ name, zone }): NodeStatus => {
    const node = real.get(name);
    const base = { name, zone, ready: ready.has(name) };
    if (node === undefined) return { ...base, state: 'simulated' };
    if (!running.has(`kubelet@${name}`)) return { ...base, state: 'down' };
    return { ...base, state: isPlugged(cluster, node) ? 'running' : 'cut off' };
  });
  return { name: cluster.name, apiAnswers, kubeconfig: kubeconfigOf(cluster), nodes };
}
