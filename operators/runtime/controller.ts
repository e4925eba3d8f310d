/** Connects changes to a queue, and the queue to workers that reconcile one key at a time. */
import { ApiError } from '../kube/api.ts';
import type { Cache, Change } from '../kube/cache.ts';
import type { Clock } from '../kube/clock.ts';
import type { Log } from '../kube/log.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import type { Metrics, ReconcileMetrics } from './metrics.ts';
import { type Priority, Queue, type Taken } from './queue.ts';
import { later } from './timer.ts';

/** After a stop, how long reconciles in flight may go on before their signal aborts. */
export const STOP_GRACE_MS = 10_000;
/** A reconcile that runs this long after its signal aborted will never end: its worker is stuck. */
const STUCK_AFTER_MS = 60_000;

export interface Request {
  /** `ns/name` of the object, or `name`. */
  key: string;
  reconcileId: string;
  log: Log;
  /** Aborts when the reconcile has taken too long, or when the process stops. */
  signal: AbortSignal;
}

export interface Outcome {
  /** Reconcile again after this time, unless something changes before; milliseconds. */
  requeueAfterMs?: number;
}

/** Which changes concern which keys, and how urgently. */
export interface Source<T extends KubeObject = KubeObject> {
  resource: Resource<T>;
  priority: Priority;
  keysOf(change: Change<T>): string[];
}

export interface ControllerOptions {
  name: string;
  workers: number;
  /** Longest time for one reconcile, in milliseconds. */
  timeoutMs: number;
  /** How long a key rests after a reconcile, so that one reconcile does what many changes ask for. */
  restMs?: number;
  sources: Source[];
  /** Throw to be called again with backoff, `TerminalError` where trying again is useless until something changes. */
  reconcile(request: Request): Promise<Outcome>;
}

export interface ControllerParts {
  cache: Pick<Cache, 'synced' | 'onChange'>;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** A fresh id for each reconcile. */
  newId(): string;
}

/** Trying again changes nothing: wait for the next change of the object or of what belongs to it. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export class ReconcileTimeout extends Error {
  override readonly name = 'ReconcileTimeout';
}

type Result =
  | { kind: 'Success' }
  | { kind: 'RequeueAfter'; ms: number }
  | { kind: 'Failed'; error: unknown }
  | { kind: 'Terminal'; error: TerminalError }
  | { kind: 'Stopped' };

export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #parts: ControllerParts;
  readonly #log: Log;
  readonly #metrics: ReconcileMetrics;
  readonly #queue: Queue;
  readonly #inFlight = new Set<AbortController>();
  readonly #stuck = new Set<string>();
  #started = false;
  #stopping = false;

  constructor(options: ControllerOptions, parts: ControllerParts) {
    this.name = options.name;
    this.#options = options;
    this.#parts = parts;
    this.#log = parts.log.child({ controller: options.name });
    this.#metrics = parts.metrics.reconciles(options.name, options.workers);
    const observer = parts.metrics.queue(options.name, () => this.#queue.runningSeconds());
    this.#queue = new Queue(parts.clock, observer, options.restMs);
    for (const source of options.sources) this.#connect(source);
  }

  /**
   * Reconciles from the moment the cache is complete until the signal aborts; then ends when what is in flight has
   * ended. Runs once.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (!(await this.#synced(signal))) {
      this.#queue.close();
      return;
    }
    const ended = new AbortController();
    const stop = (): void => this.#stop(ended.signal);
    signal.addEventListener('abort', stop, { once: true });
    this.#started = true;
    this.#log.info('controller started', { workers: this.#options.workers });
    await Promise.all(Array.from({ length: this.#options.workers }, () => this.#work()));
    ended.abort();
    this.#log.info('controller stopped');
  }

  /** Keys whose reconcile ignores its aborted signal. */
  stuck(): string[] {
    return [...this.#stuck];
  }

  #connect(source: Source): void {
    this.#parts.cache.onChange(source.resource, (change) => {
      // Whatever comes before the first reconcile is a backlog in which everything is equally old.
      const priority = this.#started ? source.priority : 'Resync';
      for (const key of source.keysOf(change)) this.#queue.add(key, priority);
    });
  }

  async #synced(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#parts.cache.synced(signal);
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  #stop(ended: AbortSignal): void {
    this.#stopping = true;
    this.#queue.close();
    later(this.#parts.clock, STOP_GRACE_MS, ended, () => {
      this.#log.warn('reconciles aborted: still running when the grace period ended', { count: this.#inFlight.size });
      for (const abort of this.#inFlight) abort.abort(new Error('the process stops'));
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      const taken = await this.#queue.take();
      if (taken === undefined) return;
      await this.#process(taken);
    }
  }

  async #process({ key, priority }: Taken): Promise<void> {
    const reconcileId = this.#parts.newId();
    const log = this.#log.child({ service: key, reconcileId });
    const startedAt = this.#parts.clock.now();
    const metricsEnded = this.#metrics.started();
    const result = await this.#attempt(key, reconcileId, log);
    metricsEnded(Math.max(0, this.#parts.clock.now() - startedAt) / 1000);
    this.#conclude(key, priority, result, log);
    this.#queue.done(key);
  }

  async #attempt(key: string, reconcileId: string, log: Log): Promise<Result> {
    const abort = new AbortController();
    const ended = new AbortController();
    this.#inFlight.add(abort);
    this.#limit(key, abort, ended.signal);
    try {
      const outcome = await this.#options.reconcile({ key, reconcileId, log, signal: abort.signal });
      return resultOf(outcome);
    } catch (error) {
      return this.#failure(error, abort.signal);
    } finally {
      ended.abort();
      this.#inFlight.delete(abort);
      this.#stuck.delete(key);
    }
  }

  #limit(key: string, abort: AbortController, ended: AbortSignal): void {
    const { timeoutMs } = this.#options;
    const { clock } = this.#parts;
    later(clock, timeoutMs, ended, () => abort.abort(new ReconcileTimeout(`took longer than ${timeoutMs} ms`)));
    later(clock, timeoutMs + STUCK_AFTER_MS, ended, () => this.#stuck.add(key));
  }

  #failure(error: unknown, signal: AbortSignal): Result {
    if (error instanceof TerminalError) return { kind: 'Terminal', error };
    const timeout: unknown = signal.reason;
    if (!(timeout instanceof ReconcileTimeout)) {
      return this.#stopping && signal.aborted ? { kind: 'Stopped' } : { kind: 'Failed', error };
    }
    // What the reconcile was waiting for is in the error that the abort caused.
    const cause = error === timeout ? {} : { cause: error };
    return { kind: 'Failed', error: new ReconcileTimeout(timeout.message, cause) };
  }

  /** Before `done`, so that the key cannot be taken with a stale number of failures. */
  #conclude(key: string, priority: Priority, result: Result, log: Log): void {
    switch (result.kind) {
      case 'Success':
        this.#metrics.ended('success', false);
        this.#queue.forget(key);
        break;
      case 'RequeueAfter':
        this.#metrics.ended('requeue_after', false);
        this.#queue.forget(key);
        this.#queue.addAfter(key, result.ms, 'OwnedEvent');
        break;
      case 'Terminal':
        this.#metrics.ended('error', true);
        this.#queue.forget(key);
        log.error('reconcile failed for good', { error: result.error });
        break;
      case 'Failed':
        this.#metrics.ended('error', false);
        logFailure(log, result.error, this.#queue.retry(key, priority));
        break;
      case 'Stopped':
        log.info('reconcile stopped');
        break;
      default:
        unknownResult(result);
    }
  }
}

function resultOf({ requeueAfterMs }: Outcome): Result {
  return requeueAfterMs === undefined ? { kind: 'Success' } : { kind: 'RequeueAfter', ms: requeueAfterMs };
}

/** A conflict is no fault: somebody else wrote first, and the next try reads again. */
function logFailure(log: Log, error: unknown, retryInMs: number): void {
  const conflict = error instanceof ApiError && error.isConflict;
  if (conflict) log.info('reconcile again after a conflict', { retryInMs, reason: error.message });
  else log.error('reconcile failed', { retryInMs, error });
}

function unknownResult(result: never): never {
  throw new Error(`unknown result ${JSON.stringify(result)}`);
}
