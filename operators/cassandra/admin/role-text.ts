/** Pure: what is changed about a role, as a statement of CQL. */
import { identifier, literal } from './cql-text.ts';
import type { RoleChange } from './role-admin.ts';

export function statementOf(change: RoleChange): string {
  const role = identifier(change.role);
  switch (change.kind) {
    case 'Create':
    case 'Alter':
      return `${change.kind.toUpperCase()} ROLE ${role} WITH LOGIN = ${change.login} AND SUPERUSER = ${change.superuser}`;
    case 'SetPassword':
      return `ALTER ROLE ${role} WITH PASSWORD = ${literal(change.password)}`;
    case 'Join':
      return `GRANT ${identifier(change.group)} TO ${role}`;
    case 'Leave':
      return `REVOKE ${identifier(change.group)} FROM ${role}`;
    case 'Grant':
      return `GRANT ${change.permissions.join(', ')} ON ${resourceText(change.resource)} TO ${role}`;
    case 'Revoke':
      return `REVOKE ${change.permissions.join(', ')} ON ${resourceText(change.resource)} FROM ${role}`;
    // This statement alone takes no quoted identifier for the role.
    case 'AddIdentity':
      return `ADD IDENTITY ${literal(change.identity)} TO ROLE ${literal(change.role)}`;
    case 'DropIdentity':
      return `DROP IDENTITY IF EXISTS ${literal(change.identity)}`;
    case 'Drop':
      return `DROP ROLE IF EXISTS ${role}`;
    default:
      return change satisfies never;
  }
}

/** @param resource - as `org.apache.cassandra.auth.DataResource` names it */
function resourceText(resource: string): string {
  const [, keyspace, table] = resource.split('/');
  if (keyspace === undefined) return 'ALL KEYSPACES';
  if (table === undefined) return `KEYSPACE ${identifier(keyspace)}`;
  if (table === '*') return `ALL TABLES IN KEYSPACE ${identifier(keyspace)}`;
  return `TABLE ${identifier(keyspace)}.${identifier(table)}`;
}
