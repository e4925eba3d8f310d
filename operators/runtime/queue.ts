/**
 * A keyed work queue. Invariants:
 * - a key is at most once in the ready lists, and never while it is being worked on;
 * - a key that is ready has no delay pending: the earliest wish wins, and the next reconcile decides anew;
 * - an `add` during work is remembered, so that the key is worked on once more after that moment;
 * - a key that has been worked on rests: what is added meanwhile is worked on together, at the end of its rest.
 */
import type { Clock } from '../kube/clock.ts';
import { later } from './timer.ts';

/** The most urgent first. */
export const priorities = ['SpecChange', 'OwnedEvent', 'Resync'] as const;
export type Priority = (typeof priorities)[number];

const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 5 * 60_000;
/** A longer Node.js timer fires at once; waking early from a wait of weeks does no harm. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export interface Taken {
  key: string;
  priority: Priority;
}

/** What a queue tells about itself; times in seconds. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  depth(priority: Priority, keys: number): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
}

interface Running {
  since: number;
  again: Priority | undefined;
  rests: boolean;
}

interface Delay {
  at: number;
  priority: Priority;
  cancel: AbortController;
}

export class Queue {
  readonly #clock: Clock;
  readonly #observer: QueueObserver;
  /** Key to the moment it became ready, oldest first. */
  readonly #ready: Record<Priority, Map<string, number>> = {
    SpecChange: new Map(),
    OwnedEvent: new Map(),
    Resync: new Map(),
  };
  readonly #running = new Map<string, Running>();
  readonly #delays = new Map<string, Delay>();
  readonly #failures = new Map<string, number>();
  readonly #idle: ((taken: Taken | undefined) => void)[] = [];
  readonly #restMs: number;
  readonly #closed = new AbortController();

  /** @param restMs - how long a key rests */
  constructor(clock: Clock, observer: QueueObserver, restMs = 0) {
    this.#clock = clock;
    this.#observer = observer;
    this.#restMs = restMs;
  }

  add(key: string, priority: Priority): void {
    if (this.#isClosed) return;
    const wanted = higher(priority, this.#dropDelay(key));
    const running = this.#running.get(key);
    if (running === undefined) this.#enqueue(key, wanted);
    else this.#markDirty(running, wanted);
  }

  /** Adds the key after `ms`, unless it is due earlier anyway. */
  addAfter(key: string, ms: number, priority: Priority): void {
    if (ms <= 0) this.add(key, priority);
    else if (!this.#isClosed && !this.#dueNow(key)) this.#addLater(key, ms, priority);
  }

  /** Adds the key after a wait that doubles with each failure in a row; answers the wait in milliseconds. */
  retry(key: string, priority: Priority): number {
    const failures = this.#failures.get(key) ?? 0;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
    this.#failures.set(key, failures + 1);
    this.#observer.retried();
    this.addAfter(key, waitMs, priority);
    return waitMs;
  }

  /** The next failure of this key counts as the first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The most urgent key, as soon as there is one; `undefined` once the queue is closed. Call `done` afterwards. */
  take(): Promise<Taken | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const next = this.#next();
    if (next !== undefined) return Promise.resolve(next);
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  done(key: string): void {
    const running = this.#running.get(key);
    if (running === undefined || running.rests) throw new Error(`done without take: ${key}`);
    this.#observer.worked(this.#secondsSince(running.since));
    running.rests = true;
    if (this.#restMs === 0) this.#wake(key, running);
    else later(this.#clock, this.#restMs, this.#closed.signal, () => this.#wake(key, running));
  }

  #wake(key: string, { again }: Running): void {
    this.#running.delete(key);
    if (again !== undefined && !this.#isClosed) this.#enqueue(key, again);
  }

  /** Hands out nothing more, and drops what waits: a restart lists everything again. */
  close(): void {
    this.#closed.abort();
    for (const delay of this.#delays.values()) delay.cancel.abort();
    this.#delays.clear();
    for (const resolve of this.#idle.splice(0)) resolve(undefined);
  }

  /** Keys ready to be taken. */
  get depth(): number {
    return priorities.reduce((sum, priority) => sum + this.#ready[priority].size, 0);
  }

  /** For each key being worked on: seconds so far. */
  runningSeconds(): number[] {
    const working = [...this.#running.values()].filter(({ rests }) => !rests);
    return working.map(({ since }) => this.#secondsSince(since));
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  #enqueue(key: string, priority: Priority): void {
    const queued = this.#queuedAt(key);
    if (queued !== undefined && higher(priority, queued) === queued) return;
    const since = this.#leave(key, queued) ?? this.#clock.now();
    this.#ready[priority].set(key, since);
    if (queued === undefined) this.#observer.added();
    this.#observer.depth(priority, this.#ready[priority].size);
    this.#handOut();
  }

  #leave(key: string, queued: Priority | undefined): number | undefined {
    if (queued === undefined) return undefined;
    const since = this.#ready[queued].get(key);
    this.#ready[queued].delete(key);
    this.#observer.depth(queued, this.#ready[queued].size);
    return since;
  }

  #markDirty(running: Running, priority: Priority): void {
    if (running.again === undefined) this.#observer.added();
    running.again = higher(priority, running.again);
  }

  #handOut(): void {
    const resolve = this.#idle.shift();
    if (resolve !== undefined) resolve(this.#next());
  }

  #next(): Taken | undefined {
    for (const priority of priorities) {
      for (const [key, since] of this.#ready[priority]) {
        this.#leave(key, priority);
        this.#running.set(key, { since: this.#clock.now(), again: undefined, rests: false });
        this.#observer.waited(this.#secondsSince(since));
        return { key, priority };
      }
    }
    return undefined;
  }

  #addLater(key: string, ms: number, priority: Priority): void {
    const at = this.#clock.now() + Math.min(ms, LONGEST_DELAY_MS);
    const pending = this.#delays.get(key);
    if (pending !== undefined && pending.at <= at) pending.priority = higher(priority, pending.priority);
    else this.#delay(key, at, higher(priority, this.#dropDelay(key)));
  }

  #delay(key: string, at: number, priority: Priority): void {
    const delay = { at, priority, cancel: new AbortController() };
    this.#delays.set(key, delay);
    later(this.#clock, at - this.#clock.now(), delay.cancel.signal, () => {
      // The timer may have fired in the same turn in which a later call replaced it.
      if (this.#delays.get(key) === delay) this.add(key, delay.priority);
    });
  }

  #dropDelay(key: string): Priority | undefined {
    const delay = this.#delays.get(key);
    delay?.cancel.abort();
    this.#delays.delete(key);
    return delay?.priority;
  }

  #dueNow(key: string): boolean {
    return this.#running.get(key)?.again !== undefined || this.#queuedAt(key) !== undefined;
  }

  #queuedAt(key: string): Priority | undefined {
    return priorities.find((priority) => this.#ready[priority].has(key));
  }

  #secondsSince(moment: number): number {
    return Math.max(0, this.#clock.now() - moment) / 1000;
  }
}

function higher(one: Priority, other: Priority | undefined): Priority {
  if (other === undefined) return one;
  return priorities.indexOf(one) <= priorities.indexOf(other) ? one : other;
}
