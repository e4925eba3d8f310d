/** How the operator comes to a member: as itself, and to nobody else than this one. */
import { once } from 'node:events';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import type { Address } from '../../workload/address.ts';
import { type Access, trustOf } from '../../workload/certificates/access.ts';
import type { Protocol } from './admin.ts';

/** Longest time for a connection and one answer. */
const timeoutMs = 3_000;

/** Who comes, and whom it trusts. Made once for many members: it takes a millisecond. */
export function contextOf(access: Access, options: SecureContextOptions = {}): SecureContext {
  const { certificate: cert, key } = access.identity;
  return createSecureContext({ ...trustOf(access), cert, key, ...options });
}

type Connection = Required<Pick<ConnectionOptions, 'secureContext' | 'servername' | 'rejectUnauthorized'>>;

/** To nobody but the member of this name. */
export function connectionTo(name: string, secureContext: SecureContext): Connection {
  return { secureContext, servername: name, rejectUnauthorized: true };
}

/**
 * What a member answers to whom it has let in. No request can be made between members: there the handshake is that of TLS
 * 1.2, which ends only after the server has accepted the client (RFC 5246 §7.3), as that of TLS 1.3 does not.
 */
const greetings: Record<Protocol, Buffer | undefined> = {
  Internode: undefined,
  /** OPTIONS in version 4 of the protocol. */
  Cql: Buffer.from([4, 0, 0, 0, 5, 0, 0, 0, 0]),
  Agent: Buffer.from('GET /state HTTP/1.1\r\n\r\n'),
};

/** PEM of what the member presents. */
export function presented(address: Address, protocol: Protocol, access: Access, signal: AbortSignal): Promise<string> {
  const greeting = greetings[protocol];
  const context = contextAt(protocol, access);
  return connected(address, connectionTo(address.name, context), signal, async (socket) => {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) throw new Error(`${address.name} presents no certificate`);
    if (greeting !== undefined) await answered(socket, greeting);
    return certificate.toString();
  });
}

function contextAt(protocol: Protocol, access: Access): SecureContext {
  switch (protocol) {
    case 'Internode':
      return contextOf(access, { maxVersion: 'TLSv1.2' });
    case 'Cql':
    case 'Agent':
      return contextOf(access);
    default:
      return protocol satisfies never;
  }
}

async function answered(socket: TLSSocket, greeting: Buffer): Promise<void> {
  socket.write(greeting);
  for await (const _ of socket) return;
  throw new Error('the member answers nothing');
}

/** Whether it speaks TLS at this port at all, whoever it is. */
export async function speaksTls(address: Address, signal: AbortSignal): Promise<boolean> {
  try {
    return await connected(address, { rejectUnauthorized: false }, signal, async () => true);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Runs `use` on a connection that is closed whatever happens. */
async function connected<Result>(
  { host, port }: Address,
  options: ConnectionOptions,
  signal: AbortSignal,
  use: (socket: TLSSocket) => Promise<Result>,
): Promise<Result> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  ending.throwIfAborted();
  const socket = connect({ ...options, host, port });
  const cut = (): void => void socket.destroy(ending.reason);
  ending.addEventListener('abort', cut, { once: true });
  // Failures come back through what is awaited; without a listener they would end the process as well.
  socket.on('error', () => {});
  try {
    await once(socket, 'secureConnect');
    return await use(socket);
  } finally {
    ending.removeEventListener('abort', cut);
    socket.destroy();
  }
}
