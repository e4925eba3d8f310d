/** The operator's cache, fed by hand: a test decides which events arrive, when, how often and in which order. */
import type { Cache, Change, WatchSpec } from '../../../operators/kube/cache.ts';
import { ownerIndex } from '../../../operators/kube/owner.ts';
import { idOf, type KubeObject, keyOf, type Ref, type Resource } from '../../../operators/kube/resource.ts';
import { type LabelTest, parseSelector } from '../../../operators/kube/selector.ts';
import { Store } from '../../../operators/kube/store.ts';
import type { ApiServer, HistoryEvent } from '../world/api-server.ts';

/** What becomes of one event: how often it arrives, each after so many pulls; empty: never. */
export type Delivery = readonly number[];
export type Disturbance = (event: HistoryEvent) => Delivery;

export const undisturbed: Disturbance = () => [0];

interface Watched {
  spec: WatchSpec;
  selected: LabelTest;
  store: Store<KubeObject>;
  handlers: ((change: Change<KubeObject>) => void)[];
}

interface Late {
  event: HistoryEvent;
  pulls: number;
}

export class StaleCache implements Cache {
  readonly #server: ApiServer;
  readonly #disturbance: Disturbance;
  readonly #watched = new Map<string, Watched>();
  #position = 0;
  #late: Late[] = [];

  constructor(server: ApiServer, watches: WatchSpec[], disturbance: Disturbance) {
    this.#server = server;
    this.#disturbance = disturbance;
    for (const spec of watches) this.#watched.set(idOf(spec.resource), open(spec));
  }

  /** Takes what the watch brings now. */
  pull(): void {
    const fresh = this.#server.since(this.#position);
    this.#position = this.#server.version;
    const arriving = fresh.flatMap((event) => this.#disturbance(event).map((pulls) => ({ event, pulls })));
    const all = [...this.#late, ...arriving];
    this.#late = all.filter(({ pulls }) => pulls > 0).map(({ event, pulls }) => ({ event, pulls: pulls - 1 }));
    for (const { event } of all.filter(({ pulls }) => pulls <= 0)) this.#take(event);
  }

  /** Everything anew, as after a lost watch or at the start of a process. */
  relist(): void {
    this.#position = this.#server.version;
    for (const { spec, store } of this.#watched.values()) {
      const objects = this.#server.list<KubeObject>(spec.resource, undefined, spec.labelSelector);
      store.replace(objects, String(this.#position), undefined);
    }
  }

  async run(): Promise<void> {}

  async synced(): Promise<void> {}

  get<T extends KubeObject>(resource: Resource<T>, ref: Ref): T | undefined {
    const object = this.#of(resource).store.get(keyOf(ref));
    return object as T | undefined;
  }

  list<T extends KubeObject>(resource: Resource<T>): T[] {
    const objects = this.#of(resource).store.list();
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
    if (watched?.selected(object.metadata.labels ?? {}) === true) watched.store.put(object);
  }

  #take({ resource, type, object }: HistoryEvent): void {
    const watched = this.#watched.get(idOf(resource));
    if (watched === undefined) return;
    const isSelected = watched.selected(object.metadata.labels ?? {});
    if (!isSelected) leave(watched.store, object);
    else if (type === 'DELETED') watched.store.remove(object);
    else watched.store.put(object);
  }

  #of(resource: Resource): Watched {
    const watched = this.#watched.get(idOf(resource));
    if (watched === undefined) throw new Error(`${idOf(resource)} is not watched`);
    return watched;
  }
}

/** What a selector no longer fits is gone to its watchers, as they knew it last. */
function leave(store: Store<KubeObject>, { metadata }: KubeObject): void {
  const known = store.get(keyOf(metadata));
  if (known === undefined || metadata.resourceVersion === undefined) return;
  const { resourceVersion } = metadata;
  store.remove({ ...known, metadata: { ...known.metadata, resourceVersion } });
}

function open(spec: WatchSpec): Watched {
  const handlers: Watched['handlers'] = [];
  const store = new Store<KubeObject>({
    indexes: { ...ownerIndex, ...spec.indexes },
    transform: spec.transform ?? ((object) => object),
    freeze: true,
    onChange: (change) => {
      for (const handler of handlers) handler(change);
    },
  });
  return { spec, selected: parseSelector(spec.labelSelector), store, handlers };
}
