/** What an object says of itself. */
import type { KubeObject } from '../../operators/kube/resource.ts';

/** For instance `False: there is no Secret given`; `nothing` where it does not say so. */
export function conditionOf(object: KubeObject | undefined, type: string): string {
  const found = Object(object).status?.conditions?.find((each: { type: string }) => each.type === type);
  return found === undefined ? 'nothing' : `${found.status}: ${found.message}`;
}
