/** A small API server in memory: versions, uids, conflicts, preconditions. Apply merges and knows no field owners. */
import { ApiError, type KubeApi, type WatchEvent } from '../api.ts';
import { isRecord, type JsonRecord } from '../json.ts';
import { idOf, type KubeObject, keyOf, type Ref, type Resource, refOf } from '../resource.ts';

export interface Recorded {
  verb: string;
  key: string;
  body?: unknown;
}

export class MemoryApi implements KubeApi {
  readonly calls: Recorded[] = [];
  /** Throws in place of the next calls that it names; or does something in between. */
  before: (call: Recorded) => void | Promise<void> = () => {};
  readonly #objects = new Map<string, KubeObject>();
  #version = 100;

  writes(): Recorded[] {
    return this.calls.filter(({ verb }) => verb !== 'read' && verb !== 'list');
  }

  async read<T extends KubeObject>(resource: Resource<T>, ref: Ref): Promise<T | undefined> {
    await this.#called('read', resource, ref);
    return this.#get(resource, ref);
  }

  async list<T extends KubeObject>(resource: Resource<T>): Promise<{ items: T[]; resourceVersion: string }> {
    await this.#called('list', resource, { name: '' });
    const items = [...this.#objects].filter(([key]) => key.startsWith(`${idOf(resource)}/`)).map(([, o]) => o as T);
    return { items: structuredClone(items), resourceVersion: String(this.#version) };
  }

  async *watch<T extends KubeObject>(
    _resource: Resource<T>,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<WatchEvent<T>> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    await this.#called('create', resource, refOf(object), object);
    if (this.#get(resource, refOf(object)) !== undefined) throw new ApiError(409, 'AlreadyExists', 'exists');
    return this.#store(resource, object);
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    await this.#called('update', resource, refOf(object), object);
    const live = this.#live(resource, refOf(object));
    this.#fence(live, object.metadata);
    return this.#store(resource, { ...object, metadata: { ...live.metadata, ...object.metadata } });
  }

  async apply<T extends KubeObject>(resource: Resource<T>, object: T, options?: { subresource?: string }): Promise<T> {
    await this.#called('apply', resource, refOf(object), object);
    const live = this.#get(resource, refOf(object));
    if (live === undefined) return this.#store(resource, object);
    this.#fence(live, object.metadata);
    // All of a status is of one manager: what it leaves out is gone.
    const kept = options?.subresource === 'status' ? { ...live, status: undefined } : live;
    return this.#store(resource, merge(kept, object) as T);
  }

  async patch<T extends KubeObject>(resource: Resource<T>, ref: Ref, patch: object): Promise<T> {
    await this.#called('patch', resource, ref, patch);
    const live = this.#live(resource, ref);
    if ('metadata' in patch && isRecord(patch.metadata)) this.#fence(live, patch.metadata);
    return this.#store(resource, merge(live, patch) as T);
  }

  async remove(
    resource: Resource,
    ref: Ref,
    options: { preconditions: { uid: string; resourceVersion?: string } },
  ): Promise<KubeObject | undefined> {
    await this.#called('remove', resource, ref, options.preconditions);
    const live = this.#get(resource, ref);
    if (live === undefined) return undefined;
    this.#fence(live, options.preconditions);
    this.#objects.delete(`${idOf(resource)}/${keyOf(ref)}`);
    this.#version += 1;
    return undefined;
  }

  async #called(verb: string, resource: Resource, ref: Ref, body?: unknown): Promise<void> {
    const call = { verb, key: `${idOf(resource)}/${keyOf(ref)}`, body: structuredClone(body) };
    this.calls.push(call);
    await this.before(call);
  }

  #get<T extends KubeObject>(resource: Resource<T>, ref: Ref): T | undefined {
    return structuredClone(this.#objects.get(`${idOf(resource)}/${keyOf(ref)}`)) as T | undefined;
  }

  #live<T extends KubeObject>(resource: Resource<T>, ref: Ref): T {
    const live = this.#get(resource, ref);
    if (live === undefined) throw new ApiError(404, 'NotFound', 'not found');
    return live;
  }

  #fence(live: KubeObject, wanted: { uid?: unknown; resourceVersion?: unknown }): void {
    const { uid, resourceVersion } = live.metadata;
    if (wanted.uid !== undefined && wanted.uid !== uid) throw new ApiError(409, 'Conflict', 'another uid');
    if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
      throw new ApiError(409, 'Conflict', 'another version');
    }
  }

  #store<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const key = `${idOf(resource)}/${keyOf(refOf(object))}`;
    const before = this.#objects.get(key);
    const bare = (o: KubeObject) => JSON.stringify({ ...o, metadata: { ...o.metadata, resourceVersion: '' } });
    if (before !== undefined && bare(before) === bare(object)) return structuredClone(before) as T;
    this.#version += 1;
    const uid = before?.metadata.uid ?? `uid-${this.#version}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(this.#version) } };
    this.#objects.set(key, structuredClone(stored));
    return stored;
  }
}

function merge(live: object, patch: object): JsonRecord {
  const result: JsonRecord = { ...live };
  for (const [name, value] of Object.entries(patch)) {
    const before = result[name];
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = isRecord(value) ? merge(isRecord(before) ? before : {}, value) : value;
  }
  return result;
}
