/** What a case is made of. */

export type CaseKind = 'KafkaCluster' | 'CassandraCluster' | 'CassandraKeyspace' | 'CassandraRole' | 'KafkaUser';

export interface BadSpec {
  name: string;
  kind: CaseKind;
  spec: object;
  /** Of the first problem that the parse reports. */
  path: string;
  message: string;
  /** What the API server says to a server-side apply where it speaks its own words; the same message otherwise. */
  server?: string;
}

export interface BadChange {
  name: string;
  kind: CaseKind;
  from: object;
  to: object;
  message: string;
}

/** The kind is that of the file. */
export type Case = Omit<BadSpec, 'kind'>;
