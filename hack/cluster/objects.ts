/** What a fresh cluster gets besides its nodes: the storage class, the second runtime, GPU counts, simulated nodes. */

import { createOnce, type Kube } from './kube.ts';
import type { Cluster, Work } from './layout.ts';
import type { NodeShape } from './shape.ts';

export const storageClassName = 'stateward-local';
export const provisionerName = 'local.stateward.dev';

export const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: storageClassName, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: provisionerName,
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
  reclaimPolicy: 'Delete',
};

const runtimeClass = {
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'crun' },
  handler: 'crun',
};

/**
 * The node authorizer learns of a pod from its own watch. On a busy machine kubelet learns of it first, is refused the
 * pod's claims, and tries again after ten seconds: with this it need not be asked.
 */
const nodesMayRead = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'stateward-nodes' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
};

/** Large enough that only a shape's own numbers limit a simulated node. */
const simulatedCapacity = { cpu: '32', memory: '256Gi', pods: '250', 'ephemeral-storage': '1Ti' };

export function simulatedNode(shape: NodeShape): object {
  const resources = { ...simulatedCapacity, ...shape.extendedResources };
  const labels = { 'kubernetes.io/hostname': shape.name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: shape.name,
      labels: { ...labels, ...shape.labels },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    },
    spec: { taints: shape.taints },
    status: { capacity: resources, allocatable: resources },
  };
}

export async function makeObjects(cluster: Cluster, kube: Kube, { signal }: Work): Promise<void> {
  await createOnce(kube, '/apis/storage.k8s.io/v1/storageclasses', storageClass, { signal });
  await createOnce(kube, '/apis/node.k8s.io/v1/runtimeclasses', runtimeClass, { signal });
  await createOnce(kube, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', nodesMayRead, { signal });
  for (const shape of cluster.shape.nodes.filter((node) => node.kind === 'simulated')) {
    await createOnce(kube, '/api/v1/nodes', simulatedNode(shape), { signal });
  }
}

/** A device that does not exist is counted by the scheduler all the same. kubelet forgets it when it starts anew. */
export async function setExtendedResources(kube: Kube, shape: NodeShape, { signal }: Work): Promise<void> {
  const resources = shape.extendedResources;
  if (Object.keys(resources).length === 0) return;
  const status = { capacity: resources, allocatable: resources };
  await kube.call('PATCH', `/api/v1/nodes/${shape.name}/status`, { status }, { signal });
}
