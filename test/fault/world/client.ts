/** The in-memory server as one actor sees it. */
import {
  ApiError,
  type KubeApi,
  type ListOptions,
  type WatchEvent,
  type WatchOptions,
} from '../../../operators/kube/api.ts';
import { idOf, type KubeObject, type Resource } from '../../../operators/kube/resource.ts';
import { parseSelector } from '../../../operators/kube/selector.ts';
import type { ApiServer } from './api-server.ts';

export function clientOf(server: ApiServer, actor: string): KubeApi {
  return {
    read: async (resource, ref, { signal }) => {
      signal.throwIfAborted();
      return server.get(resource, ref);
    },
    list: async (resource, { namespace, labelSelector }: ListOptions) => ({
      items: server.list(resource, namespace, labelSelector),
      resourceVersion: String(server.version),
    }),
    watch: (resource, options) => watch(server, resource, options),
    create: async (resource, object) => server.create(actor, resource, object),
    update: async (resource, object) => server.update(actor, resource, object),
    apply: async (resource, object, { manager, subresource }) =>
      server.apply(actor, resource, object, manager, subresource),
    patch: async (resource, ref, patch, { subresource }) => server.patch(actor, resource, ref, patch, subresource),
    remove: async (resource, ref, options) => server.remove(actor, resource, ref, options),
  };
}

/** What happened since, then the end of the stream; 410 before the first version that is remembered. */
async function* watch<T extends KubeObject>(
  server: ApiServer,
  resource: Resource<T>,
  { resourceVersion, labelSelector, namespace }: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const from = Number(resourceVersion);
  const oldest = server.history[0]?.version ?? 0;
  if (from + 1 < oldest) throw new ApiError(410, 'Expired', `too old resource version: ${from}`);
  const selected = parseSelector(labelSelector);
  for (const event of server.since(from)) {
    const { metadata } = event.object;
    if (idOf(event.resource) !== idOf(resource) || !selected(metadata.labels ?? {})) continue;
    if (namespace === undefined || metadata.namespace === namespace) {
      yield { type: event.type, object: event.object as T };
    }
  }
}
