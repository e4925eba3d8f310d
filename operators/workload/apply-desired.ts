/** Makes the objects of a service what they should be: applies what differs, removes what is no longer wanted. */
import { ApiError } from '../kube/api.ts';
import { applyIfChanged } from '../kube/apply.ts';
import { keepKey, prune } from '../kube/prune.ts';
import {
  configMaps,
  type KubeObject,
  networkPolicies,
  podDisruptionBudgets,
  type Resource,
  refOf,
  type StatefulSet,
  secrets,
  services,
  statefulSets,
} from '../kube/resource.ts';
import type { ServiceIdentity } from './identity.ts';
import { fieldManager, type Turn } from './io.ts';
import { needsRecreate } from './members/steps.ts';
import { type Rejection, reject } from './rejection.ts';

/** The kinds of objects that a service owns and that are pruned. */
export const ownedResources: Resource[] = [
  services,
  configMaps,
  secrets,
  podDisruptionBudgets,
  networkPolicies,
  statefulSets,
];

function resourceOf(object: KubeObject): Resource {
  const found = ownedResources.find((resource) => resource.kind === object.kind);
  if (found === undefined) throw new Error(`no service owns objects of kind ${object.kind}`);
  return found;
}

/** Names that belong to somebody else; nothing is applied while there is one. */
export async function collisions(desired: KubeObject[], service: ServiceIdentity, turn: Turn): Promise<Rejection[]> {
  const found: Rejection[] = [];
  for (const object of desired) {
    const owner = await foreignOwner(object, service, turn);
    if (owner === undefined) continue;
    const message = `${object.kind} ${object.metadata.name} exists and belongs to ${owner}; rename this ${service.kind} or remove that object`;
    found.push(reject('NameCollision', message));
  }
  return found;
}

/** The cache holds only objects with our label, so an absent one is looked up live before it is made. */
async function foreignOwner(object: KubeObject, service: ServiceIdentity, turn: Turn): Promise<string | undefined> {
  const resource = resourceOf(object);
  const ref = refOf(object);
  const live = turn.cache.get(resource, ref) ?? (await turn.api.read(resource, ref, { signal: turn.signal }));
  if (live === undefined) return undefined;
  const owner = live.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner?.uid === service.uid) return undefined;
  return owner === undefined ? 'nobody that Stateward knows' : `${owner.kind} ${owner.name}`;
}

/** The first refusal of the API server ends it as a rejection: the spec holds something that only it can judge. */
export async function applyAll(desired: KubeObject[], turn: Turn): Promise<Rejection[]> {
  for (const object of desired) {
    const rejection = await applyOne(object, turn);
    if (rejection !== undefined) return [rejection];
  }
  return [];
}

async function applyOne(object: KubeObject, turn: Turn): Promise<Rejection | undefined> {
  const live = object.kind === 'StatefulSet' ? turn.cache.get(statefulSets, refOf(object)) : undefined;
  if (live !== undefined && (needsRecreate(object, live) || live.metadata.deletionTimestamp !== undefined)) return;
  try {
    const { signal } = turn;
    const outcome = await applyIfChanged(turn.api, turn.cache, resourceOf(object), withLiveTemplates(object, live), {
      manager: fieldManager,
      signal,
    });
    if (outcome !== 'unchanged') turn.log.info(`${outcome} ${object.kind} ${object.metadata.name}`, { step: 'apply' });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError) || !isRefusal(error)) throw error;
    return reject('InvalidSpec', `the API server refuses ${object.kind} ${object.metadata.name}: ${error.message}`);
  }
}

/**
 * Kubernetes refuses any change of volume templates, also of labels that mean nothing to the volumes: what was there
 * first stays, so that a newer operator can still apply the rest.
 */
function withLiveTemplates(object: KubeObject, live: StatefulSet | undefined): KubeObject {
  const templates = live?.spec?.volumeClaimTemplates;
  if (templates === undefined || !('spec' in object) || typeof object.spec !== 'object') return object;
  return { ...object, spec: { ...object.spec, volumeClaimTemplates: templates } } as KubeObject;
}

/** Strict apply answers a field that the schema does not know with status 500 and no reason; 413 is: too large. */
export function isRefusal({ status, reason }: ApiError): boolean {
  return status === 400 || status === 413 || status === 422 || (status === 500 && reason === 'Unknown');
}

export async function pruneOthers(desired: KubeObject[], service: ServiceIdentity, turn: Turn): Promise<void> {
  const keep = new Set(desired.map((object) => keepKey(resourceOf(object), refOf(object))));
  const { api, cache, signal } = turn;
  await prune(api, cache, { ownerUid: service.uid, keep, resources: ownedResources, signal });
}
