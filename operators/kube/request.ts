/** One call over HTTP: deadline, refusals as `ApiError`, and repeats where a repeat cannot do harm. */
import type { Dispatcher } from 'undici';
import { ApiError, ConnectionError, type StatusCause } from './api.ts';
import type { Clock } from './clock.ts';
import { isRecord } from './json.ts';
import { idOf, type Resource } from './resource.ts';
import type { Lane, Session } from './session.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'patch' | 'delete';

/** What one attempt did; for metrics. */
export interface RequestObservation {
  verb: Verb;
  /** `plural.group`. */
  resource: string;
  /** HTTP status, or 0 where there was no whole answer. */
  status: number;
  durationMs: number;
  /** 1 for the first attempt. */
  attempt: number;
}

export interface Transport {
  session: Session;
  clock: Clock;
  /** In [0, 1); spreads repeats. */
  random: () => number;
  onRequest?: (observation: RequestObservation) => void;
}

export interface Call {
  verb: Verb;
  resource: Resource;
  method: Dispatcher.HttpMethod;
  path: string;
  query: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  /** Doing it twice ends as doing it once does: it may be repeated after a failure that leaves the outcome open. */
  repeatable: boolean;
  signal: AbortSignal;
  timeoutMs: number;
}

const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;
const SERVER_TROUBLE = new Set([502, 503, 504]);
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * The decoded JSON of the answer. No attempt starts later than one timeout after the first: a server that asks for a
 * longer pause gets it from the caller's own queue, and no call takes longer than twice its timeout.
 */
export async function send(transport: Transport, call: Call): Promise<unknown> {
  let renewed = false;
  const lastStart = transport.clock.now() + call.timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await observed(transport, call, attempt, () => exchange(transport, call));
    } catch (error) {
      call.signal.throwIfAborted();
      if (isUnauthorized(error) && !renewed) {
        renewed = true;
        await transport.session.renew();
        continue;
      }
      const pause = pauseBefore(attempt, error, transport.random);
      const isLate = transport.clock.now() + pause > lastStart;
      if (attempt >= MAX_ATTEMPTS || !mayRepeat(call, error) || isLate) throw error;
      await transport.clock.sleep(pause, call.signal);
    }
  }
}

/** The body of a watch. Leaving the loop over it closes the connection. */
export async function stream(
  transport: Transport,
  call: Call,
  idleMs: number,
): Promise<AsyncIterable<Uint8Array> & { destroy(): unknown }> {
  try {
    return await observed(transport, call, 1, async () => {
      const opening = dispatch(transport, call, 'watch', { signal: call.signal, bodyTimeout: idleMs });
      const answer = await unlessAborted(call.signal, opening);
      if (answer.statusCode !== 200) throw await refusal(answer);
      // A body that is closed before its end reports an error, also when nobody reads it any more.
      answer.body.on('error', () => {});
      return { value: answer.body, status: answer.statusCode };
    });
  } catch (error) {
    call.signal.throwIfAborted();
    if (isUnauthorized(error)) await transport.session.renew();
    throw error;
  }
}

async function observed<V>(
  transport: Transport,
  call: Call,
  attempt: number,
  work: () => Promise<{ value: V; status: number }>,
): Promise<V> {
  const { clock, onRequest } = transport;
  const start = clock.now();
  const observe = (status: number) =>
    onRequest?.({ verb: call.verb, resource: idOf(call.resource), status, durationMs: clock.now() - start, attempt });
  try {
    const { value, status } = await work();
    observe(status);
    return value;
  } catch (error) {
    observe(error instanceof ApiError ? error.status : 0);
    throw error;
  }
}

async function exchange(transport: Transport, call: Call): Promise<{ value: unknown; status: number }> {
  return withDeadline(call, async (signal) => {
    const answer = await dispatch(transport, call, 'request', { signal });
    if (answer.statusCode >= 300) throw await refusal(answer);
    try {
      const value: unknown = JSON.parse(await answer.body.text());
      return { value, status: answer.statusCode };
    } catch (error) {
      throw connectionError(call, error);
    }
  });
}

/** Covers connecting, waiting and reading: a server that sends a byte now and then must not hold a call for ever. */
async function withDeadline<V>(call: Call, work: (signal: AbortSignal) => Promise<V>): Promise<V> {
  call.signal.throwIfAborted();
  const controller = new AbortController();
  const forward = () => controller.abort(call.signal.reason);
  const timer = setTimeout(
    () =>
      controller.abort(new ConnectionError(`${describe(call)}: no answer in ${call.timeoutMs} ms`, { unsent: false })),
    call.timeoutMs,
  );
  call.signal.addEventListener('abort', forward, { once: true });
  try {
    return await unlessAborted(controller.signal, work(controller.signal));
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener('abort', forward);
  }
}

/** The pool notices an abort only once it has a connection; a server that accepts none must not hold its callers. */
async function unlessAborted<V>(signal: AbortSignal, work: Promise<V>): Promise<V> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function dispatch(
  transport: Transport,
  call: Call,
  lane: Lane,
  options: { signal: AbortSignal; bodyTimeout?: number },
): Promise<Dispatcher.ResponseData> {
  const { dispatcher, headers } = await transport.session.access(lane);
  const body = call.body === undefined ? {} : { body: encoded(call.body) };
  const type = call.contentType === undefined ? {} : { 'content-type': call.contentType };
  try {
    return await dispatcher.request({
      origin: new URL(transport.session.server).origin,
      path: addressOf(transport.session.server, call),
      method: call.method,
      // Otherwise a DELETE with a body ends its connection, and the next request pays for another handshake.
      reset: false,
      headers: { ...headers, ...type, accept: 'application/json' },
      ...body,
      ...options,
    });
  } catch (error) {
    throw connectionError(call, error);
  }
}

/** An apply is read as YAML, which takes some characters for the end of a line and refuses others: all are JSON's escapes. */
function encoded(body: unknown): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(body).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);
}

/** The server may live under a path, e.g. behind a proxy for several clusters. */
function addressOf(server: string, call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query)) if (value !== undefined) query.set(name, String(value));
  const prefix = new URL(server).pathname.replace(/\/+$/, '');
  return `${prefix}${call.path}${query.size > 0 ? `?${query}` : ''}`;
}

export function connectionError(call: Call, error: unknown): unknown {
  if (error instanceof ConnectionError || error instanceof ApiError) return error;
  const code = codeOf(error);
  return new ConnectionError(`${describe(call)}: ${code}`, { unsent: NEVER_CONNECTED.has(code), cause: error });
}

function describe(call: Call): string {
  return `${call.method} ${call.path}`;
}

function codeOf(error: unknown): string {
  if (isRecord(error) && typeof error['code'] === 'string') return error['code'];
  return error instanceof Error ? error.message : String(error);
}

async function refusal(answer: Dispatcher.ResponseData): Promise<ApiError> {
  const text = await answer.body.text();
  const header = Number(answer.headers['retry-after']);
  return statusError(parseOrUndefined(text), answer.statusCode, text, Number.isFinite(header) ? header : undefined);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** From a `Status` object; other bodies (proxies, unknown paths) keep their text as the message. */
export function statusError(body: unknown, httpStatus: number, text: string, retryAfterSeconds?: number): ApiError {
  const status = isRecord(body) && body['kind'] === 'Status' ? body : {};
  const details = isRecord(status['details']) ? status['details'] : {};
  const code = typeof status['code'] === 'number' ? status['code'] : httpStatus;
  const reason = typeof status['reason'] === 'string' ? status['reason'] : 'Unknown';
  const message = typeof status['message'] === 'string' ? status['message'] : text.slice(0, 500).trim();
  const named = typeof details['retryAfterSeconds'] === 'number' ? details['retryAfterSeconds'] : undefined;
  const seconds = retryAfterSeconds ?? named;
  return new ApiError(code, reason, message || `HTTP ${code}`, seconds === undefined ? undefined : seconds * 1000, {
    causes: causesOf(details['causes']),
  });
}

function causesOf(causes: unknown): StatusCause[] {
  if (!Array.isArray(causes)) return [];
  return causes.filter(isRecord).map((cause) => ({
    ...(typeof cause['reason'] === 'string' ? { reason: cause['reason'] } : {}),
    ...(typeof cause['message'] === 'string' ? { message: cause['message'] } : {}),
    ...(typeof cause['field'] === 'string' ? { field: cause['field'] } : {}),
  }));
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

function mayRepeat(call: Call, error: unknown): boolean {
  // 429 is said before anything is done; every other failure leaves open whether the call was carried out.
  if (error instanceof ApiError) return error.status === 429 || (call.repeatable && isServerTrouble(error));
  if (error instanceof ConnectionError) return error.unsent || call.repeatable;
  return false;
}

/** Strict apply reports an unknown field as 500 without a reason: it would do so each time. */
function isServerTrouble(error: ApiError): boolean {
  return SERVER_TROUBLE.has(error.status) || (error.status === 500 && error.reason !== 'Unknown');
}

function pauseBefore(attempt: number, error: unknown, random: () => number): number {
  const backoff = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (1 + random());
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(backoff, asked);
}
