/**
 * An API server in memory: versions, uids, generations, fences, field managers, finalizers, and the history of every
 * change. What it gives out is frozen, so that nobody shares state with it.
 */
import { ApiError } from '../../../operators/kube/api.ts';
import { deepFreeze, isRecord, type JsonRecord } from '../../../operators/kube/json.ts';
import { idOf, type KubeObject, keyOf, type Ref, type Resource, refOf } from '../../../operators/kube/resource.ts';
import { parseSelector } from '../../../operators/kube/selector.ts';
import { specOf, validate, withDefaults } from './admission.ts';
import { applyFields, mergePatch, sameJson } from './apply-fields.ts';

export type Verb = 'create' | 'update' | 'apply' | 'patch' | 'remove';
export type Subresource = 'status' | 'resize' | undefined;

export interface Write {
  actor: string;
  verb: Verb;
  resource: Resource;
  before: KubeObject | undefined;
  /** Undefined once the object is gone. */
  after: KubeObject | undefined;
}

export interface HistoryEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: Resource;
  version: number;
  object: KubeObject;
}

interface Stored {
  resource: Resource;
  object: KubeObject;
  /** By manager: what it set. */
  managers: Map<string, JsonRecord>;
}

export interface Removal {
  preconditions?: { uid: string; resourceVersion?: string };
  propagation?: 'Background' | 'Foreground' | 'Orphan';
}

export const orphanFinalizer = 'orphan';

export class ApiServer {
  readonly history: HistoryEvent[] = [];
  /** Told of every change right after it. */
  readonly observers: ((write: Write) => void)[] = [];
  /** Refuses an object in place of the schema that the real server has. */
  refuses: (object: KubeObject) => string | undefined = () => undefined;
  readonly #stored = new Map<string, Stored>();
  readonly #now: () => number;
  #version = 1000;
  #born = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get version(): number {
    return this.#version;
  }

  get<T extends KubeObject>(resource: Resource<T>, ref: Ref): T | undefined {
    return this.#stored.get(storeKey(resource, ref))?.object as T | undefined;
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace?: string, selector?: string): T[] {
    const selected = parseSelector(selector);
    const prefix = `${idOf(resource)}/`;
    return [...this.#stored]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, { object }]) => object as T)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter(({ metadata }) => selected(metadata.labels ?? {}));
  }

  /** What happened after that version; each version is one event. */
  since(version: number): HistoryEvent[] {
    return this.history.slice(Math.max(0, version - (this.#version - this.history.length)));
  }

  everything(): KubeObject[] {
    return [...this.#stored.values()].map(({ object }) => object);
  }

  create<T extends KubeObject>(actor: string, resource: Resource<T>, object: T): T {
    const key = storeKey(resource, refOf(object));
    if (this.#stored.has(key)) throw new ApiError(409, 'AlreadyExists', `${key} already exists`);
    const managers = new Map([[`update:${actor}`, ownable(object)]]);
    return this.#insert(actor, 'create', { resource, object: plain(object), managers }) as T;
  }

  update<T extends KubeObject>(actor: string, resource: Resource<T>, object: T): T {
    const stored = this.#live(resource, refOf(object));
    fence(stored.object, object.metadata, 409);
    const after = { ...object, metadata: { ...stored.object.metadata, ...object.metadata } };
    return this.#commit(actor, 'update', stored, keepStatus(stored.object, after)) as T;
  }

  /** One actor's change of what is there now, as a controller with a fresh read makes it. */
  modify<T extends KubeObject>(actor: string, resource: Resource<T>, ref: Ref, change: (live: T) => T): T {
    const stored = this.#live(resource, ref);
    return this.#commit(actor, 'update', stored, change(stored.object as T)) as T;
  }

  patch<T extends KubeObject>(actor: string, resource: Resource<T>, ref: Ref, patch: object, sub: Subresource): T {
    const stored = this.#live(resource, ref);
    if ('metadata' in patch && isRecord(patch.metadata)) fence(stored.object, patch.metadata, 422);
    const merged = objectOf(mergePatch(recordOf(stored.object), patch), stored.object);
    const manager = `update:${actor}${sub ?? ''}`;
    stored.managers.set(manager, mergePatch(stored.managers.get(manager) ?? {}, ownable(patch)));
    return this.#commit(actor, 'patch', stored, limit(stored.object, merged, sub)) as T;
  }

  apply<T extends KubeObject>(actor: string, resource: Resource<T>, object: T, manager: string, sub: Subresource): T {
    const stored = this.#stored.get(storeKey(resource, refOf(object)));
    if (stored === undefined) return this.#applyNew(actor, resource, object, manager, sub) as T;
    fence(stored.object, object.metadata, 422);
    const name = `${manager}${sub ?? ''}`;
    const before = stored.managers.get(name) ?? {};
    const others = [...stored.managers].filter(([other]) => other !== name).map(([, fields]) => fields);
    const next = ownable(plain(object));
    const merged = objectOf(applyFields(recordOf(stored.object), before, next, others), stored.object);
    const after = limit(stored.object, merged, sub);
    this.#check(stored.object, after);
    stored.managers.set(name, next);
    return this.#commit(actor, 'apply', stored, after) as T;
  }

  remove(actor: string, resource: Resource, ref: Ref, options: Removal): KubeObject | undefined {
    const stored = this.#stored.get(storeKey(resource, ref));
    if (stored === undefined) return undefined;
    fence(stored.object, options.preconditions ?? {}, 409);
    const { metadata } = stored.object;
    if (metadata.deletionTimestamp !== undefined) return stored.object;
    const orphan = options.propagation === 'Orphan' ? [orphanFinalizer] : [];
    const finalizers = [...(metadata.finalizers ?? []), ...orphan];
    // A kubelet ends the processes first; it then erases the pod.
    const lingers = finalizers.length > 0 || (stored.object.kind === 'Pod' && 'nodeName' in specOf(stored.object));
    if (!lingers) return this.#erase(actor, stored);
    const deletionTimestamp = this.#time();
    return this.#commit(actor, 'remove', stored, {
      ...stored.object,
      metadata: { ...metadata, finalizers, deletionTimestamp },
    });
  }

  /** The end of a pod's grace period. */
  erase(actor: string, resource: Resource, ref: Ref): void {
    const stored = this.#stored.get(storeKey(resource, ref));
    if (stored !== undefined) this.#erase(actor, stored);
  }

  #applyNew(actor: string, resource: Resource, object: KubeObject, manager: string, sub: Subresource): KubeObject {
    const key = storeKey(resource, refOf(object));
    if (sub !== undefined) throw new ApiError(404, 'NotFound', `${key} not found`);
    if (object.metadata.uid !== undefined) throw new ApiError(409, 'Conflict', `${key} with this uid is gone`);
    const bare = plain(object);
    return this.#insert(actor, 'apply', { resource, object: bare, managers: new Map([[manager, ownable(bare)]]) });
  }

  #insert(actor: string, verb: Verb, stored: Stored): KubeObject {
    const object = withDefaults(stored.object);
    this.#check(undefined, object);
    this.#born += 1;
    const uid = `00000000-0000-4000-8000-${String(this.#born).padStart(12, '0')}`;
    const fresh = { uid, creationTimestamp: this.#time(), generation: 1 };
    stored.object = { ...object, metadata: { ...object.metadata, ...fresh } };
    this.#stored.set(storeKey(stored.resource, refOf(object)), stored);
    return this.#record(actor, verb, 'ADDED', stored, undefined);
  }

  /** Nothing is written where nothing differs, as the real server does. */
  #commit(actor: string, verb: Verb, stored: Stored, after: KubeObject): KubeObject {
    const before = stored.object;
    if (sameJson(before, after)) return before;
    this.#check(before, after);
    const { generation = 1 } = before.metadata;
    const changed = !sameJson(specOf(before), specOf(after));
    const metadata = { ...after.metadata, generation: changed ? generation + 1 : generation };
    stored.object = { ...after, metadata };
    const written = this.#record(actor, verb, 'MODIFIED', stored, before);
    const { deletionTimestamp, finalizers = [] } = metadata;
    const ends = deletionTimestamp !== undefined && finalizers.length === 0 && after.kind !== 'Pod';
    if (ends) this.#erase(actor, stored);
    return written;
  }

  #erase(actor: string, stored: Stored): undefined {
    this.#stored.delete(storeKey(stored.resource, refOf(stored.object)));
    const before = stored.object;
    this.#record(actor, 'remove', 'DELETED', stored, before);
  }

  #record(
    actor: string,
    verb: Verb,
    type: HistoryEvent['type'],
    stored: Stored,
    before: KubeObject | undefined,
  ): KubeObject {
    this.#version += 1;
    const { resource } = stored;
    const metadata = { ...stored.object.metadata, resourceVersion: String(this.#version) };
    const object = deepFreeze({ ...stored.object, metadata });
    stored.object = object;
    this.history.push({ type, resource, version: this.#version, object });
    const after = type === 'DELETED' ? undefined : object;
    for (const observer of this.observers) observer({ actor, verb, resource, before, after });
    return object;
  }

  #check(before: KubeObject | undefined, after: KubeObject): void {
    validate(before, after);
    const refusal = this.refuses(after);
    if (refusal !== undefined) throw new ApiError(422, 'Invalid', refusal);
  }

  #live(resource: Resource, ref: Ref): Stored {
    const stored = this.#stored.get(storeKey(resource, ref));
    if (stored === undefined) throw new ApiError(404, 'NotFound', `${storeKey(resource, ref)} not found`);
    return stored;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function storeKey(resource: Resource, ref: Ref): string {
  return `${idOf(resource)}/${keyOf(ref)}`;
}

/** Without what is only there for the writer, e.g. keys whose value is undefined. */
function plain(object: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(object)) as KubeObject;
}

function recordOf(value: object): JsonRecord {
  return isRecord(value) ? value : {};
}

/** Apply and patch report another uid as an immutable field (422), delete and update as a conflict. */
function fence(live: KubeObject, wanted: { uid?: unknown; resourceVersion?: unknown }, uidStatus: 409 | 422): void {
  const { uid, resourceVersion } = live.metadata;
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    const causes = [{ field: 'metadata.uid', reason: 'FieldValueInvalid' }];
    throw new ApiError(uidStatus, uidStatus === 409 ? 'Conflict' : 'Invalid', 'another uid', undefined, { causes });
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw new ApiError(409, 'Conflict', 'the object has been modified');
  }
}

/** What a manager can own of what it sent. */
function ownable(sent: object): JsonRecord {
  const { apiVersion: _version, kind: _kind, ...fields } = recordOf(sent);
  if (!isRecord(fields['metadata'])) return fields;
  const { name: _name, namespace: _namespace, uid: _uid, resourceVersion: _rv, ...metadata } = fields['metadata'];
  return { ...fields, metadata };
}

function objectOf(record: JsonRecord, live: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = live;
  const { name, uid, resourceVersion } = metadata;
  const merged = isRecord(record['metadata']) ? record['metadata'] : {};
  const kept = { ...merged, name, ...(uid === undefined ? {} : { uid }) };
  return { ...record, apiVersion, kind, metadata: { ...kept, ...(resourceVersion ? { resourceVersion } : {}) } };
}

/** A write goes to the object or to its status, never to both. */
function limit(live: KubeObject, after: KubeObject, sub: Subresource): KubeObject {
  if (sub !== 'status') return keepStatus(live, after);
  const { status, ...rest } = { status: undefined, ...live };
  return 'status' in after ? { ...rest, ...{ status: after.status } } : { ...rest, ...{ status } };
}

function keepStatus(live: KubeObject, after: KubeObject): KubeObject {
  const { status: _status, ...rest } = { status: undefined, ...after };
  return 'status' in live ? { ...rest, ...{ status: live.status } } : rest;
}
