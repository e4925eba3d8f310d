/** A clock that moves only when a test says so. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../kube/clock.ts';

interface Sleeper {
  at: number;
  wake(): void;
}

/** Lets every promise that can go on do so. */
export async function settle(): Promise<void> {
  await setImmediate();
}

export class FakeClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #now: number;

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', () => this.#cancel(sleeper, () => reject(signal.reason)), { once: true });
    });
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Wakes every sleeper that falls due, in order of time, and lets the consequences of each unfold before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#dueBefore(end); next !== undefined; next = this.#dueBefore(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#now = end;
  }

  #dueBefore(end: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at <= end && (first === undefined || sleeper.at < first.at)) first = sleeper;
    }
    return first;
  }

  #cancel(sleeper: Sleeper, reject: () => void): void {
    if (this.#sleepers.delete(sleeper)) reject();
  }
}
