/** The ways in which a node is lost, tried on those that no other test uses. */
import { z } from 'zod';
import { nodeDown, nodeUp } from '../../../hack/cluster/cluster.ts';
import { nodesOf, readCluster } from '../../../hack/cluster/layout.ts';
import { toolsOf } from '../../../hack/kubectl.ts';
import { run } from '../../../hack/run.ts';
import { cluster, clusterName, drillNodes, folder } from './cluster.ts';
import type { Place } from './place.ts';

/** As an administrator does it before work on the machine; resolves when the node is empty. */
export async function drain({ tools }: Place, node: string, timeoutMs = 300_000): Promise<void> {
  const also = ['--ignore-daemonsets', '--delete-emptydir-data', `--timeout=${timeoutMs / 1000}s`];
  await tools.kubectl(['drain', node, ...also], { timeoutMs: timeoutMs + 10_000 });
}

export async function uncordon({ tools }: Pick<Place, 'tools'>, node: string): Promise<void> {
  await tools.kubectl(['uncordon', node]);
}

/** The machine loses its power; resolves when nothing of it runs any more. */
export async function powerOff({ signal }: Place, node: string): Promise<void> {
  await nodeDown(node, { name: clusterName, signal, say: () => {} });
  await removePodCables(node, signal);
}

/** Resolves when the node is Ready again. */
export function powerOn({ signal }: Pick<Place, 'signal'>, node: string): Promise<void> {
  return nodeUp(node, { name: clusterName, signal, say: () => {} });
}

const links = z.array(z.object({ ifname: z.string() }));

/**
 * The network of a pod outlives its processes for as long as one of its connections waits for a peer, and takes the route
 * to its address away when it ends at last: then the route of the pod that has the address since.
 */
async function removePodCables(name: string, signal: AbortSignal): Promise<void> {
  const native = readCluster(folder);
  const node = native === undefined ? undefined : nodesOf(native).find(({ shape }) => shape.name === name);
  if (node === undefined) return;
  const shown = await run('ip', ['-n', node.namespace, '-json', 'link', 'show', 'type', 'veth'], { signal });
  for (const { ifname } of links.parse(JSON.parse(shown)))
    if (ifname !== 'eth0') await run('ip', ['-n', node.namespace, 'link', 'delete', ifname], { signal });
}

/** For the top of a `describe`: before it and after it the nodes are there and take pods, whatever was done to them. */
export function useDrillNodes(): void {
  const restore = async (): Promise<void> => {
    const { signal } = new AbortController();
    const tools = toolsOf(cluster, signal);
    for (const node of drillNodes) {
      await powerOn({ signal }, node);
      await uncordon({ tools }, node);
    }
  };
  before(restore);
  after(restore);
}
