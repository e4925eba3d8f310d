/** Lists of what a label selector takes. */
import type { ListOptions, ListPage } from '../../kube/api.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import type { Context } from '../command.ts';

export type Scope = Pick<ListOptions, 'namespace' | 'labelSelector'>;

/** Every page. */
export async function listPages<T extends KubeObject>(
  { api, signal }: Pick<Context, 'api' | 'signal'>,
  resource: Resource<T>,
  scope: Scope,
): Promise<T[]> {
  const items: T[] = [];
  let next: { continueToken?: string } | undefined = {};
  while (next !== undefined) {
    const page: ListPage<T> = await api.list(resource, { signal, limit: 500, ...scope, ...next });
    items.push(...page.items);
    next = page.continueToken === undefined ? undefined : { continueToken: page.continueToken };
  }
  return items;
}

/** Every one of these labels. */
export function selectorText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
