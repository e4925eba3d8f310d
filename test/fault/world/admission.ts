/** What the API server itself adds to objects and refuses of them, as far as an operator can notice. */
import { ApiError } from '../../../operators/kube/api.ts';
import { isRecord, type JsonRecord } from '../../../operators/kube/json.ts';
import type { KubeObject } from '../../../operators/kube/resource.ts';
import { sameJson } from './apply-fields.ts';

/** Fields of a StatefulSet's spec that may change. */
const changeable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy'];

/** Throws what the server would answer. */
export function validate(before: KubeObject | undefined, after: KubeObject): void {
  if (after.kind === 'StatefulSet' && before !== undefined) keepSet(specOf(before), specOf(after));
  if (after.kind === 'PersistentVolumeClaim' && before !== undefined) keepClaim(specOf(before), specOf(after));
}

function keepSet(before: JsonRecord, after: JsonRecord): void {
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (changeable.includes(field) || sameJson(before[field], after[field])) continue;
    throw new ApiError(422, 'Invalid', `updates to statefulset spec for field ${field} are forbidden`);
  }
}

function keepClaim(before: JsonRecord, after: JsonRecord): void {
  // A default class is filled in when there is one.
  if (before['storageClassName'] === undefined || before['storageClassName'] === after['storageClassName']) return;
  throw new ApiError(422, 'Invalid', 'spec is immutable after creation except resources.requests for bound claims');
}

/** Defaults that make a stored object differ from what was sent. */
export function withDefaults(object: KubeObject): KubeObject {
  switch (object.kind) {
    case 'Service':
      return { ...object, ...{ spec: { sessionAffinity: 'None', type: 'ClusterIP', ...specOf(object) } } };
    case 'StatefulSet':
      return { ...object, ...{ spec: { revisionHistoryLimit: 10, ...specOf(object) } } };
    case 'PersistentVolumeClaim':
      return withProtection({ ...object, ...{ spec: { volumeMode: 'Filesystem', ...specOf(object) } } });
    default:
      return object;
  }
}

export const claimProtection = 'kubernetes.io/pvc-protection';

function withProtection(claim: KubeObject): KubeObject {
  const { finalizers = [], ...metadata } = claim.metadata;
  if (finalizers.includes(claimProtection) || metadata.deletionTimestamp !== undefined) return claim;
  return { ...claim, metadata: { ...metadata, finalizers: [...finalizers, claimProtection] } };
}

export function specOf(object: KubeObject): JsonRecord {
  return 'spec' in object && isRecord(object.spec) ? object.spec : {};
}
