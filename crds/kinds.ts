/** Every kind of the group, in the order in which the reference lists them. */
import { cassandraClusters } from './cassandra-cluster.ts';
import { cassandraKeyspaces } from './cassandra-keyspace.ts';
import { cassandraRoles } from './cassandra-role.ts';
import { kafkaClusters } from './kafka-cluster.ts';
import { kafkaTopics } from './kafka-topic.ts';
import { kafkaUsers } from './kafka-user.ts';
import type { Kind } from './lib/kind.ts';
import { serviceOperations } from './service-operation.ts';

export const kinds: readonly Kind[] = [
  kafkaClusters,
  kafkaTopics,
  kafkaUsers,
  cassandraClusters,
  cassandraKeyspaces,
  cassandraRoles,
  serviceOperations,
];
