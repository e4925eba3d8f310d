import type { CassandraSpecModel } from './spec.ts';

/** Replicas of the system keyspaces in the datacenter: with 3, any one member can be lost and people still log in. */
export function replicationOf(model: CassandraSpecModel): number {
  return Math.min(3, model.spec.replicas);
}
