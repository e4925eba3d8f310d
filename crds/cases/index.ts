/** Specs that must be refused, by the parse at reconcile time and by the API server alike. */
import type { BadSpec } from './case.ts';
import { cassandraCases } from './cassandra-cluster.ts';
import { keyspaceCases } from './cassandra-keyspace.ts';
import { roleCases } from './cassandra-role.ts';
import { kafkaCases } from './kafka-cluster.ts';
import { userCases } from './kafka-user.ts';

export type { BadSpec, CaseKind } from './case.ts';
export { badChanges, goodChanges } from './changes.ts';

export const badSpecs: readonly BadSpec[] = [
  ...kafkaCases.map((one): BadSpec => ({ ...one, kind: 'KafkaCluster' })),
  ...cassandraCases.map((one): BadSpec => ({ ...one, kind: 'CassandraCluster' })),
  ...keyspaceCases.map((one): BadSpec => ({ ...one, kind: 'CassandraKeyspace' })),
  ...userCases.map((one): BadSpec => ({ ...one, kind: 'KafkaUser' })),
  ...roleCases.map((one): BadSpec => ({ ...one, kind: 'CassandraRole' })),
];
