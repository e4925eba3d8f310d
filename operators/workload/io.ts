/** What a reconcile may touch outside itself. */
import type { KubeApi } from '../kube/api.ts';
import type { Cache } from '../kube/cache.ts';
import type { Clock } from '../kube/clock.ts';
import type { Recorder } from '../kube/events.ts';
import type { Log } from '../kube/log.ts';
import { type KubeObject, pods } from '../kube/resource.ts';
import type { Issuer } from '../tls/issue.ts';

export interface Io {
  /** Writes go through to the cache, so that the next reconcile sees them. */
  api: KubeApi;
  cache: Cache;
  events: Recorder;
  clock: Clock;
  /** Bytes that nobody can guess. */
  randomBytes: (length: number) => Buffer;
  issuer: Issuer;
}

/** One reconcile. */
export interface Round extends Io {
  log: Log;
  signal: AbortSignal;
}

/** One reconcile of one service. */
export interface Turn extends Round {
  object: KubeObject;
}

/** The field manager of everything that a service owns. */
export const fieldManager = 'stateward';
/** The field manager of the status of our own kinds. */
export const statusManager = 'stateward-status';

/** As status has its times. */
export function nowOf(turn: Pick<Round, 'clock'>): string {
  return new Date(turn.clock.now()).toISOString();
}

/** Of the pod that was seen, and of no later one of its name. `null` takes an annotation away. */
export async function annotatePod(
  { pod, uid }: { pod: string; uid: string },
  annotations: Record<string, string | null>,
  namespace: string,
  { api, signal }: Pick<Round, 'api' | 'signal'>,
): Promise<void> {
  await api.patch(pods, { namespace, name: pod }, { metadata: { uid, annotations } }, { signal });
}
