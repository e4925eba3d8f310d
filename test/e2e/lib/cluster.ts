/** The cluster of the end-to-end tier, known without asking: test files run in processes of their own. */
import { join } from 'node:path';
import { dataNode, defaultShape, type RunningCluster, type Shape } from '../../../hack/cluster/cluster.ts';
import { folderOf, kubeconfigOf } from '../../../hack/cluster/layout.ts';
import type { Tools } from '../../../hack/kubectl.ts';
import { cacheRoot } from '../../../hack/paths.ts';

export const clusterName = 'stateward-e2e';

/** With STATEWARD_KEEP_CLUSTER the next run starts at once, and a person can look at what is left. */
export const keptCluster = process.env['STATEWARD_KEEP_CLUSTER'] !== undefined;

export const folder = folderOf(cacheRoot(), clusterName);

/** Nodes that a test may drain and kill. Members of other tests do not bear their taint, so nobody else is on them. */
export const drillNodes = ['drill-a', 'drill-b'] as const;

/** On those nodes, as label and as taint. */
export const drillKey = 'stateward.dev/drill';

/** In zones that there are anyway: those of one zone more would be empty for the members of all other tests. */
const shape: Shape = {
  nodes: [
    ...defaultShape.nodes,
    ...drillNodes.map((name) => {
      const node = dataNode(name, name.slice(-1));
      const taint = { key: drillKey, value: 'true', effect: 'NoSchedule' } as const;
      return { ...node, labels: { ...node.labels, [drillKey]: 'true' }, taints: [taint] };
    }),
  ],
};

export const cluster: RunningCluster = {
  name: clusterName,
  shape,
  kubeconfig: kubeconfigOf({ folder }),
  bin: process.env['CLUSTER'] === 'kind' ? undefined : join(cacheRoot(), 'bin'),
};

/** On every namespace of a test. */
export const testLabel = 'stateward.dev/e2e';

/** What an earlier run on a kept cluster left: its members would take the memory of this run's. */
export async function removeLeftovers(tools: Tools): Promise<void> {
  const selector = ['--selector', testLabel];
  const output = await tools.kubectl(['get', 'namespaces', ...selector, '-o', 'name']);
  const names = output.split('\n').filter((name) => name !== '');
  await tools.kubectl(['delete', 'namespaces', ...selector, '--wait=false', '--ignore-not-found']);
  for (const name of names) await killPods(tools, name.replace('namespace/', ''));
}

/** At once: nothing that is left here is worth a graceful end. */
export async function killPods(tools: Tools, namespace: string): Promise<void> {
  const now = ['--force', '--grace-period=0', '--wait=false'];
  await tools.kubectl(['delete', 'pods', '--all', '-n', namespace, ...now]);
}
