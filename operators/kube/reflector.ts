/** Keeps a sink equal to one list of objects in the API: list once, watch for ever, list again only when it must. */
import { ApiError, type KubeApi } from './api.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { idOf, type KubeObject, type Resource } from './resource.ts';
import { isOlder, newest } from './version.ts';

/** Where the reflector puts what it learns. */
export interface Sink<T extends KubeObject> {
  /** Everything there is at `resourceVersion`: what is not among `objects` and not newer is gone. */
  replace(objects: T[], resourceVersion: string): void;
  put(object: T): void;
  remove(object: T): void;
}

/** For metrics: `event` one change, `reconnect` a watch opened again, `list` a complete list, `failure` a pause. */
export type ReflectorEvent = { type: 'event' | 'reconnect' | 'list' | 'failure'; resource: string };

export interface ReflectorOptions<T extends KubeObject> {
  api: KubeApi;
  resource: Resource<T>;
  namespace?: string;
  labelSelector?: string;
  sink: Sink<T>;
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  random: () => number;
  onEvent?: (event: ReflectorEvent) => void;
}

const PAGE = 500;
const LIST_TIMEOUT_MS = 60_000;
const WATCH_MIN_S = 300;
const WATCH_SPREAD_S = 300;
const FIRST_PAUSE_MS = 800;
const LONGEST_PAUSE_MS = 20_000;
/** A watch that lived so long shows that the server is well: the next pause starts small again. */
const STEADY_MS = 10_000;

/** Runs until the signal; no answer of the server ends it. */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  await new Reflector(options).run(signal);
}

class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #scope: { namespace?: string; labelSelector?: string };
  /** The newest version ever seen here. It never moves back: a server that lags behind is not believed. */
  #seen = '0';
  /** Where the next watch starts; undefined when only a list can tell. */
  #position: string | undefined;
  #failures = 0;
  #watched = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    const { namespace, labelSelector } = options;
    this.#scope = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = await this.#round(signal);
      if (pause > 0) await this.#options.clock.sleep(pause, signal).catch(() => {});
    }
  }

  /** One list if needed and one watch; answers how long to pause after it. */
  async #round(signal: AbortSignal): Promise<number> {
    const start = this.#options.clock.now();
    try {
      this.#position ??= await this.#list(signal);
      await this.#watch(this.#position, signal);
      return this.#hasBeenSteady(start) ? 0 : this.#pause(undefined);
    } catch (error) {
      if (signal.aborted) return 0;
      this.#hasBeenSteady(start);
      return this.#failed(error);
    }
  }

  #hasBeenSteady(start: number): boolean {
    const steady = Math.abs(this.#options.clock.now() - start) >= STEADY_MS;
    if (steady) this.#failures = 0;
    return steady;
  }

  #failed(error: unknown): number {
    if (error instanceof ApiError && error.isExpired) this.#position = undefined;
    const pauseMs = this.#pause(error);
    this.#observe('failure');
    const fields = { resource: idOf(this.#options.resource), ...this.#scope, failures: this.#failures, pauseMs, error };
    if (this.#failures > 3) this.#options.log.warn('cannot follow the API', fields);
    else this.#options.log.debug('watch interrupted', fields);
    return pauseMs;
  }

  /** Grows from 0.8 to 30 s. Also after a quiet but quick end: a proxy that closes at once must not be hammered. */
  #pause(error: unknown): number {
    const base = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(asked, base * (1 + this.#options.random() / 2));
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { api, resource, sink } = this.#options;
    const objects: T[] = [];
    let version: string | undefined;
    let continueToken: string | undefined;
    do {
      const more = continueToken === undefined ? {} : { continueToken };
      const options = { ...this.#scope, ...more, signal, limit: PAGE, timeoutMs: LIST_TIMEOUT_MS };
      const page = await api.list(resource, options);
      for (const object of page.items) objects.push(object);
      version ??= page.resourceVersion;
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    this.#refuseOlder(version);
    sink.replace(objects, version);
    this.#observe('list');
    return version;
  }

  /** After a restore of etcd from a backup this stays so until the process starts anew. */
  #refuseOlder(version: string): void {
    if (isOlder(version, this.#seen)) {
      throw new Error(`The server answered with version ${version}, older than ${this.#seen} seen before`);
    }
    this.#seen = version;
  }

  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { api, resource, random } = this.#options;
    // Spread, so that the watches of all clients do not end together.
    const timeoutSeconds = WATCH_MIN_S + Math.floor(random() * WATCH_SPREAD_S);
    if (this.#watched) this.#observe('reconnect');
    this.#watched = true;
    for await (const event of api.watch(resource, { ...this.#scope, resourceVersion: from, timeoutSeconds, signal })) {
      if (event.type === 'BOOKMARK') this.#advance(event.resourceVersion);
      else this.#take(event.type, event.object);
    }
  }

  #take(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    if (type === 'DELETED') this.#options.sink.remove(object);
    else this.#options.sink.put(object);
    this.#advance(object.metadata.resourceVersion ?? '0');
    this.#observe('event');
  }

  #advance(version: string): void {
    this.#seen = newest(this.#seen, version);
    this.#position = newest(this.#position ?? '0', version);
  }

  #observe(type: ReflectorEvent['type']): void {
    this.#options.onEvent?.({ type, resource: idOf(this.#options.resource) });
  }
}
