/** What the API holds, kept in memory by watches, with indexes and with one's own writes visible at once. */
import type { KubeApi } from './api.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { ownerIndex } from './owner.ts';
import { type ReflectorEvent, reflect, type Sink } from './reflector.ts';
import { idOf, type KubeObject, keyOf, type Ref, type Resource } from './resource.ts';
import { type LabelTest, parseSelector } from './selector.ts';
import { type Change, Store } from './store.ts';

export type { Change } from './store.ts';

/** As methods, so that specs of different kinds may stand in one list. */
type Derive<T, Result> = { derive(object: T): Result }['derive'];

export interface WatchSpec<T extends KubeObject = KubeObject> {
  resource: Resource<T>;
  /** Equality-based only: `a=b,c!=d,e,!f`. */
  labelSelector?: string;
  /** By name; `owner` (uid of the controller) is always there. */
  indexes?: Record<string, Derive<T, string[]>>;
  /** Drops what nobody reads, before the object is kept. */
  transform?: Derive<T, T>;
}

export interface Cache {
  /** Runs until aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Every resource has been listed once. Rejects with the signal's reason when aborted first. */
  synced(signal: AbortSignal): Promise<void>;
  get<T extends KubeObject>(resource: Resource<T>, ref: Ref): T | undefined;
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): T[];
  by<T extends KubeObject>(resource: Resource<T>, index: string, value: string): T[];
  /** Handlers run at once and in order; what they throw is logged. */
  onChange<T extends KubeObject>(resource: Resource<T>, handler: (change: Change<T>) => void): void;
  /** Read-your-writes: puts what a write returned into the store unless the store already holds something newer. */
  wrote<T extends KubeObject>(resource: Resource<T>, object: T): void;
}

export interface CacheOptions {
  api: KubeApi;
  log: Log;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  /** Only these; cluster-scoped kinds are watched whole in any case. */
  namespaces?: string[];
  watches: WatchSpec[];
  onEvent?: (event: ReflectorEvent) => void;
  /** Objects become immutable; for tests and development. */
  freeze?: boolean;
}

export function createCache(options: CacheOptions): Cache {
  return new WatchCache(options);
}

const NAMESPACE_INDEX = 'namespace';

interface Watched {
  spec: WatchSpec;
  store: Store<KubeObject>;
  handlers: ((change: Change<KubeObject>) => void)[];
  selected: LabelTest;
  /** `undefined` stands for the whole cluster. */
  namespaces: (string | undefined)[];
}

class WatchCache implements Cache {
  readonly #options: CacheOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #synced = Promise.withResolvers<void>();
  #waiting = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
    for (const spec of options.watches) {
      const watched = this.#open(spec);
      this.#watched.set(idOf(spec.resource), watched);
      this.#waiting += watched.namespaces.length;
    }
    if (this.#waiting === 0) this.#synced.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    const loops = [...this.#watched.values()].flatMap((watched) =>
      watched.namespaces.map((namespace) => this.#reflect(watched, namespace, signal)),
    );
    await Promise.all(loops);
  }

  async synced(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#synced.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get<T extends KubeObject>(resource: Resource<T>, ref: Ref): T | undefined {
    const object = this.#of(resource).store.get(keyOf(ref));
    return object as T | undefined;
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): T[] {
    const { store } = this.#of(resource);
    const objects = namespace === undefined ? store.list() : store.by(NAMESPACE_INDEX, namespace);
    return objects as T[];
  }

  by<T extends KubeObject>(resource: Resource<T>, index: string, value: string): T[] {
    const objects = this.#of(resource).store.by(index, value);
    return objects as T[];
  }

  onChange<T extends KubeObject>(resource: Resource<T>, handler: (change: Change<T>) => void): void {
    this.#of(resource).handlers.push(handler as (change: Change<KubeObject>) => void);
  }

  wrote<T extends KubeObject>(resource: Resource<T>, object: T): void {
    const watched = this.#watched.get(idOf(resource));
    // What no watch covers would stay for ever.
    if (watched === undefined || !isCovered(watched, object)) return;
    if (isGone(object)) watched.store.remove(object);
    else watched.store.put(object);
  }

  #of(resource: Resource): Watched {
    const watched = this.#watched.get(idOf(resource));
    if (watched === undefined) throw new Error(`${idOf(resource)} is not watched`);
    return watched;
  }

  #open(spec: WatchSpec): Watched {
    const handlers: Watched['handlers'] = [];
    const store = new Store<KubeObject>({
      indexes: { ...ownerIndex, ...spec.indexes, [NAMESPACE_INDEX]: ({ metadata }) => [metadata.namespace ?? ''] },
      transform: spec.transform ?? ((object) => object),
      freeze: this.#options.freeze ?? false,
      onChange: (change) => {
        for (const handler of handlers) this.#call(handler, change);
      },
    });
    const all = this.#options.namespaces === undefined || !spec.resource.namespaced;
    const namespaces = all ? [undefined] : (this.#options.namespaces ?? []);
    return { spec, store, handlers, selected: parseSelector(spec.labelSelector), namespaces };
  }

  #call(handler: (change: Change<KubeObject>) => void, change: Change<KubeObject>): void {
    try {
      handler(change);
    } catch (error) {
      this.#options.log.error('a handler of changes failed', { kind: change.object.kind, error });
    }
  }

  #reflect(watched: Watched, namespace: string | undefined, signal: AbortSignal): Promise<void> {
    const { api, clock, log, random, onEvent } = this.#options;
    const { resource, labelSelector } = watched.spec;
    const reflector = {
      ...{ api, clock, log, random, resource, sink: this.#sink(watched, namespace) },
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(onEvent === undefined ? {} : { onEvent }),
    };
    return reflect(reflector, signal);
  }

  #sink({ store }: Watched, namespace: string | undefined): Sink<KubeObject> {
    let listed = false;
    return {
      put: (object) => store.put(object),
      remove: (object) => store.remove(object),
      replace: (objects, version) => {
        store.replace(objects, version, namespace);
        if (!listed) this.#listed();
        listed = true;
      },
    };
  }

  #listed(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#synced.resolve();
  }
}

/** The last finalizer was taken off: the server has removed it, and answers with what it was. */
function isGone({ metadata: { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } }: KubeObject): boolean {
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && finalizers.length === 0;
}

function isCovered(watched: Watched, object: KubeObject): boolean {
  const { namespace, labels } = object.metadata;
  const inScope = watched.namespaces.some((scope) => scope === undefined || scope === namespace);
  return inScope && watched.selected(labels ?? {});
}
