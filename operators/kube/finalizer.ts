/** Finalizers by patches that fail when anybody else wrote in between. */
import { ApiError, type CallOptions, type KubeApi } from './api.ts';
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

/** Does nothing where it is not there, or where the whole object is gone. */
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
  try {
    return await setFinalizers(api, resource, object, others, options);
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return object;
    throw error;
  }
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
