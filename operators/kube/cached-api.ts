/** An API whose writes are seen in the cache before the watch tells of them. */
import type { KubeApi } from './api.ts';
import type { Cache } from './cache.ts';
import type { KubeObject, Resource } from './resource.ts';

export function writeThrough(api: KubeApi, cache: Cache): KubeApi {
  async function told<T extends KubeObject>(resource: Resource<T>, answer: Promise<T>): Promise<T> {
    const object = await answer;
    cache.wrote(resource, object);
    return object;
  }
  return {
    read: (resource, ref, options) => api.read(resource, ref, options),
    list: (resource, options) => api.list(resource, options),
    watch: (resource, options) => api.watch(resource, options),
    create: (resource, object, options) => told(resource, api.create(resource, object, options)),
    update: (resource, object, options) => told(resource, api.update(resource, object, options)),
    patch: (resource, ref, patch, options) => told(resource, api.patch(resource, ref, patch, options)),
    apply: (resource, object, options) =>
      // A dry run shows what is nowhere stored.
      options.dryRun === true
        ? api.apply(resource, object, options)
        : told(resource, api.apply(resource, object, options)),
    remove: async (resource, ref, options) => {
      const lingering = await api.remove(resource, ref, options);
      if (lingering !== undefined) cache.wrote(resource, lingering);
      return lingering;
    },
  };
}
