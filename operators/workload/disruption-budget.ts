/** How many members an eviction may take down at once. */
import type { PodDisruptionBudget } from '../kube/resource.ts';
import { ownedMeta, type ServiceIdentity, selectorOf } from './identity.ts';

/** One member at a time; members that are broken anyway never block the drain of a node (KEP-3017). */
export function disruptionBudget(service: ServiceIdentity, name: string): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMeta(service, name),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorOf(service) },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
