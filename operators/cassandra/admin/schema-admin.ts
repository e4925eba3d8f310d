/** What is changed in the schema of a Cassandra; always several changes, one after another. */
import type { Superuser, Target } from './admin.ts';

/** A keyspace of NetworkTopologyStrategy. */
export interface NewKeyspace {
  name: string;
  /** Replicas by datacenter. */
  replication: ReadonlyMap<string, number>;
  durableWrites: boolean;
}

export type KeyspaceChange = { kind: 'Create' | 'Alter'; keyspace: NewKeyspace } | { kind: 'Drop'; name: string };

/** By keyspace. */
export interface ChangedKeyspaces {
  /** There were keyspaces of these names, which were to be made. */
  existing: ReadonlySet<string>;
  /** Why, in Cassandra's own words. */
  refused: ReadonlyMap<string, string>;
}

export interface SchemaAdmin {
  /**
   * Before the first change and after each, all of `members` have the same schema; rejects when they do not agree in time.
   * @param members - addresses of those that run
   */
  changeKeyspaces(
    target: Target,
    own: Superuser,
    changes: readonly KeyspaceChange[],
    members: readonly string[],
    signal: AbortSignal,
  ): Promise<ChangedKeyspaces>;
}
