/** Removes what lost its owner, frees what an orphaning deletion leaves, and holds claims that a pod uses. */
import {
  controllerRevisions,
  type KubeObject,
  type Pod,
  persistentVolumeClaims,
  pods,
  type Resource,
  refOf,
} from '../../../operators/kube/resource.ts';
import { ownedResources } from '../../../operators/workload/apply-desired.ts';
import { claimProtection } from './admission.ts';
import { type ApiServer, orphanFinalizer } from './api-server.ts';

const actor = 'garbage-collector';
const collected: Resource[] = [...ownedResources, pods, persistentVolumeClaims, controllerRevisions];

export function collectGarbage(server: ApiServer): void {
  for (const resource of collected) {
    for (const object of server.list(resource)) release(server, resource, object);
  }
  const uids = new Set(server.everything().map(({ metadata }) => metadata.uid));
  for (const resource of collected) {
    for (const object of server.list(resource)) {
      const owners = object.metadata.ownerReferences ?? [];
      const lost = owners.length > 0 && owners.every(({ uid }) => !uids.has(uid));
      if (lost) server.remove(actor, resource, refOf(object), { propagation: 'Background' });
    }
  }
  for (const claim of server.list(persistentVolumeClaims)) releaseClaim(server, claim);
}

/** First the dependents lose their owner, then the owner goes. */
function release(server: ApiServer, resource: Resource, owner: KubeObject): void {
  const { deletionTimestamp, finalizers = [], uid } = owner.metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(orphanFinalizer)) return;
  for (const dependent of collected) {
    for (const object of server.list(dependent)) {
      const owners = object.metadata.ownerReferences ?? [];
      if (!owners.some((reference) => reference.uid === uid)) continue;
      const ownerReferences = owners.filter((reference) => reference.uid !== uid);
      server.modify(actor, dependent, refOf(object), (live) => withMeta(live, { ownerReferences }));
    }
  }
  const others = finalizers.filter((name) => name !== orphanFinalizer);
  server.modify(actor, resource, refOf(owner), (live) => withMeta(live, { finalizers: others }));
}

export function withMeta<T extends KubeObject>(object: T, change: Partial<KubeObject['metadata']>): T {
  return { ...object, metadata: { ...object.metadata, ...change } };
}

/** A pod that has a node uses its claims. */
function releaseClaim(server: ApiServer, claim: KubeObject): void {
  const { deletionTimestamp, namespace, name, finalizers = [] } = claim.metadata;
  if (deletionTimestamp === undefined) return;
  const users = server.list(pods, namespace).filter((pod) => pod.spec?.nodeName !== undefined);
  if (users.some((pod) => claimsOf(pod).includes(name))) return;
  const others = finalizers.filter((finalizer) => finalizer !== claimProtection);
  server.modify(actor, persistentVolumeClaims, refOf(claim), (live) => withMeta(live, { finalizers: others }));
}

export function claimsOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  );
}
