/** The real `CassandraAdmin`: the agent for a member's own word, CQL for the superuser's work. */
import type { CassandraAdmin } from './admin.ts';
import { askAgent } from './agent.ts';
import { createSuperuser, inspect, keyspaces, lockDefault, replicate } from './cql.ts';

export const cassandraAdmin: CassandraAdmin = {
  ask: askAgent,
  inspect,
  keyspaces,
  createSuperuser,
  lockDefault,
  replicate,
};
