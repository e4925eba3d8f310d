/** Clocks for tests. */
import type { Clock } from '../clock.ts';

interface Sleeper {
  at: number;
  wake: () => void;
}

/** Stands still until told to advance. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = Date.UTC(2030, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the time of day without waking anybody, as a clock that is set does. */
  jump(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) sleeper.at += ms;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const end = (settle: () => void) => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const sleeper = { at: this.#now + ms, wake: () => end(resolve) };
      const abort = () => end(() => reject(signal.reason));
      signal.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Wakes everybody due on the way, in order, and lets each act before the next wakes. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    this.#now = end;
  }

  #due(end: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    return due[0];
  }
}

/** Lets everything that is ready to run do so; enough for chains of promises, not for sockets. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Never makes anybody wait: time passes by sleeping. Keeps what was slept. */
export class EagerClock implements Clock {
  readonly slept: number[] = [];
  #now = Date.UTC(2030, 0, 1);

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(ms);
    this.#now += ms;
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}
