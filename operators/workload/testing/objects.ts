/** Kubernetes objects as the API server shows them, for tests. */
import type { V1ContainerStatus, V1PodCondition } from '@kubernetes/client-node';
import type { PersistentVolumeClaim, Pod, StatefulSet, StorageClass, Wire } from '../../kube/resource.ts';
import { keys, labelsOf, type ServiceIdentity } from '../identity.ts';
import { retiredLabel } from '../scale.ts';

export type ContainerStatus = Wire<V1ContainerStatus>;
export type PodCondition = Wire<V1PodCondition>;

export interface PodParts {
  uid?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  node?: string;
  address?: string;
  deleting?: boolean;
  created?: string;
  conditions?: PodCondition[];
  init?: ContainerStatus[];
  containers?: ContainerStatus[];
}

export function podOf(name: string, parts: PodParts = {}): Pod {
  const { node, address, conditions, init, containers } = parts;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'ns',
      uid: parts.uid ?? `uid-${name}`,
      labels: parts.labels ?? {},
      annotations: parts.annotations ?? {},
      creationTimestamp: parts.created ?? '2026-01-01T00:00:00Z',
    },
    spec: { containers: [], ...(node === undefined ? {} : { nodeName: node }) },
    status: {
      ...(address === undefined ? {} : { podIP: address }),
      ...(conditions === undefined ? {} : { conditions }),
      ...(init === undefined ? {} : { initContainerStatuses: init }),
      ...(containers === undefined ? {} : { containerStatuses: containers }),
    },
  };
  if (parts.deleting === true) pod.metadata.deletionTimestamp = '2026-01-01T00:10:00Z';
  return pod;
}

/** One that runs, serves and has an address. */
export function readyPod(name: string, parts: PodParts = {}): Pod {
  const conditions: PodCondition[] = [{ type: 'Ready', status: 'True' }];
  return podOf(name, { node: 'node-a', address: '10.0.0.1', conditions, ...parts });
}

export function containerStatus(name: string, parts: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name, image: 'image', imageID: '', ready: false, restartCount: 0, ...parts };
}

export interface ClaimParts {
  uid?: string;
  /** The service's; `owner` stands for another one's. */
  owner?: string;
  group?: string;
  volume?: string;
  size?: string;
  capacity?: string;
  storageClass?: string;
  phase?: 'Pending' | 'Bound' | 'Lost';
  volumeName?: string;
  annotations?: Record<string, string>;
  retired?: boolean;
}

/** Bound unless told otherwise. */
export function claimOf(name: string, service: ServiceIdentity, parts: ClaimParts = {}): PersistentVolumeClaim {
  const { owner = service.uid, group = 'kafka', volume = 'data', size = '20Gi', phase = 'Bound' } = parts;
  const { storageClass = 'fast', capacity = size, volumeName = phase === 'Pending' ? undefined : `pv-${name}` } = parts;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace: service.namespace,
      uid: parts.uid ?? `uid-${name}`,
      resourceVersion: '7',
      labels: {
        ...labelsOf(service),
        [keys.serviceUid]: owner,
        [keys.group]: group,
        [keys.volume]: volume,
        ...(parts.retired === true ? { [retiredLabel]: 'true' } : {}),
      },
      annotations: parts.annotations ?? {},
    },
    spec: {
      storageClassName: storageClass,
      resources: { requests: { storage: size } },
      ...(volumeName === undefined ? {} : { volumeName }),
    },
    status: phase === 'Bound' ? { phase, capacity: { storage: capacity } } : { phase },
  };
}

export function storageClassOf(name: string, parts: { expands?: boolean; isDefault?: boolean } = {}): StorageClass {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': String(parts.isDefault ?? false) };
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations },
    provisioner: 'test',
    allowVolumeExpansion: parts.expands ?? true,
  };
}

/** What the API server and the StatefulSet controller add to an applied set. */
export function liveSet(desired: StatefulSet, parts: { revision?: string; observed?: number } = {}): StatefulSet {
  const { name } = desired.metadata;
  return {
    ...structuredClone(desired),
    metadata: { ...structuredClone(desired.metadata), uid: `uid-${name}`, generation: 2 },
    status: { replicas: 0, observedGeneration: parts.observed ?? 2, updateRevision: parts.revision ?? 'new' },
  };
}
