/** The superuser's work over CQL. */
import type cassandra from 'cassandra-driver';
import type { Authentication, Credentials, Keyspace, Roles, Superuser, Target } from './admin.ts';
import { identifier, literal, mapLiteral } from './cql-text.ts';
import { keyspaceOf } from './keyspaces.ts';
import { isRefused, messageOf, type Place, says, session } from './session.ts';

/** The role that every Cassandra is born with. */
const builtIn: Credentials = { username: 'cassandra', password: 'cassandra' };

/** Those that hold what every member needs: who may log in, and what repair and tracing know. */
export const systemKeyspaces = ['system_distributed', 'system_traces', 'system_auth'];

export async function inspect(
  target: Place,
  own: Superuser,
  replication: number,
  signal: AbortSignal,
): Promise<Authentication> {
  try {
    return {
      kind: 'Ours',
      roles: await session(target, own, signal, (client) => readRoles(client, target, replication)),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (says(error, 'Cannot achieve consistency level')) return { kind: 'NotEnoughReplicas' };
    if (!isRefused(error)) return { kind: 'Unknown', message: messageOf(error) };
  }
  try {
    return await session(target, builtIn, signal, async () => ({ kind: 'Default' }));
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'Unknown', message: `neither our superuser nor the built-in one can log in: ${messageOf(error)}` };
  }
}

export async function letsIn(target: Place, credentials: Credentials, signal: AbortSignal): Promise<boolean> {
  try {
    return await session(target, credentials, signal, async () => true);
  } catch (error) {
    signal.throwIfAborted();
    if (isRefused(error)) return false;
    throw error;
  }
}

/** Virtual keyspaces have a schema of their own. */
const selectKeyspaces = 'SELECT keyspace_name, replication, durable_writes FROM system_schema.keyspaces';

async function readRoles(client: cassandra.Client, target: Target, replication: number): Promise<Roles> {
  const found = await client.execute("SELECT can_login, is_superuser FROM system_auth.roles WHERE role = 'cassandra'");
  const row = found.first();
  const defaultLocked = row === null || (row.get('can_login') === false && row.get('is_superuser') === false);
  const keyspaces = await client.execute(selectKeyspaces);
  const wanted = systemKeyspaces.filter((name) => {
    const keyspace = keyspaces.rows.find((candidate) => candidate.get('keyspace_name') === name);
    return keyspace !== undefined && !isReplicated(keyspace.get('replication'), target.datacenter, replication);
  });
  return { defaultLocked, unreplicated: wanted };
}

function isReplicated(replication: unknown, datacenter: string, factor: number): boolean {
  if (typeof replication !== 'object' || replication === null) return false;
  const entries = new Map(Object.entries(replication));
  return (
    String(entries.get('class')).endsWith('.NetworkTopologyStrategy') && entries.get(datacenter) === String(factor)
  );
}

export async function createSuperuser(target: Place, own: Credentials, signal: AbortSignal): Promise<void> {
  const statement = `CREATE ROLE IF NOT EXISTS ${identifier(own.username)} WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = ${literal(own.password)}`;
  await session(target, builtIn, signal, (client) => client.execute(statement));
}

export async function lockDefault(
  target: Place,
  own: Superuser,
  randomPassword: string,
  signal: AbortSignal,
): Promise<void> {
  const statement = `ALTER ROLE cassandra WITH SUPERUSER = false AND LOGIN = false AND PASSWORD = ${literal(randomPassword)}`;
  await session(target, own, signal, (client) => client.execute(statement));
}

/** `system_auth` last: from then on a login needs a majority of its new replicas. */
export async function replicate(
  target: Place,
  own: Superuser,
  keyspaces: string[],
  replication: number,
  signal: AbortSignal,
): Promise<void> {
  const ordered = systemKeyspaces.filter((name) => keyspaces.includes(name));
  await session(target, own, signal, async (client) => {
    for (const keyspace of ordered) {
      const map = mapLiteral([
        ['class', 'NetworkTopologyStrategy'],
        [target.datacenter, replication],
      ]);
      await client.execute(`ALTER KEYSPACE ${keyspace} WITH replication = ${map}`);
    }
  });
}

export async function keyspaces(target: Place, own: Superuser, signal: AbortSignal): Promise<Keyspace[]> {
  const { rows } = await session(target, own, signal, (client) => client.execute(selectKeyspaces));
  return rows
    .map((row) =>
      keyspaceOf(row.get('keyspace_name'), row.get('replication'), row.get('durable_writes'), target.datacenter),
    )
    .filter((keyspace) => keyspace !== undefined);
}
