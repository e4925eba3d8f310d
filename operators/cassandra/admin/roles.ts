/** Roles over CQL. What Cassandra refuses of one of them holds up none of the others. */
import type cassandra from 'cassandra-driver';
import type { Superuser } from './admin.ts';
import type { KnownRole, KnownRoles, Permissions, RoleChange, RoleRefusal, RoleRefusals } from './role-admin.ts';
import { statementOf } from './role-text.ts';
import { isRefusal, messageOf, type Place, says, session } from './session.ts';

const selectRoles =
  'SELECT role, can_login, is_superuser, member_of, writetime(salted_hash) AS written FROM system_auth.roles';
const selectPermissions = 'SELECT role, resource, permissions FROM system_auth.role_permissions';
const selectIdentities = 'SELECT identity, role FROM system_auth.identity_to_role';
const selectKeyspaces = 'SELECT keyspace_name FROM system_schema.keyspaces';
const selectCaches =
  "SELECT value FROM system_views.settings WHERE name IN ('credentials_validity_in_ms', 'roles_validity_in_ms')";
const selectTables = 'SELECT keyspace_name, table_name FROM system_schema.tables';

export async function readRoles(target: Place, own: Superuser, signal: AbortSignal): Promise<KnownRoles> {
  return session(target, own, signal, async (client) => {
    const roles = await all(client, selectRoles);
    const permissions = await all(client, selectPermissions);
    const identities = await all(client, selectIdentities);
    const keyspaces = await all(client, selectKeyspaces);
    const tables = await all(client, selectTables);
    const caches = await all(client, selectCaches);
    const keyspaceOf = (row: Row): string => `data/${row.get('keyspace_name')}`;
    return {
      roles: new Map(roles.map((row) => [String(row.get('role')), knownRole(row)])),
      permissions: permissionsOf(permissions),
      identities: new Map(identities.map((row) => [String(row.get('identity')), String(row.get('role'))])),
      resources: new Set([
        ...keyspaces.map(keyspaceOf),
        ...tables.map((row) => `${keyspaceOf(row)}/${row.get('table_name')}`),
      ]),
      remembersMs: Math.max(0, ...caches.map((row) => Number(row.get('value')))),
    };
  });
}

type Row = cassandra.types.Row;

/** All pages. */
async function all(client: cassandra.Client, statement: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of await client.execute(statement)) rows.push(row);
  return rows;
}

function knownRole(row: Row): KnownRole {
  const written: unknown = row.get('written');
  return {
    login: row.get('can_login') === true,
    superuser: row.get('is_superuser') === true,
    memberOf: namesIn(row.get('member_of')),
    passwordWritten: written === null ? undefined : Number(written),
  };
}

/** Cassandra has no empty sets. */
function namesIn(set: unknown): Set<string> {
  return new Set(Array.isArray(set) ? set.map(String) : []);
}

function permissionsOf(rows: readonly Row[]): Map<string, Permissions> {
  const byRole = new Map<string, Map<string, ReadonlySet<string>>>();
  for (const row of rows) {
    const [role, resource] = [String(row.get('role')), String(row.get('resource'))];
    if (resource !== 'data' && !resource.startsWith('data/')) continue;
    const known = byRole.get(role) ?? new Map<string, ReadonlySet<string>>();
    byRole.set(role, known.set(resource, namesIn(row.get('permissions'))));
  }
  return byRole;
}

export async function changeRoles(
  target: Place,
  own: Superuser,
  changes: readonly RoleChange[],
  signal: AbortSignal,
): Promise<RoleRefusals> {
  return session(target, own, signal, async (client) => {
    const refusals = new Map<string, RoleRefusal>();
    for (const change of changes) {
      signal.throwIfAborted();
      const refusal = await execute(client, change);
      if (refusal !== undefined && !refusals.has(change.role)) refusals.set(change.role, refusal);
    }
    return refusals;
  });
}

async function execute(client: cassandra.Client, change: RoleChange): Promise<RoleRefusal | undefined> {
  try {
    await client.execute(statementOf(change));
    return undefined;
  } catch (error) {
    if (isDone(change, error)) return undefined;
    const passes = says(error, 'can only be changed every');
    if (passes || isRefusal(error)) return { message: messageOf(error), passes };
    throw error;
  }
}

/** It may have come through another role meanwhile, and Cassandra takes none twice. */
function isDone(change: RoleChange, error: unknown): boolean {
  return change.kind === 'Join' && says(error, `${change.role} is a member of ${change.group}`);
}
