/** Deletes what a service owns and no longer wants. */
import { ApiError, type KubeApi } from './api.ts';
import type { Cache } from './cache.ts';
import { idOf, type KubeObject, keyOf, type Ref, type Resource, refOf } from './resource.ts';

export interface PruneOptions {
  /** Objects whose controller has this uid. */
  ownerUid: string;
  /** `keepKey` of everything that is still wanted. */
  keep: ReadonlySet<string>;
  resources: Resource[];
  signal: AbortSignal;
}

/** `plural.group/namespace/name`. */
export function keepKey(resource: Resource, ref: Ref): string {
  return `${idOf(resource)}/${keyOf(ref)}`;
}

/** The keys of what was deleted. What somebody else changed just now is left to the next round. */
export async function prune(api: KubeApi, cache: Cache, options: PruneOptions): Promise<string[]> {
  const pruned: string[] = [];
  for (const resource of options.resources) {
    for (const object of cache.by(resource, 'owner', options.ownerUid)) {
      const key = keepKey(resource, refOf(object));
      if (options.keep.has(key) || object.metadata.deletionTimestamp !== undefined) continue;
      if (await removeExactly(api, resource, object, options.signal)) pruned.push(key);
    }
  }
  return pruned;
}

async function removeExactly(
  api: KubeApi,
  resource: Resource,
  object: KubeObject,
  signal: AbortSignal,
): Promise<boolean> {
  const { uid, resourceVersion } = object.metadata;
  if (uid === undefined || resourceVersion === undefined) return false;
  const preconditions = { uid, resourceVersion };
  try {
    await api.remove(resource, refOf(object), { preconditions, propagation: 'Background', signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.isConflict) return false;
    throw error;
  }
}
