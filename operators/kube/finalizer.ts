/** Finalizers by patches that fail when anybody else wrote in between. */
import type { CallOptions, KubeApi } from './api.ts';
import { type KubeObject, type Resource, refOf } from './resource.ts';

/** Does nothing where it is there already; the server would refuse it on an object that is being deleted. */
export async function addFinalizer<T extends KubeObject>(
  api: KubeApi,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  options: CallOptions,
): Promise<T> {
  const present = object.metadata.finalizers ?? [];
  if (present.includes(finalizer) || object.metadata.deletionTimestamp !== undefined) return object;
  return setFinalizers(api, resource, object, [...present, finalizer], options);
}

export async function removeFinalizer<T extends KubeObject>(
  api: KubeApi,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  options: CallOptions,
): Promise<T> {
  const present = object.metadata.finalizers ?? [];
  if (!present.includes(finalizer)) return object;
  const others = present.filter((name) => name !== finalizer);
  return setFinalizers(api, resource, object, others, options);
}

/** A merge patch replaces the whole list, so it must not be applied to a list that it did not see. */
function setFinalizers<T extends KubeObject>(
  api: KubeApi,
  resource: Resource<T>,
  object: T,
  finalizers: string[],
  options: CallOptions,
): Promise<T> {
  const { uid, resourceVersion } = object.metadata;
  return api.patch(resource, refOf(object), { metadata: { uid, resourceVersion, finalizers } }, options);
}
