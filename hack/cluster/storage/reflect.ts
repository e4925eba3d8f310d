/** Keeps a picture of all objects of one kind, and tells of each change; survives whatever ends a watch. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Kube } from '../kube.ts';
import type { Work } from '../layout.ts';

interface Meta {
  metadata: { uid: string; name: string };
}

export interface Reflected<T extends Meta> {
  path: string;
  schema: z.ZodType<T>;
  /** The key under which `all` holds an object. */
  keyOf: (object: T) => string;
  changed: (object: T) => void;
  gone: (object: T) => void;
}

const listSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(z.unknown()) });
const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** Longest silence before a connection is taken for dead and watched anew; seconds. */
const watchSeconds = 240;

export class Reflector<T extends Meta> {
  readonly all = new Map<string, T>();
  readonly #kube: Kube;
  readonly #of: Reflected<T>;

  constructor(kube: Kube, of: Reflected<T>) {
    this.#kube = kube;
    this.#of = of;
  }

  #set(object: T): void {
    this.all.set(this.#of.keyOf(object), object);
    this.#of.changed(object);
  }

  #delete(object: T): void {
    this.all.delete(this.#of.keyOf(object));
    this.#of.gone(object);
  }

  async #list(signal: AbortSignal): Promise<string> {
    const list = listSchema.parse(await this.#kube.call('GET', this.#of.path, undefined, { signal }));
    const items = list.items.map((item) => this.#of.schema.parse(item));
    const present = new Set(items.map((item) => this.#of.keyOf(item)));
    for (const [key, object] of this.all) if (!present.has(key)) this.#delete(object);
    for (const item of items) this.#set(item);
    return list.metadata.resourceVersion;
  }

  #take(type: string, object: unknown): void {
    if (type === 'BOOKMARK') return;
    const parsed = this.#of.schema.parse(object);
    if (type === 'DELETED') this.#delete(parsed);
    else this.#set(parsed);
  }

  /** Follows changes from a version; answers the version to go on from, or undefined where a new list is needed. */
  async #watch(version: string, signal: AbortSignal): Promise<string | undefined> {
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${version}`;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout((watchSeconds + 10) * 1000)]);
    let latest = version;
    for await (const line of this.#kube.stream(`${this.#of.path}?${query}`, { signal: bounded })) {
      const { type, object } = eventSchema.parse(line);
      if (type === 'ERROR') return undefined; // too old: list again
      this.#take(type, object);
      latest = bookmarkSchema.parse(object).metadata.resourceVersion;
    }
    return latest;
  }

  /** Runs until aborted. */
  async run({ say, signal }: Work): Promise<void> {
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#list(signal);
        version = await this.#watch(version, signal);
      } catch (error) {
        if (signal.aborted) return;
        version = undefined;
        say(`watching ${this.#of.path}: ${error instanceof Error ? error.message : String(error)}; listing again`);
        await delay(200, undefined, { signal }).catch(() => {});
      }
    }
  }
}
