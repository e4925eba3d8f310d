/** The objects of one kind by key, with indexes. An older object never takes the place of a newer one. */
import { deepFreeze } from './json.ts';
import { type KubeObject, keyOf, refOf } from './resource.ts';
import { isOlder, newest, versionOf } from './version.ts';

export type Change<T extends KubeObject> = { type: 'Added' | 'Modified' | 'Deleted'; object: T; previous?: T };

export interface StoreOptions<T extends KubeObject> {
  indexes: Record<string, (object: T) => string[]>;
  transform: (object: T) => T;
  onChange: (change: Change<T>) => void;
  /** A handler that changes an object it was given fails at once. */
  freeze: boolean;
}

/** More than enough for events that arrive late; without a bound every name ever used would stay in memory. */
const TOMBSTONES = 4096;

export class Store<T extends KubeObject> {
  readonly #options: StoreOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Map<string, Map<string, T>>>();
  /** Key to the version at which it was known to be gone: a late event must not bring it back. */
  readonly #tombstones = new Map<string, string>();

  /** By namespace, `undefined` for the whole cluster: the version of the last list. */
  readonly #floors = new Map<string | undefined, string>();

  constructor(options: StoreOptions<T>) {
    this.#options = options;
    for (const name of Object.keys(options.indexes)) this.#indexes.set(name, new Map());
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  by(index: string, value: string): T[] {
    const entries = this.#indexes.get(index);
    if (entries === undefined) throw new Error(`There is no index ${index}`);
    return [...(entries.get(value)?.values() ?? [])];
  }

  put(received: T): void {
    const { namespace } = received.metadata;
    const floor = newest(this.#floors.get(undefined) ?? '0', this.#floors.get(namespace) ?? '0');
    const isUnknown = !this.#objects.has(keyOf(refOf(received)));
    // A list that is as new as this object did not have it: it was deleted before.
    if (isUnknown && floor !== '0' && !isOlder(floor, versionOf(received))) return;
    this.#accept(received);
  }

  /** `received` carries the version of the deletion. */
  remove(received: T): void {
    const key = keyOf(refOf(received));
    const previous = this.#objects.get(key);
    const version = versionOf(received);
    if (previous !== undefined && isOlder(version, versionOf(previous))) return;
    if (previous !== undefined) this.#drop(key, previous, this.#prepare(received));
    this.#bury(key, version);
  }

  /**
   * Everything in the namespace, or in the cluster, at `version`. What is newer than the list was written since: its
   * event is to come.
   */
  replace(objects: T[], version: string, namespace: string | undefined): void {
    const listed = new Set<string>();
    for (const object of objects) {
      listed.add(keyOf(refOf(object)));
      this.#accept(object);
    }
    for (const [key, object] of [...this.#objects]) {
      const isInScope = namespace === undefined || object.metadata.namespace === namespace;
      if (isInScope && !listed.has(key) && !isOlder(version, versionOf(object))) this.#drop(key, object, object);
    }
    this.#floors.set(namespace, newest(version, this.#floors.get(namespace) ?? '0'));
  }

  #accept(received: T): void {
    const key = keyOf(refOf(received));
    const previous = this.#objects.get(key);
    const known = previous === undefined ? this.#tombstones.get(key) : versionOf(previous);
    if (known !== undefined && !isOlder(known, versionOf(received))) return;
    const object = this.#prepare(received);
    this.#tombstones.delete(key);
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) this.#drop(key, previous, previous);
    this.#insert(key, object);
  }

  #prepare(received: T): T {
    const object = this.#options.transform(received);
    return this.#options.freeze ? deepFreeze(object) : object;
  }

  #insert(key: string, object: T): void {
    const previous = this.#objects.get(key);
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, object);
    this.#index(key, object);
    this.#options.onChange(previous === undefined ? { type: 'Added', object } : { type: 'Modified', object, previous });
  }

  #drop(key: string, previous: T, object: T): void {
    this.#unindex(key, previous);
    this.#objects.delete(key);
    this.#options.onChange({ type: 'Deleted', object, previous });
  }

  #bury(key: string, version: string): void {
    const known = this.#tombstones.get(key);
    this.#tombstones.delete(key);
    this.#tombstones.set(key, known !== undefined && isOlder(version, known) ? known : version);
    if (this.#tombstones.size <= TOMBSTONES) return;
    const [oldest] = this.#tombstones.keys();
    if (oldest !== undefined) this.#tombstones.delete(oldest);
  }

  #index(key: string, object: T): void {
    for (const [name, values] of Object.entries(this.#options.indexes)) {
      for (const value of values(object)) this.#entry(name, value).set(key, object);
    }
  }

  #entry(name: string, value: string): Map<string, T> {
    const entries = this.#indexes.get(name) ?? new Map<string, Map<string, T>>();
    const entry = entries.get(value) ?? new Map<string, T>();
    entries.set(value, entry);
    return entry;
  }

  #unindex(key: string, object: T): void {
    for (const [name, values] of Object.entries(this.#options.indexes)) {
      for (const value of values(object)) {
        const entry = this.#indexes.get(name)?.get(value);
        entry?.delete(key);
        if (entry?.size === 0) this.#indexes.get(name)?.delete(value);
      }
    }
  }
}
