/** The ways in which a node is lost, tried on those that no other test uses. */
import { nodeDown, nodeUp } from '../../../hack/cluster/cluster.ts';
import { toolsOf } from '../../../hack/kubectl.ts';
import { cluster, clusterName, drillNodes } from './cluster.ts';
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
export function powerOff({ signal }: Place, node: string): Promise<void> {
  return nodeDown(node, { name: clusterName, signal, say: () => {} });
}

/** Resolves when the node is Ready again. */
export function powerOn({ signal }: Pick<Place, 'signal'>, node: string): Promise<void> {
  return nodeUp(node, { name: clusterName, signal, say: () => {} });
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
