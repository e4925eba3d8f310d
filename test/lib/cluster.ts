/** The cluster of the integration tier: a real control plane, and nodes whose kubelet is kwok. */
import { join } from 'node:path';
import { down, gpuNode, type NodeShape, simulatedNodes, up } from '../../hack/cluster/cluster.ts';
import { createOnce, type Kube } from '../../hack/cluster/kube.ts';
import { type Cluster, folderOf, kubeconfigOf, readCluster } from '../../hack/cluster/layout.ts';
import { simulatedNode } from '../../hack/cluster/objects.ts';
import { componentsOf, startDaemon } from '../../hack/cluster/processes.ts';
import { withKube } from '../../hack/cluster/ready.ts';
import { cacheRoot } from '../../hack/paths.ts';
import type { Say } from '../../hack/progress.ts';
import { run } from '../../hack/run.ts';
import { eventually } from './eventually.ts';

const name = 'stateward-int';

/** Of the cluster, with its logs. */
export const folder = folderOf(cacheRoot(), name);

/** Known without asking: test files run in processes of their own. */
export const kubeconfig = kubeconfigOf({ folder });

/** Folder of kubectl and helm. */
export const programs = join(cacheRoot(), 'bin');

/** Zones a, b and c with three nodes each, and one GPU node beside those of zone a. */
export const nodeShapes: readonly NodeShape[] = [...simulatedNodes(9), gpuNode('gpu-a', 'a', 'simulated')];

export interface ClusterWork {
  say: Say;
  signal: AbortSignal;
}

/** The nodes are made here and not by the cluster itself, as their pods follow stages of the tests. */
export async function startCluster(stages: string, definitions: string, work: ClusterWork): Promise<void> {
  await up({ name, shape: { nodes: [] }, ...work });
  const cluster = readCluster(folder);
  if (cluster === undefined) throw new Error(`the integration tests need the native cluster: unset CLUSTER`);
  if (!componentsOf(cluster).has('kwok')) startDaemon(cluster, { component: 'kwok', command: kwok(cluster, stages) });
  await kubectl(['apply', '--filename', definitions], work.signal);
  await withKube(cluster, async (kube) => {
    await Promise.all(nodeShapes.map((shape) => createOnce(kube, '/api/v1/nodes', simulatedNode(shape), work)));
    await eventually(() => allReady(kube, work.signal), work);
  });
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'], work.signal);
}

export function stopCluster(work: ClusterWork): Promise<boolean> {
  return down({ name, ...work });
}

function kwok(cluster: Cluster, stages: string): string[] {
  const own = (stage: string) => join(cluster.bin, 'stages', `${stage}.yaml`);
  const files = [...['node/node-initialize', 'pod/pod-ready', 'pod/pod-delete'].map(own), stages];
  return [
    join(cluster.bin, 'kwok'),
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
    `--cidr=${cluster.addresses.simulatedPods}`,
    ...files.map((file) => `--config=${file}`),
  ];
}

async function allReady(kube: Kube, signal: AbortSignal): Promise<void> {
  for (const { name: node } of nodeShapes) {
    const text = JSON.stringify(await kube.call('GET', `/api/v1/nodes/${node}`, undefined, { signal }));
    if (!/"status":"True","type":"Ready"|"type":"Ready","status":"True"/.test(text))
      throw new Error(`${node} is not ready`);
  }
}

export function kubectl(args: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
  const all = [`--kubeconfig=${kubeconfig}`, ...args];
  return run(join(programs, 'kubectl'), all, input === undefined ? { signal } : { signal, input });
}
