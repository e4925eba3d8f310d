/** The Kubernetes API over HTTP, in plain JSON both ways. */
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeApi,
  ListOptions,
  ListPage,
  PatchOptions,
  WatchEvent,
  WatchOptions,
} from './api.ts';
import { ApiError } from './api.ts';
import { isRecord } from './json.ts';
import { decodeObject } from './object.ts';
import { type Call, connectionError, send, stream, type Transport, type Verb } from './request.ts';
import { type KubeObject, type Ref, type Resource, refOf } from './resource.ts';
import { readEvents } from './watch.ts';

export interface ClientOptions extends Transport {
  /** A watch that is silent for so long is taken for dead; the server sends a bookmark about every minute. */
  watchIdleMs?: number;
}

const TIMEOUT_MS = 30_000;
const WATCH_IDLE_MS = 180_000;
const APPLY_TYPE = 'application/apply-patch+yaml';
const MERGE_TYPE = 'application/merge-patch+json';
const JSON_TYPE = 'application/json';

export function createClient(options: ClientOptions): KubeApi {
  return new HttpApi(options);
}

interface Shape {
  verb: Verb;
  method: Call['method'];
  repeatable: boolean;
  path: string;
  query?: Call['query'];
  body?: unknown;
  contentType?: string;
}

class HttpApi implements KubeApi {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async read<T extends KubeObject>(resource: Resource<T>, ref: Ref, options: CallOptions): Promise<T | undefined> {
    const path = pathOf(resource, ref.namespace, ref.name);
    try {
      return decodeObject(resource, await this.#send(resource, options, { ...GET, verb: 'get', path }));
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions): Promise<ListPage<T>> {
    const { labelSelector, limit } = options;
    const query = { labelSelector, limit, continue: options.continueToken };
    const path = pathOf(resource, options.namespace);
    return decodePage(resource, await this.#send(resource, options, { ...GET, verb: 'list', path, query }));
  }

  async *watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const { labelSelector, resourceVersion, timeoutSeconds, signal } = options;
    const query = { watch: 1, allowWatchBookmarks: true, resourceVersion, timeoutSeconds, labelSelector };
    const path = pathOf(resource, options.namespace);
    const call: Call = { ...GET, verb: 'watch', resource, path, query, signal, timeoutMs: TIMEOUT_MS };
    const body = await stream(this.#options, call, this.#options.watchIdleMs ?? WATCH_IDLE_MS);
    try {
      yield* readEvents(resource, body);
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(call, error);
    } finally {
      body.destroy();
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: CallOptions): Promise<T> {
    const path = pathOf(resource, object.metadata.namespace);
    return this.#write(resource, options, { ...POST, path, body: object });
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: CallOptions): Promise<T> {
    return this.#write(resource, options, { ...PUT, path: pathOfObject(resource, object), body: object });
  }

  async apply<T extends KubeObject>(resource: Resource<T>, object: T, options: ApplyOptions): Promise<T> {
    const { manager, subresource, dryRun } = options;
    const query = { fieldManager: manager, force: true, dryRun: dryRun === true ? 'All' : undefined };
    return this.#write(resource, options, {
      ...APPLY,
      path: pathOfObject(resource, object, subresource),
      query,
      body: object,
    });
  }

  async patch<T extends KubeObject>(resource: Resource<T>, ref: Ref, patch: object, options: PatchOptions): Promise<T> {
    const path = pathOf(resource, ref.namespace, ref.name, options.subresource);
    return this.#write(resource, options, { ...MERGE, path, body: patch });
  }

  async remove(resource: Resource, ref: Ref, options: DeleteOptions): Promise<KubeObject | undefined> {
    const path = pathOf(resource, ref.namespace, ref.name);
    try {
      const body = deleteBody(options);
      const answer = await this.#send(resource, options, { ...DELETE, path, body, contentType: JSON_TYPE });
      return decodeLingering(resource, answer);
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    }
  }

  async #write<T extends KubeObject>(resource: Resource<T>, options: CallOptions, shape: Shape): Promise<T> {
    const query = { ...shape.query, fieldValidation: 'Strict' };
    return decodeObject(resource, await this.#send(resource, options, { ...shape, query }));
  }

  #send(resource: Resource, options: CallOptions, shape: Shape): Promise<unknown> {
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    // The server gives up when nobody waits any more.
    const query = { ...shape.query, timeout: `${Math.ceil(timeoutMs / 1000)}s` };
    return send(this.#options, { ...shape, query, resource, timeoutMs, signal: options.signal });
  }
}

const GET = { method: 'GET', repeatable: true } as const;
const POST = { verb: 'create', method: 'POST', repeatable: false, contentType: JSON_TYPE } as const;
const PUT = { verb: 'update', method: 'PUT', repeatable: false, contentType: JSON_TYPE } as const;
const APPLY = { verb: 'apply', method: 'PATCH', repeatable: true, contentType: APPLY_TYPE } as const;
const MERGE = { verb: 'patch', method: 'PATCH', repeatable: false, contentType: MERGE_TYPE } as const;
/** The uid precondition makes a second delete harmless: it can never hit a successor of the same name. */
const DELETE = { verb: 'delete', method: 'DELETE', repeatable: true } as const;

function pathOfObject(resource: Resource, object: KubeObject, subresource?: string): string {
  const { namespace, name } = refOf(object);
  return pathOf(resource, namespace, name, subresource);
}

function pathOf(resource: Resource, namespace?: string, name?: string, subresource?: string): string {
  const root = resource.group === '' ? ['api'] : ['apis', resource.group];
  const scope = resource.namespaced && namespace !== undefined ? ['namespaces', namespace] : [];
  const parts = [...root, resource.version, ...scope, resource.plural, name, subresource];
  return parts.flatMap((part) => (part === undefined ? [] : [`/${encodeURIComponent(part)}`])).join('');
}

function decodePage<T extends KubeObject>(resource: Resource<T>, answer: unknown): ListPage<T> {
  const metadata = isRecord(answer) && isRecord(answer['metadata']) ? answer['metadata'] : {};
  const { resourceVersion, continue: token } = metadata;
  const items = isRecord(answer) ? (answer['items'] ?? []) : undefined;
  if (!Array.isArray(items) || typeof resourceVersion !== 'string') {
    throw new Error(`The server sent something that is not a list of ${resource.kind}`);
  }
  return {
    items: items.map((item: unknown) => decodeObject(resource, item)),
    resourceVersion,
    ...(typeof token === 'string' && token !== '' ? { continueToken: token } : {}),
  };
}

function deleteBody(options: DeleteOptions): object {
  const { preconditions, propagation, gracePeriodSeconds } = options;
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: propagation, gracePeriodSeconds };
}

/** Some kinds answer with the object as it was last; only a deletion timestamp says that it still exists. */
function decodeLingering(resource: Resource, answer: unknown): KubeObject | undefined {
  if (!isRecord(answer) || answer['kind'] === 'Status') return undefined;
  const object = decodeObject(resource, answer);
  return object.metadata.deletionTimestamp === undefined ? undefined : object;
}
