/** One real node: containerd, kubelet and kube-proxy inside its network namespace; its death and its return. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cniConfig, containerdConfig, kubeletArguments, kubeletConfig, kubeProxyConfig } from './config.ts';
import { socketAnswers } from './images.ts';
import { type Cluster, nodePaths, nodesOf, type RealNode, type Work } from './layout.ts';
import { unmountBelow } from './mounts.ts';
import { cutCable, plugCable, removePodCables } from './network.ts';
import { kubeconfig } from './pki.ts';
import { componentsOf, type Daemon, killAll, processesOfNode, startDaemon, waitFor } from './processes.ts';

export function findNode(cluster: Cluster, name: string): RealNode {
  const node = nodesOf(cluster).find(({ shape }) => shape.name === name);
  if (node !== undefined) return node;
  const known = nodesOf(cluster).map(({ shape }) => shape.name);
  throw new Error(`cluster ${cluster.name} has no real node ${name}; it has ${known.join(', ') || 'none'}`);
}

function writeNodeFiles(cluster: Cluster, node: RealNode): void {
  for (const folder of ['state', 'cni', 'kubelet', 'podLogs', 'volumes', 'disks'] as const) {
    mkdirSync(nodePaths[folder](node), { recursive: true });
  }
  writeFileSync(nodePaths.containerdConfig(node), containerdConfig(cluster, node));
  writeFileSync(join(nodePaths.cni(node), 'stateward.conflist'), cniConfig(node));
  writeFileSync(join(node.folder, 'kubelet.json'), kubeletConfig(cluster, node));
  writeFileSync(join(node.folder, 'proxy.json'), kubeProxyConfig(cluster, node));
  writeFileSync(join(node.folder, 'kubeconfig'), kubeconfig(cluster, `kubelet-${node.shape.name}`), { mode: 0o600 });
}

function daemons(cluster: Cluster, node: RealNode): { containerd: Daemon; others: Daemon[] } {
  const inNode = (program: string, command: readonly string[]): Daemon => ({
    component: `${program}@${node.shape.name}`,
    command,
    namespace: node.namespace,
  });
  const proxy = [join(cluster.bin, 'kube-proxy'), `--config=${join(node.folder, 'proxy.json')}`, '--v=1'];
  // containerd answers a moment before its CRI service does, and kubelet gives up at the first refusal.
  const again = ['sh', '-c', 'until "$0" "$@"; do sleep 1; done'];
  return {
    containerd: inNode('containerd', ['containerd', '--config', nodePaths.containerdConfig(node)]),
    others: [inNode('kubelet', [...again, ...kubeletArguments(cluster, node)]), inNode('kube-proxy', proxy)],
  };
}

/** Starts what does not run of the node; answers whether kubelet was among it. */
export async function startNode(cluster: Cluster, node: RealNode, work: Work): Promise<boolean> {
  writeNodeFiles(cluster, node);
  const running = componentsOf(cluster);
  const { containerd, others } = daemons(cluster, node);
  if (!running.has(containerd.component)) startDaemon(cluster, containerd);
  const waiting = { what: containerd.component, needs: [containerd.component], timeoutMs: 60_000 };
  await waitFor(cluster, waiting, work, () => socketAnswers(nodePaths.socket(node)));
  for (const daemon of others) if (!running.has(daemon.component)) startDaemon(cluster, daemon);
  return !running.has(`kubelet@${node.shape.name}`);
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** A shim listens below /run, whatever containerd is told; a killed one leaves its socket there. */
export function removeShimSockets(node: RealNode): void {
  for (const task of subfolders(join(nodePaths.state(node), 'io.containerd.runtime.v2.task', 'k8s.io'))) {
    try {
      const address = readFileSync(join(task, 'address'), 'utf8').replace('unix://', '');
      if (address.startsWith('/run/containerd/s/')) rmSync(address, { force: true });
    } catch {
      // the shim had not come so far
    }
  }
}

/** The machine loses its power: every process ends at once, no connection is closed; the disks keep what they have. */
export async function powerOff(cluster: Cluster, node: RealNode, work: Work): Promise<void> {
  await cutCable(node, work);
  await killAll(() => processesOfNode(cluster, node.shape.name), work);
  await removePodCables(node, work);
  const volumes = `${nodePaths.volumes(node)}/`;
  await unmountBelow(node.folder, work, (mount) => mount.target.startsWith(volumes));
  removeShimSockets(node);
  rmSync(nodePaths.state(node), { recursive: true, force: true });
}

/** Answers whether the node was off. */
export async function powerOn(cluster: Cluster, node: RealNode, work: Work): Promise<boolean> {
  await plugCable(cluster, node, work);
  return startNode(cluster, node, work);
}
