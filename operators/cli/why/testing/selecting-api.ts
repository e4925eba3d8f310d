/** The API server in memory, with namespaces, label selectors and pages of two items. */
import type { ListOptions, ListPage } from '../../../kube/api.ts';
import type { KubeObject, Resource } from '../../../kube/resource.ts';
import { parseSelector } from '../../../kube/selector.ts';
import { MemoryApi } from '../../../kube/testing/memory-api.ts';

const pageSize = 2;

export class SelectingApi extends MemoryApi {
  override async list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ListPage<T>> {
    const { items, resourceVersion } = await super.list(resource);
    const selects = parseSelector(options?.labelSelector);
    const chosen = items.filter(
      ({ metadata }) =>
        selects(metadata.labels ?? {}) &&
        (options?.namespace === undefined || options.namespace === metadata.namespace),
    );
    const start = Number(options?.continueToken ?? 0);
    const page = { items: chosen.slice(start, start + pageSize), resourceVersion };
    const end = start + pageSize;
    return end < chosen.length ? { ...page, continueToken: String(end) } : page;
  }
}
