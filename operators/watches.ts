/** What the operator keeps in its cache, and which change wakes which service. */
import type { Change, WatchSpec } from './kube/cache.ts';
import {
  configMaps,
  type KubeObject,
  keyOf,
  type Node,
  nodes,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  priorityClasses,
  type Resource,
  refOf,
  runtimeClasses,
  secrets,
  services,
  statefulSets,
  storageClasses,
} from './kube/resource.ts';
import type { Source } from './runtime/controller.ts';
import { serviceIndex, serviceIndexOf } from './workload/facts.ts';
import { keys, type ServiceKind } from './workload/identity.ts';

const parts: Resource[] = [
  statefulSets,
  pods,
  persistentVolumeClaims,
  services,
  configMaps,
  secrets,
  podDisruptionBudgets,
];

/** Only what carries our label: clusters are full of other people's pods and secrets. */
const ours = 'app.kubernetes.io/managed-by=stateward';

export function watches(kinds: Resource[]): WatchSpec[] {
  return [
    ...kinds.map((resource): WatchSpec => ({ resource })),
    ...parts.map(
      (resource): WatchSpec => ({
        resource,
        labelSelector: ours,
        indexes: { [serviceIndex]: serviceIndexOf },
      }),
    ),
    { resource: nodes, transform: (node) => labelsOnly(node) },
    { resource: storageClasses },
    { resource: priorityClasses },
    { resource: runtimeClasses },
  ];
}

/** Nodes report their state every few seconds, and nobody here reads it. */
function labelsOnly(node: Node): Node {
  const { apiVersion, kind, metadata } = node;
  return { apiVersion, kind, metadata };
}

export function sources(kind: ServiceKind, resource: Resource): Source[] {
  return [
    { resource, priority: 'SpecChange', keysOf: specChanges },
    ...parts.map(
      (part): Source => ({ resource: part, priority: 'OwnedEvent', keysOf: (change) => owner(change, kind) }),
    ),
  ];
}

/** A status write of our own changes neither generation nor deletion, and would wake us for nothing. */
function specChanges({ object, previous, type }: Change<KubeObject>): string[] {
  const same =
    type === 'Modified' &&
    object.metadata.generation === previous?.metadata.generation &&
    object.metadata.deletionTimestamp === previous?.metadata.deletionTimestamp;
  return same ? [] : [keyOf(refOf(object))];
}

function owner({ object }: Change<KubeObject>, kind: ServiceKind): string[] {
  const { labels = {}, namespace = '' } = object.metadata;
  const name = labels[keys.service];
  return labels[keys.kind] === kind && name !== undefined ? [keyOf({ namespace, name })] : [];
}
