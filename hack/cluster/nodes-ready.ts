/** Which nodes are ready, and waiting for it. */
import { z } from 'zod';
import type { Kube } from './kube.ts';
import { type Cluster, nodesOf, type Work } from './layout.ts';
import { setExtendedResources } from './objects.ts';
import { waitFor } from './processes.ts';
import { withKube } from './ready.ts';

const condition = z.object({ type: z.string(), status: z.string(), lastHeartbeatTime: z.string().nullish() });
const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ conditions: z.array(condition).optional() }),
    }),
  ),
});

type NodeItem = z.infer<typeof nodeList>['items'][number];

function isReady(node: NodeItem, since: number): boolean {
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime ?? '') + 1000 > since;
}

/** The nodes that said since then (milliseconds since the epoch) that they are ready; heartbeats have whole seconds. */
export async function readyNodes(kube: Kube, signal: AbortSignal, since = 0): Promise<Set<string>> {
  const { items } = nodeList.parse(await kube.call('GET', '/api/v1/nodes', undefined, { signal }));
  return new Set(items.filter((node) => isReady(node, since)).map((node) => node.metadata.name));
}

/** Resolves when these nodes, started at `since`, are ready and their extended resources count. */
export async function waitForNodes(
  cluster: Cluster,
  names: readonly string[],
  since: number,
  work: Work,
): Promise<void> {
  let ready = new Set<string>();
  const detail = () => `${names.filter((name) => ready.has(name)).length} of ${names.length}`;
  const real = nodesOf(cluster).filter(({ shape }) => names.includes(shape.name));
  const needs = ['kube-apiserver', ...real.map(({ shape }) => `kubelet@${shape.name}`)];
  await withKube(cluster, async (kube) => {
    await waitFor(cluster, { what: 'the nodes', needs, timeoutMs: 180_000, detail }, work, async () => {
      ready = await readyNodes(kube, work.signal, since);
      return names.every((name) => ready.has(name));
    });
    for (const { shape } of real) await setExtendedResources(kube, shape, work);
  });
}
