/**
 * The few verbs of the Kubernetes API that Stateward uses. `client.ts` speaks them over HTTP; tests wrap or replace
 * this interface to crash after a write, delay an event or answer with an error.
 */
import type { KubeObject, Ref, Resource } from './resource.ts';

export interface CallOptions {
  /** Ends the call, whatever it is doing. */
  signal: AbortSignal;
  /** Longest time for one attempt, in milliseconds. */
  timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  namespace?: string;
  labelSelector?: string;
  /** Items per page; the server may send fewer. */
  limit?: number;
  continueToken?: string;
}

export interface ListPage<T extends KubeObject> {
  items: T[];
  resourceVersion: string;
  continueToken?: string;
}

export interface WatchOptions {
  signal: AbortSignal;
  namespace?: string;
  labelSelector?: string;
  resourceVersion: string;
  /** The server ends the watch after this time; seconds. */
  timeoutSeconds: number;
}

export type WatchEvent<T extends KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; resourceVersion: string };

export interface ApplyOptions extends CallOptions {
  /** The field manager: one per controller, another for status. */
  manager: string;
  subresource?: 'status';
  /** Validates and answers as if applied, without storing. */
  dryRun?: boolean;
}

export interface PatchOptions extends CallOptions {
  subresource?: 'status' | 'resize';
}

export interface DeleteOptions extends CallOptions {
  /** The call fails with Conflict if the live object is another one or has moved on. */
  preconditions: { uid: string; resourceVersion?: string };
  propagation: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

/**
 * Every call rejects with `ApiError` when the server refuses, with `ConnectionError` when it gives no whole answer, and
 * with the signal's reason when aborted. `read` answers `undefined` where the object does not exist.
 */
export interface KubeApi {
  read<T extends KubeObject>(resource: Resource<T>, ref: Ref, options: CallOptions): Promise<T | undefined>;
  list<T extends KubeObject>(resource: Resource<T>, options: ListOptions): Promise<ListPage<T>>;
  /** Ends quietly when the server closes the stream; throws `ApiError` on an ERROR event (410 included). */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options: CallOptions): Promise<T>;
  /** Full replacement; `metadata.resourceVersion` is required and fences the write. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options: CallOptions): Promise<T>;
  /** Server-side apply with force and strict field validation. */
  apply<T extends KubeObject>(resource: Resource<T>, object: T, options: ApplyOptions): Promise<T>;
  /** JSON merge patch; put `metadata.resourceVersion` (and `uid`) in the patch to fence it. */
  patch<T extends KubeObject>(resource: Resource<T>, ref: Ref, patch: object, options: PatchOptions): Promise<T>;
  /** Answers the object while finalizers or its grace period keep it, and `undefined` when it is gone. */
  remove(resource: Resource, ref: Ref, options: DeleteOptions): Promise<KubeObject | undefined>;
}

/** One finding of the server about one field, e.g. of an object that does not validate. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface ApiErrorOptions extends ErrorOptions {
  causes?: StatusCause[];
}

/** A refusal by the API server, as its `Status` object says it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Machine-readable, e.g. `NotFound`, `Conflict`, `Invalid`, `Expired`. */
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly StatusCause[];

  constructor(status: number, reason: string, message: string, retryAfterMs?: number, options?: ApiErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.causes = options?.causes ?? [];
  }

  /** Somebody else wrote first, or the object is another one by now: read again and decide anew. */
  get isConflict(): boolean {
    // Apply and patch report another uid as an immutable field.
    return this.status === 409 || (this.status === 422 && this.causes.some(({ field }) => field === 'metadata.uid'));
  }

  /** The object is not there. Of a kind that the server does not know it says so in no `Status`, and that is not this. */
  get isNotFound(): boolean {
    return this.status === 404 && this.reason === 'NotFound';
  }

  /** The resource version is too old to watch from: list again. */
  get isExpired(): boolean {
    return this.status === 410;
  }
}

/** The server gave no whole answer. Unless the connection was never made, the call may have been carried out. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** The request never left: repeating it is safe whatever it does. */
  readonly unsent: boolean;

  constructor(message: string, options: ErrorOptions & { unsent: boolean }) {
    super(message, options);
    this.unsent = options.unsent;
  }
}
