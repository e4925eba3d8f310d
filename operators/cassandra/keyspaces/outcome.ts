/** Pure: whose turn it is among the keyspaces of one service, and what each one's status says. */
import type { CassandraKeyspaceStatus } from '../../../crds/cassandra-keyspace.ts';
import type { Outcome, StatusPart } from '../../workload/entities/entity.ts';
import type { Keyspace } from '../admin/admin.ts';
import {
  type KeyspacePlan,
  type Maintenance,
  presentReplication,
  type Replication,
  replicationText,
} from './changes.ts';
import type { KeyspaceModel } from './keyspace.ts';
import { progressOf } from './maintenance.ts';

export type KeyspaceReason =
  | 'CassandraRefuses'
  | 'NameTaken'
  | 'KeyspaceExists'
  | 'Impossible'
  | 'Repairing'
  | 'CleaningUp';

export interface Planned {
  model: KeyspaceModel;
  /** As it was before anything was changed. */
  found: Keyspace | undefined;
  plan: KeyspacePlan;
}

export function maintenanceOf({ plan }: Planned): Maintenance | undefined {
  return plan.kind === 'Alter' || plan.kind === 'Maintain' ? plan.maintenance : undefined;
}

/** Members do one thing at a time, for one keyspace: for the one that it has been begun for, or for the oldest. */
export function inTurn(planned: readonly Planned[]): Planned | undefined {
  const all = planned.filter((each) => maintenanceOf(each) !== undefined);
  return all.find(({ model }) => isGoingOn(model.object.status?.maintenance)) ?? all[0];
}

function isGoingOn(maintenance: Maintenance | undefined): boolean {
  return maintenance !== undefined && maintenance.done < maintenance.members.length;
}

/** It waits, and is not changed before. */
export function isHeld(planned: Planned, turn: Planned | undefined): boolean {
  return maintenanceOf(planned) !== undefined && planned !== turn;
}

/** How far the members are, for the keyspace whose turn it is. */
export interface Progress {
  planned: Planned;
  maintenance: Maintenance;
  message: string;
}

export function outcomeOf(
  planned: Planned,
  refusal: string | undefined,
  progress: Progress | undefined,
): Outcome<KeyspaceReason> {
  const { plan } = planned;
  if (refusal !== undefined)
    return { kind: 'Refused', reason: 'CassandraRefuses', message: `Cassandra refuses the keyspace: ${refusal}` };
  if (plan.kind === 'Impossible') return { kind: 'Refused', reason: 'Impossible', message: plan.message };
  const maintenance = maintenanceOf(planned);
  if (maintenance === undefined) return { kind: 'Applied', message: 'Cassandra has the keyspace as the spec says' };
  if (progress?.planned === planned) return waits(progress.maintenance, progress.message);
  const other = progress === undefined ? 'another keyspace' : `keyspace ${progress.planned.model.name}`;
  return waits(maintenance, `waits until the members have done with ${other}`);
}

export function waits(maintenance: Maintenance, message: string): Outcome<KeyspaceReason> {
  const reason = maintenance.task === 'Repair' ? 'Repairing' : 'CleaningUp';
  return { kind: 'Waits', reason, message: `${progressOf(maintenance)}; ${message}` };
}

/** What is known of it from now on. One that waits for its turn is remembered as it was. */
export function shownOf(
  planned: Planned,
  refusal: string | undefined,
  progress: Progress | undefined,
): StatusPart<CassandraKeyspaceStatus> {
  const { model, plan, found } = planned;
  const { name } = model;
  const isTurn = progress?.planned === planned;
  switch (plan.kind) {
    case 'Impossible':
      return { name };
    case 'Settled':
      return { name, ...shownReplication(found && presentReplication(found)), maintenance: undefined };
    case 'Create':
      return refusal === undefined
        ? { name, ...shownReplication(plan.keyspace.replication), maintenance: undefined }
        : { name };
    case 'Maintain':
      return {
        name,
        ...shownReplication(found && presentReplication(found)),
        maintenance: isTurn ? progress.maintenance : plan.maintenance,
      };
    case 'Alter':
      if (refusal !== undefined || (plan.maintenance !== undefined && !isTurn)) return { name };
      return {
        name,
        ...shownReplication(plan.keyspace.replication),
        maintenance: isTurn ? progress.maintenance : undefined,
      };
    default:
      return plan satisfies never;
  }
}

function shownReplication(
  replication: Replication | undefined,
): Pick<CassandraKeyspaceStatus, 'replication' | 'replicationSummary'> {
  if (replication === undefined) return {};
  return { replication: Object.fromEntries(replication), replicationSummary: replicationText(replication) };
}
