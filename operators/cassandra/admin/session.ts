/** One short-lived client for one member and one question over CQL. */
import type { SecureContext } from 'node:tls';
import cassandra from 'cassandra-driver';
import type { Credentials, Superuser, Target } from './admin.ts';
import { connectionTo, speaksTls } from './tls.ts';

const connectMs = 3_000;
const readMs = 10_000;

/** One member, and who asks it. */
export interface Place extends Target {
  context: SecureContext;
}

export async function session<Result>(
  target: Place,
  { next, ...credentials }: Superuser,
  signal: AbortSignal,
  use: (client: cassandra.Client) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const byTls = !target.clear || (await speaksTls(target, signal));
  const client = new cassandra.Client(optionsFor(target, credentials, byTls));
  const end = (): void => void client.shutdown().catch(() => {});
  signal.addEventListener('abort', end, { once: true });
  let isIn = false;
  try {
    await client.connect();
    isIn = true;
    return await use(client);
  } catch (error) {
    if (isIn || next === undefined || !isRefused(error)) throw error;
    return await session(target, next, signal, use);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Exactly this member, whatever it says of its peers. */
function optionsFor(target: Place, credentials: Credentials, byTls: boolean): cassandra.ClientOptions {
  const { host, port, name, datacenter, context } = target;
  const { loadBalancing, retry } = cassandra.policies;
  return {
    contactPoints: [`${host}:${port}`],
    localDataCenter: datacenter,
    ...(byTls ? { sslOptions: connectionTo(name, context) } : {}),
    authProvider: new cassandra.auth.PlainTextAuthProvider(credentials.username, credentials.password),
    policies: {
      loadBalancing: new loadBalancing.AllowListPolicy(new loadBalancing.RoundRobinPolicy(), [`${host}:${port}`]),
      retry: new retry.FallthroughRetryPolicy(),
    },
    pooling: { coreConnectionsPerHost: { '0': 1 }, heartBeatInterval: 0 },
    socketOptions: { connectTimeout: connectMs, readTimeout: readMs },
    isMetadataSyncEnabled: false,
    rePrepareOnUp: false,
    queryOptions: { consistency: cassandra.types.consistencies.localQuorum, prepare: false },
  };
}

/** By its name or its password. */
export function isRefused(error: unknown): boolean {
  return says(error, 'Provided username') || says(error, 'are incorrect');
}

const { syntaxError, unauthorized, invalid, configError, alreadyExists } = cassandra.types.responseErrorCodes;
const refusals: readonly number[] = [syntaxError, unauthorized, invalid, configError, alreadyExists];

/** Of a statement, for what it says: trying again does not help. */
export function isRefusal(error: unknown): error is cassandra.errors.ResponseError {
  return error instanceof cassandra.errors.ResponseError && refusals.includes(error.code);
}

export function says(error: unknown, words: string): boolean {
  return messageOf(error).includes(words);
}

/** The driver hides what a host said inside `innerErrors`. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof cassandra.errors.NoHostAvailableError ? Object.values(error.innerErrors ?? {}) : [];
  return [error.message, ...inner.map(messageOf)].join(': ');
}
