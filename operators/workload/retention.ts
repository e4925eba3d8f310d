/** What becomes of volumes: kept by default, listed, adopted only when told so, deleted only by policy. */
import type { RetainedVolume } from '../../crds/status.ts';
import { addFinalizer, removeFinalizer } from '../kube/finalizer.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims, type Resource, refOf, secrets } from '../kube/resource.ts';
import { type Facts, type ServiceObject, serviceIndex, serviceIndexKey } from './facts.ts';
import { keys, labelDomain } from './identity.ts';
import type { Turn } from './io.ts';
import { memberNames } from './members/member-set.ts';
import { claimNames } from './members/members.ts';
import { ownerUid } from './preflight.ts';
import type { ServiceModel } from './product.ts';

/** Held only while the policy is Delete: a service whose volumes stay can always be deleted, operator or not. */
export const deletionFinalizer = `${labelDomain}/delete-volumes`;

/** Claims that no member of the model uses, of whichever service they were. */
export function retainedVolumes(model: Pick<ServiceModel, 'groups'>, facts: Facts): RetainedVolume[] {
  const used = new Set(model.groups.flatMap((group) => memberNames(group).flatMap((name) => claimNames(name, group))));
  return facts.claims
    .filter((claim) => !used.has(claim.metadata.name) || ownerUid(claim) !== facts.service.uid)
    .map(describeClaim)
    .toSorted((one, other) => one.claim.localeCompare(other.claim));
}

export function describeClaim(claim: PersistentVolumeClaim): RetainedVolume {
  const volume = claim.metadata.labels?.[keys.volume] ?? '';
  const { name } = claim.metadata;
  const size = claim.status?.capacity?.['storage'] ?? claim.spec?.resources?.requests?.['storage'];
  const base: RetainedVolume = { claim: name, ownerUid: ownerUid(claim) };
  if (name.startsWith(`${volume}-`)) base.member = name.slice(volume.length + 1);
  if (size !== undefined) base.size = size;
  return base;
}

/** Puts our uid on the volumes of the service that `adoptVolumesFrom` names. */
export async function adoptClaims(model: ServiceModel, facts: Facts, turn: Turn): Promise<void> {
  if (model.adoptVolumesFrom === undefined) return;
  for (const claim of facts.claims.filter((candidate) => ownerUid(candidate) === model.adoptVolumesFrom)) {
    const { uid, resourceVersion } = claim.metadata;
    const labels = { [keys.serviceUid]: facts.service.uid };
    const patch = { metadata: { uid, resourceVersion, labels } };
    await turn.api.patch(persistentVolumeClaims, refOf(claim), patch, { signal: turn.signal });
    turn.log.info(`adopted volume ${claim.metadata.name} of ${model.adoptVolumesFrom}`, { step: 'adopt' });
  }
}

/** The finalizer is there exactly while the policy is Delete. */
export async function holdForDeletion(
  resource: Resource<ServiceObject>,
  object: ServiceObject,
  policy: ServiceModel['deletionPolicy'],
  turn: Turn,
): Promise<void> {
  const change = policy === 'Delete' ? addFinalizer : removeFinalizer;
  await change(turn.api, resource, object, deletionFinalizer, { signal: turn.signal });
}

/** Deletes the volumes if the policy, read at this moment, says so; then lets the object go. */
export async function finishDeletion(
  resource: Resource<ServiceObject>,
  object: ServiceObject,
  facts: Facts,
  turn: Turn,
): Promise<void> {
  if (object.metadata.finalizers?.includes(deletionFinalizer) !== true) return;
  const { api, signal } = turn;
  if (deletionPolicyOf(object) === 'Delete') {
    for (const claim of facts.claims.filter((candidate) => ownerUid(candidate) === facts.service.uid)) {
      const { uid = '', resourceVersion = '' } = claim.metadata;
      const preconditions = { uid, resourceVersion };
      await api.remove(persistentVolumeClaims, refOf(claim), { preconditions, propagation: 'Background', signal });
    }
    await removeSecrets(facts, turn);
  }
  await removeFinalizer(api, resource, object, deletionFinalizer, { signal });
}

/** Secrets without an owner belong to the data, e.g. a password that the data holds. */
async function removeSecrets(facts: Facts, { api, cache, signal }: Turn): Promise<void> {
  const { kind, namespace, name, uid: serviceUid } = facts.service;
  for (const secret of cache.by(secrets, serviceIndex, serviceIndexKey(kind, namespace, name))) {
    const { uid = '', ownerReferences = [], labels = {} } = secret.metadata;
    if (ownerReferences.length > 0 || labels[keys.serviceUid] !== serviceUid) continue;
    await api.remove(secrets, refOf(secret), { preconditions: { uid }, propagation: 'Background', signal });
  }
}

function deletionPolicyOf(object: ServiceObject): unknown {
  const { spec } = object;
  return typeof spec === 'object' && spec !== null && 'deletionPolicy' in spec ? spec.deletionPolicy : undefined;
}
