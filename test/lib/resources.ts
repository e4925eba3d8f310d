/** Kinds that only tests touch, and our own with their statuses. */
import { type CassandraClusterStatus, cassandraClusters } from '../../crds/cassandra-cluster.ts';
import { cassandraKeyspaces as keyspaceKind } from '../../crds/cassandra-keyspace.ts';
import { cassandraRoles as roleKind } from '../../crds/cassandra-role.ts';
import { type KafkaClusterStatus, kafkaClusters } from '../../crds/kafka-cluster.ts';
import { kafkaTopics as topicKind } from '../../crds/kafka-topic.ts';
import { kafkaUsers as userKind } from '../../crds/kafka-user.ts';
import type { KeyspaceObject } from '../../operators/cassandra/keyspaces/keyspace.ts';
import type { RoleObject } from '../../operators/cassandra/roles/role.ts';
import type { TopicObject } from '../../operators/kafka/topics/topic.ts';
import type { UserObject } from '../../operators/kafka/users/user.ts';
import type { KubeObject, Resource } from '../../operators/kube/resource.ts';

export interface KafkaCluster extends KubeObject {
  spec?: object;
  status?: KafkaClusterStatus;
}

export interface CassandraCluster extends KubeObject {
  spec?: object;
  status?: CassandraClusterStatus;
}

export interface KubeEvent extends KubeObject {
  type?: string;
  reason?: string;
  note?: string;
  reportingController?: string;
  regarding?: { kind?: string; name?: string; uid?: string };
  series?: { count: number; lastObservedTime: string };
}

export const kafkas: Resource<KafkaCluster> = kafkaClusters;
export const kafkaTopics: Resource<TopicObject> = topicKind;
export const kafkaUsers: Resource<UserObject> = userKind;
export const cassandraKeyspaces: Resource<KeyspaceObject> = keyspaceKind;
export const cassandras: Resource<CassandraCluster> = cassandraClusters;
export const cassandraRoles: Resource<RoleObject> = roleKind;

export const namespaces: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

export const kubeEvents: Resource<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
