/** Changes of keyspaces over CQL. */
import { setTimeout as delay } from 'node:timers/promises';
import cassandra from 'cassandra-driver';
import type { Superuser } from './admin.ts';
import { identifier, mapLiteral } from './cql-text.ts';
import type { ChangedKeyspaces, KeyspaceChange, NewKeyspace } from './schema-admin.ts';
import { isRefusal, type Place, session } from './session.ts';

/** Longest time for all members to hear of a change; milliseconds. */
const agreementMs = 10_000;
const pauseMs = 200;

export async function changeKeyspaces(
  target: Place,
  own: Superuser,
  changes: readonly KeyspaceChange[],
  members: readonly string[],
  signal: AbortSignal,
): Promise<ChangedKeyspaces> {
  const existing = new Set<string>();
  const refused = new Map<string, string>();
  await session(target, own, signal, async (client) => {
    await agree(client, target.host, members, signal);
    for (const change of changes) {
      const answer = await execute(client, statementOf(change));
      const name = nameOf(change);
      if (answer.kind === 'Existing') existing.add(name);
      if (answer.kind === 'Refused') refused.set(name, answer.message);
      await agree(client, target.host, members, signal);
    }
  });
  return { existing, refused };
}

function nameOf(change: KeyspaceChange): string {
  return change.kind === 'Drop' ? change.name : change.keyspace.name;
}

/** @internal exported for tests */
export function statementOf(change: KeyspaceChange): string {
  switch (change.kind) {
    case 'Create':
    case 'Alter':
      return `${change.kind.toUpperCase()} KEYSPACE ${definitionOf(change.keyspace)}`;
    case 'Drop':
      return `DROP KEYSPACE IF EXISTS ${identifier(change.name)}`;
    default:
      return change satisfies never;
  }
}

function definitionOf({ name, replication, durableWrites }: NewKeyspace): string {
  const map = mapLiteral([['class', 'NetworkTopologyStrategy'], ...replication]);
  return `${identifier(name)} WITH replication = ${map} AND durable_writes = ${durableWrites}`;
}

type Answer = { kind: 'Done' | 'Existing' } | { kind: 'Refused'; message: string };

async function execute(client: cassandra.Client, statement: string): Promise<Answer> {
  try {
    await client.execute(statement);
    return { kind: 'Done' };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (error.code === cassandra.types.responseErrorCodes.alreadyExists) return { kind: 'Existing' };
    return { kind: 'Refused', message: error.message };
  }
}

/** Who does not run hears of the schema when it starts. */
async function agree(
  client: cassandra.Client,
  host: string,
  members: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + agreementMs;
  let apart = await disagreeing(client, host, members);
  while (apart.length > 0) {
    if (performance.now() > end) throw new Error(disagreement(host, apart));
    await delay(pauseMs, undefined, { signal });
    apart = await disagreeing(client, host, members);
  }
}

function disagreement(host: string, apart: readonly string[]): string {
  return `after ${agreementMs / 1000} s, ${apart.join(', ')} still have another schema than ${host}: nodetool describecluster shows it, and their logs may say why`;
}

async function disagreeing(client: cassandra.Client, host: string, members: readonly string[]): Promise<string[]> {
  const local = await client.execute('SELECT schema_version FROM system.local');
  const peers = await client.execute('SELECT peer, schema_version FROM system.peers_v2');
  const own = String(local.first()?.get('schema_version'));
  const versions = new Map(peers.rows.map((row) => [String(row.get('peer')), String(row.get('schema_version'))]));
  return members.filter((member) => member !== host && versions.get(member) !== own);
}
