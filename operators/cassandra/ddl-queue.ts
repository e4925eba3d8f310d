/**
 * Changes of the schema and of the roles of one service, one after another: Cassandra makes two that come at once into
 * two schemas that it has to reconcile. The superuser's own come before the service is published, and all others after.
 */
export class DdlQueue {
  /** What was begun last, by service. */
  readonly #last = new Map<string, Promise<void>>();

  /** @param key - `namespace/name` of the CassandraCluster */
  async run<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(() => {
      signal.throwIfAborted();
      return work();
    });
    const ended = mine.then(
      () => {},
      () => {},
    );
    this.#last.set(key, ended);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
