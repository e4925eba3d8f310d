/** The life of the process: caches first, then leadership, then controllers; and all of it backwards at the end. */
import type { EventEmitter } from 'node:events';
import type { Cache } from '../kube/cache.ts';
import type { Election, ElectOptions } from '../kube/lease.ts';
import type { Log } from '../kube/log.ts';
import type { Controller } from './controller.ts';
import type { Metrics } from './metrics.ts';

export interface Leadership {
  /** The lease's name, for the metric. */
  name: string;
  /** `elect` of `kube/lease.ts`, bound to a lease and an identity. */
  elect(options: Pick<ElectOptions, 'signal' | 'onLeading'>): Promise<Election>;
  /** Ends the process at once: another one may lead already. */
  onLost(): void;
}

export interface ManagerOptions {
  caches: Pick<Cache, 'run' | 'synced'>[];
  controllers: Pick<Controller, 'name' | 'run' | 'stuck'>[];
  /** Absent: always leading. */
  leadership?: Leadership;
  log: Log;
  metrics: Metrics;
}

export class Manager {
  readonly #options: ManagerOptions;
  #synced = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Runs until the signal aborts, then ends when all is stopped. Rejects when a part fails beyond repair. */
  async run(signal: AbortSignal): Promise<void> {
    const stopCaches = new AbortController();
    const caches = this.#runCaches(stopCaches.signal);
    try {
      await Promise.race([caches, this.#work(signal)]);
    } finally {
      stopCaches.abort(new Error('the process stops'));
    }
    await caches;
  }

  /** Why the process is not ready; empty when it is. A standby is ready: its caches are warm. */
  unready(): string[] {
    return this.#synced ? [] : ['the caches are not complete yet'];
  }

  /** Which reconciles will never end; empty when all is well. */
  stuck(): string[] {
    return this.#options.controllers.flatMap((controller) =>
      controller.stuck().map((key) => `controller ${controller.name} is stuck on ${key}`),
    );
  }

  async #runCaches(signal: AbortSignal): Promise<void> {
    const runs = this.#options.caches.map(async (cache) => {
      await untilAborted(signal, () => cache.run(signal));
      if (!signal.aborted) throw new Error('a cache ended by itself');
    });
    await Promise.all(runs);
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { caches, leadership, log } = this.#options;
    await untilAborted(signal, () => Promise.all(caches.map((cache) => cache.synced(signal))));
    if (signal.aborted) return;
    this.#synced = true;
    log.info('caches complete');
    if (leadership === undefined) await this.#runControllers(signal);
    else await this.#contend(leadership, signal);
  }

  async #contend(leadership: Leadership, signal: AbortSignal): Promise<void> {
    const { metrics, log } = this.#options;
    const name = leadership.name;
    const onLeading = async (leading: AbortSignal): Promise<void> => {
      metrics.leader.set({ name }, 1);
      await this.#runControllers(leading);
    };
    metrics.leader.set({ name }, 0);
    const end = await leadership.elect({ signal, onLeading });
    metrics.leader.set({ name }, 0);
    if (end === 'released') return;
    log.error('leadership lost: the process ends', { lease: name });
    leadership.onLost();
  }

  async #runControllers(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#options.controllers.map((controller) => controller.run(signal)));
  }
}

/** Aborts at the first SIGTERM or SIGINT. A second one ends the process at once, as without a handler. */
export function stopSignal(source: Pick<EventEmitter, 'once'>, log: Log): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT']) {
    source.once(name, () => {
      log.info('stopping', { signal: name });
      stop.abort(new Error(`stopped by ${name}`));
    });
  }
  return stop.signal;
}

/** After an abort, a rejection is but the answer to it. */
async function untilAborted(signal: AbortSignal, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
