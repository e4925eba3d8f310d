/** A connection to a cluster, made of the operator's own client; it keeps count of what it sends. */
import type { KubeConfig } from '@kubernetes/client-node';
import { request } from 'undici';
import type { KubeApi } from '../../operators/kube/api.ts';
import { createClient } from '../../operators/kube/client.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import type { RequestObservation, Verb } from '../../operators/kube/request.ts';
import { loadKubeConfig, openSession, type Session } from '../../operators/kube/session.ts';

export interface Connection {
  api: KubeApi;
  session: Session;
  /** Every request so far, in order. */
  requests: RequestObservation[];
  close(): Promise<void>;
}

/** `source`: a file, or a configuration made by hand. */
export async function connect(source: string | KubeConfig): Promise<Connection> {
  const load = () => (typeof source === 'string' ? loadKubeConfig(source) : source);
  const session = await openSession({ load, userAgent: 'stateward-test', clock: systemClock });
  const requests: RequestObservation[] = [];
  const onRequest = (observation: RequestObservation) => requests.push(observation);
  const api = createClient({ session, clock: systemClock, random: Math.random, onRequest });
  return { api, session, requests, close: () => session.close() };
}

const writes: readonly Verb[] = ['create', 'update', 'apply', 'patch', 'delete'];

export function isWrite({ verb }: RequestObservation): boolean {
  return writes.includes(verb);
}

/** Asks for what the typed client has no call for, e.g. a Table. Rejects where the answer is not 200. */
export async function getRaw(session: Session, path: string, accept: string, signal: AbortSignal): Promise<unknown> {
  const { dispatcher, headers } = await session.access('request');
  const answer = await request(`${session.server}${path}`, {
    dispatcher,
    headers: { ...headers, accept },
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${await answer.body.text()}`);
  return answer.body.json();
}
