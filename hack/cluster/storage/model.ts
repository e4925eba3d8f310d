/** What the provisioner reads of claims and volumes, and the volume objects that it makes; pure. */
import { z } from 'zod';
import { unitsOf } from '../../../operators/kube/quantity.ts';
import { provisionerName, storageClassName } from '../objects.ts';

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  resourceVersion: z.string(),
  annotations: z.record(z.string(), z.string()).optional(),
  deletionTimestamp: z.string().optional(),
});

export const claimSchema = z.object({
  metadata,
  spec: z.object({
    storageClassName: z.string().optional(),
    volumeName: z.string().optional(),
    volumeMode: z.string().optional(),
    accessModes: z.array(z.string()),
    resources: z.object({ requests: z.object({ storage: z.string() }) }),
  }),
  status: z.object({ capacity: z.object({ storage: z.string() }).optional() }),
});

export const volumeSchema = z.object({
  metadata,
  spec: z.object({
    capacity: z.object({ storage: z.string() }),
    claimRef: z.object({ uid: z.string().optional() }).optional(),
    persistentVolumeReclaimPolicy: z.string().optional(),
    local: z.object({ path: z.string() }).optional(),
  }),
  status: z.object({ phase: z.string().optional() }).optional(),
});

export type Claim = z.infer<typeof claimSchema>;
export type Volume = z.infer<typeof volumeSchema>;

/** XFS refuses anything smaller. */
export const leastBytes = 300 * 1024 * 1024;

export function bytesOf(quantity: string): number {
  return Number(unitsOf(quantity) ?? 0n);
}

/** A whole number of MiB, at least what was asked for. */
export function sizeOf(claim: Claim): number {
  const mebibyte = 1024 * 1024;
  const asked = bytesOf(claim.spec.resources.requests.storage);
  return Math.max(leastBytes, Math.ceil(asked / mebibyte) * mebibyte);
}

export function volumeNameOf(claim: Claim): string {
  return `pvc-${claim.metadata.uid}`;
}

/** The node that the scheduler chose for a claim that has no volume yet. */
export function nodeToProvision(claim: Claim): string | undefined {
  const { metadata, spec } = claim;
  if (spec.storageClassName !== storageClassName || (spec.volumeName ?? '') !== '') return undefined;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  return metadata.annotations?.['volume.kubernetes.io/selected-node'];
}

export function isOurs(volume: Volume): boolean {
  return volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] === provisionerName;
}

export function isToReclaim(volume: Volume): boolean {
  const { spec, status } = volume;
  return isOurs(volume) && status?.phase === 'Released' && spec.persistentVolumeReclaimPolicy === 'Delete';
}

/** The size to grow to, where the claim asks for more than its volume has. */
export function growthOf(claim: Claim, volume: Volume): number | undefined {
  const wanted = sizeOf(claim);
  return isOurs(volume) && wanted > bytesOf(volume.spec.capacity.storage) ? wanted : undefined;
}

export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / (1024 * 1024))}Mi`;
}

export function volumeObject(claim: Claim, node: string, path: string, bytes: number): object {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeNameOf(claim), annotations: { 'pv.kubernetes.io/provisioned-by': provisionerName } },
    spec: {
      capacity: { storage: mebibytes(bytes) },
      accessModes: claim.spec.accessModes,
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
    },
  };
}
