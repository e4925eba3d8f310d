/** The agent's `/state` over HTTP. */
import { isIPv6 } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Client } from 'undici';
import { z } from 'zod';
import type { Address } from '../../workload/address.ts';
import type { Hints, MemberWord, Peer } from './admin.ts';
import { connectionTo } from './tls.ts';

const timeoutMs = 3_000;

const peer = z.object({
  hostId: z.string().nullish(),
  status: z.string(),
  generation: z.number(),
  alive: z.boolean(),
  // Said by newer agents only.
  member: z.boolean().default(true),
});

const maintenance = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('Idle') }),
  z.object({ kind: z.enum(['Running', 'Done']), id: z.string() }),
  z.object({ kind: z.literal('Failed'), id: z.string(), message: z.string() }),
]);

const addresses = z.array(z.string()).default([]);

/** Everything but the mode comes later in a start, or not at all. */
const answer = z.object({
  operationMode: z.string(),
  hostId: z.string().nullish(),
  generation: z.number().nullish(),
  schemaVersion: z.string().nullish(),
  live: addresses,
  unreachable: addresses,
  joining: addresses,
  leaving: addresses,
  moving: addresses,
  /** By address. */
  peers: z.record(z.string(), peer).default({}),
  /** Files by host id. */
  hints: z.record(z.string(), z.number()).nullish(),
  load: z.number().nullish(),
  disk: z.object({ totalBytes: z.number(), usableBytes: z.number() }).nullish(),
  leave: z.object({ kind: z.enum(['Asked', 'Failed']), message: z.string() }).nullish(),
  maintenance: maintenance.nullish(),
});

/** What the page says, as JSON; rejects where the agent refuses. */
export async function stateAt(address: Address, context: SecureContext, signal: AbortSignal): Promise<unknown> {
  const { host, port, name } = address;
  // Without former sessions: a session that goes on shows no certificate.
  const connect = { ...connectionTo(name, context), maxCachedSessions: 0 };
  const client = new Client(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`, { connect });
  try {
    const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const { statusCode, body } = await client.request({ path: '/state', method: 'GET', signal: ending });
    if (statusCode !== 200) throw new Error(`the agent of ${name} answers ${statusCode}`);
    return await body.json();
  } finally {
    await client.destroy();
  }
}

export async function askAgent(address: Address, context: SecureContext, signal: AbortSignal): Promise<MemberWord> {
  const parsed = answer.safeParse(await stateAt(address, context, signal));
  if (!parsed.success) throw new Error(`the agent of ${address.name} answers something else`);
  const { operationMode, live, unreachable, joining, leaving, moving, ...rest } = parsed.data;
  return {
    operationMode,
    hostId: rest.hostId ?? undefined,
    generation: rest.generation ?? undefined,
    schema: rest.schemaVersion ?? undefined,
    live,
    unreachable,
    joining,
    leaving,
    moving,
    peers: peersOf(rest.peers),
    hints: rest.hints == null ? undefined : hintsOf(rest.hints),
    load: rest.load ?? undefined,
    disk: rest.disk ?? undefined,
    leave: rest.leave ?? undefined,
    maintenance: rest.maintenance ?? undefined,
  };
}

function peersOf(peers: z.output<typeof answer>['peers']): Peer[] {
  return Object.entries(peers).map(([address, { hostId, ...rest }]) => ({
    hostId: hostId ?? undefined,
    address,
    ...rest,
  }));
}

function hintsOf(hints: Record<string, number>): Hints[] {
  return Object.entries(hints).map(([hostId, files]) => ({ hostId, files }));
}
