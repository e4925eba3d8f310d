/** How many members an eviction may take down at once. */
import type { PodDisruptionBudget } from '../kube/resource.ts';
import { isTrue } from './conditions.ts';
import type { Facts } from './facts.ts';
import { ownedMeta, type ServiceIdentity, selectorOf } from './identity.ts';

/**
 * One member at a time, and none while data is at risk; members that are broken anyway never block the drain of a node
 * (KEP-3017).
 */
export function disruptionBudget(service: ServiceIdentity, name: string, { status }: Facts): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMeta(service, name),
    spec: {
      maxUnavailable: isTrue(status.conditions ?? [], 'DataAtRisk') ? 0 : 1,
      selector: { matchLabels: selectorOf(service) },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
