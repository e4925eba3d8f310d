/** The log of one container, by the log endpoint of its pod. */
import { ApiError, ConnectionError } from '../../kube/api.ts';
import { isRecord } from '../../kube/json.ts';
import { type Call, connectionError, stream } from '../../kube/request.ts';
import { type Pod, pods } from '../../kube/resource.ts';
import { readLines } from '../../kube/watch.ts';
import type { Context } from '../command.ts';
import { type LogLine, readLogLine } from './line.ts';

export interface Source {
  namespace: string;
  pod: string;
  container: string;
}

/** As the API names them (`PodLogOptions`). */
export interface LogQuery {
  follow?: true;
  previous?: true;
  tailLines?: number;
  sinceSeconds?: number;
  sinceTime?: string;
}

const TIMEOUT_MS = 30_000;

export async function* openLog(context: Context, source: Source, query: LogQuery): AsyncGenerator<LogLine> {
  const call = callFor(source, query, context.signal);
  // A container may be silent for hours.
  const body = await stream(context, call, 0);
  try {
    for await (const line of readLines(body)) yield readLogLine(line);
  } catch (error) {
    context.signal.throwIfAborted();
    throw connectionError(call, error);
  } finally {
    body.destroy();
  }
}

function callFor({ namespace, pod, container }: Source, query: LogQuery, signal: AbortSignal): Call {
  return {
    verb: 'get',
    resource: pods,
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
    query: { container, timestamps: true, ...query },
    repeatable: true,
    signal,
    timeoutMs: TIMEOUT_MS,
  };
}

/** The one that is asked for, or the one that kubectl would take. */
export function sourceOf({ metadata, spec }: Pod, container: string | undefined): Source {
  const { name, namespace = '', annotations = {} } = metadata;
  const first = annotations['kubectl.kubernetes.io/default-container'] ?? spec?.containers[0]?.name ?? '';
  return { namespace, pod: name, container: container ?? first };
}

/** There is no log now, and may be one later: the container has not begun, the pod is being made anew. */
const notYet = [400, 404];

export function isNotYet(error: unknown): error is ApiError {
  return error instanceof ApiError && notYet.includes(error.status);
}

/** So is a node or a server that is away for a while. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return error instanceof ConnectionError;
  return notYet.includes(error.status) || error.status >= 500 || error.status === 429;
}

/** Kubelet answers only with the first line, so a container that is silent looks like a server that is. */
export function isSilence(error: unknown): boolean {
  return error instanceof ConnectionError && isRecord(error.cause) && error.cause['code'] === 'UND_ERR_HEADERS_TIMEOUT';
}
