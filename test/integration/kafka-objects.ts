/** What every KafkaCluster named `one` with one pool has. */
import {
  configMaps,
  networkPolicies,
  podDisruptionBudgets,
  type Resource,
  secrets,
  services,
  statefulSets,
} from '../../operators/kube/resource.ts';

export const owned: [Resource, string][] = [
  [services, 'one-kafka-members'],
  [services, 'one-kafka'],
  [services, 'one-kafka-0'],
  [podDisruptionBudgets, 'one-kafka'],
  [networkPolicies, 'one-kafka'],
  [secrets, 'one-kafka-binding'],
  [configMaps, 'one-kafka-config'],
  [statefulSets, 'one-kafka'],
];
