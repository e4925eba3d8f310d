/** Who an object belongs to. */
import type { KubeObject, OwnerReference } from './resource.ts';

/** Makes `owner` the controller: the garbage collector removes what it owned, and nobody else may adopt it. */
export function ownerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  if (uid === undefined) throw new Error(`${owner.kind} ${name} has no uid yet and can own nothing`);
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** An index by the uid of the controller, under the name `owner`. */
export const ownerIndex = {
  owner: (object: KubeObject): string[] => {
    const controller = controllerOf(object);
    return controller === undefined ? [] : [controller.uid];
  },
};
