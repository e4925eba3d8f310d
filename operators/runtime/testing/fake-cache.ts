/** A cache that a test fills by hand. */
import type { Cache, Change } from '../../kube/cache.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';

type Handler = (change: Change<KubeObject>) => void;

export class FakeCache implements Pick<Cache, 'run' | 'synced' | 'onChange'> {
  readonly #handlers = new Map<string, Handler[]>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  runs = 0;

  async run(signal: AbortSignal): Promise<void> {
    this.runs += 1;
    await Promise.race([aborted(signal), this.#over.promise]);
    this.runs -= 1;
  }

  async synced(signal: AbortSignal): Promise<void> {
    const stopped = aborted(signal).then(() => signal.throwIfAborted());
    await Promise.race([this.#ready.promise, stopped]);
  }

  onChange<T extends KubeObject>(resource: Resource<T>, handler: (change: Change<T>) => void): void {
    const known = this.#handlers.get(resource.kind) ?? [];
    this.#handlers.set(resource.kind, [...known, handler as Handler]);
  }

  /** The first list is complete. */
  complete(): void {
    this.#ready.resolve();
  }

  /** Ends `run` without having been told to. */
  end(): void {
    this.#over.resolve();
  }

  fail(error: Error): void {
    this.#over.reject(error);
  }

  emit(change: Change<KubeObject>): void {
    for (const handler of this.#handlers.get(change.object.kind) ?? []) handler(change);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
