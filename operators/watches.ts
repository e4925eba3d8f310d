/** What the operator keeps in its cache, and which change wakes which service. */
import type { KafkaClusterStatus } from '../crds/kafka-cluster.ts';
import { keyspaceResource } from './cassandra/keyspaces/keyspace.ts';
import { clusterLabel as cassandraLabel } from './cassandra/roles/binding.ts';
import { roleResource } from './cassandra/roles/role.ts';
import { kafkaResource } from './kafka/index.ts';
import { topicResource } from './kafka/topics/topic.ts';
import { clusterLabel as kafkaLabel } from './kafka/users/binding.ts';
import { userResource } from './kafka/users/user.ts';
import type { Change, WatchSpec } from './kube/cache.ts';
import {
  configMaps,
  controllerRevisions,
  type KubeObject,
  keyOf,
  type Node,
  networkPolicies,
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
import { clusterIndex, clusterIndexOf } from './workload/entities/entity.ts';
import { operationIndexOf, type ServiceObject, serviceIndex, serviceIndexOf } from './workload/facts.ts';
import { keys, type ServiceKind } from './workload/identity.ts';
import { operationResource } from './workload/operations/operations.ts';

type KafkaObject = ServiceObject<KafkaClusterStatus>;

const parts: Resource[] = [
  statefulSets,
  pods,
  persistentVolumeClaims,
  services,
  configMaps,
  secrets,
  podDisruptionBudgets,
  networkPolicies,
];

/** What lives inside a service. */
const entities: Resource[] = [userResource, topicResource, keyspaceResource, roleResource];

/** Only what carries our label: clusters are full of other people's pods and secrets. */
const ours = 'app.kubernetes.io/managed-by=stateward';

export function watches(kinds: Resource[]): WatchSpec[] {
  return [
    ...kinds.map((resource): WatchSpec => ({ resource })),
    { resource: operationResource, indexes: { [serviceIndex]: operationIndexOf } },
    ...entities.map((resource) => ({ resource, indexes: { [clusterIndex]: clusterIndexOf } })),
    ...parts.map(
      (resource): WatchSpec => ({
        resource,
        labelSelector: ours,
        indexes: { [serviceIndex]: serviceIndexOf },
      }),
    ),
    { resource: controllerRevisions, labelSelector: ours, indexes: { [serviceIndex]: serviceIndexOf } },
    { resource: nodes, transform: (node) => labelsAndTaints(node) },
    { resource: storageClasses },
    { resource: priorityClasses },
    { resource: runtimeClasses },
  ];
}

/** Nodes report their state every few seconds, and nobody here reads it. */
function labelsAndTaints({ apiVersion, kind, metadata, spec }: Node): Node {
  const { taints } = spec ?? {};
  return { apiVersion, kind, metadata, ...(taints === undefined ? {} : { spec: { taints } }) };
}

export function sources(kind: ServiceKind, resource: Resource): Source[] {
  return [
    { resource, priority: 'SpecChange', keysOf: specChanges },
    ...parts.map(
      (part): Source => ({ resource: part, priority: 'OwnedEvent', keysOf: (change) => owner(change, kind) }),
    ),
    { resource: operationResource, priority: 'SpecChange', keysOf: (change) => operationChanges(change, kind) },
  ];
}

/** What concerns the users of a KafkaCluster; that it comes or becomes ready they find out by asking. */
export function userSources(): Source[] {
  return [
    entitySource(userResource),
    { resource: kafkaResource, priority: 'OwnedEvent', keysOf: trustChanges },
    {
      resource: secrets,
      priority: 'OwnedEvent',
      keysOf: ({ object }) => clusterOf(object, kafkaLabel, 'KafkaCluster'),
    },
  ];
}

/** Users have a certificate of the next CA as soon as brokers let it in. */
function trustChanges({ object, previous }: Change<KafkaObject>): string[] {
  return trustIn(object) === trustIn(previous) ? [] : [keyOf(refOf(object))];
}

function trustIn(object: KafkaObject | undefined): string {
  return (object?.status?.members ?? []).flatMap(({ certificate }) => certificate?.trusts ?? []).join();
}

export function topicSources(): Source[] {
  return [entitySource(topicResource)];
}

export function keyspaceSources(): Source[] {
  return [entitySource(keyspaceResource)];
}

/** What concerns the roles of a CassandraCluster. */
export function roleSources(): Source[] {
  const keysOf = ({ object }: Change<KubeObject>): string[] => clusterOf(object, cassandraLabel, 'CassandraCluster');
  return [entitySource(roleResource), { resource: secrets, priority: 'OwnedEvent', keysOf }];
}

function entitySource(resource: Resource): Source {
  const keysOf = (change: Change<KubeObject>): string[] =>
    specChanges(change).length === 0 ? [] : clusterIndexOf(change.object);
  return { resource, priority: 'SpecChange', keysOf };
}

/** Of the Secret of a user or a role, and of one of the service itself: applications are told of its CAs. */
function clusterOf(
  { metadata: { labels = {}, namespace = '' } }: KubeObject,
  label: string,
  kind: ServiceKind,
): string[] {
  const name = labels[label] ?? (labels[keys.kind] === kind ? labels[keys.service] : undefined);
  return name === undefined ? [] : [keyOf({ namespace, name })];
}

/** A status write of our own changes neither generation nor deletion, and would wake us for nothing. */
function specChanges({ object, previous, type }: Change<KubeObject>): string[] {
  const same =
    type === 'Modified' &&
    object.metadata.generation === previous?.metadata.generation &&
    object.metadata.deletionTimestamp === previous?.metadata.deletionTimestamp;
  return same ? [] : [keyOf(refOf(object))];
}

function operationChanges(change: Change<KubeObject>, kind: ServiceKind): string[] {
  if (specChanges(change).length === 0) return [];
  const prefix = `${kind}/`;
  return operationIndexOf(change.object)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

function owner({ object }: Change<KubeObject>, kind: ServiceKind): string[] {
  const { labels = {}, namespace = '' } = object.metadata;
  const name = labels[keys.service];
  return labels[keys.kind] === kind && name !== undefined ? [keyOf({ namespace, name })] : [];
}
