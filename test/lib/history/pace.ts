/** Hands numbers to a client at a steady pace, whatever the service does, and writes down what becomes of each. */
import type { Clock } from '../../../operators/kube/clock.ts';
import type { History, Write } from './history.ts';

export interface Pace {
  /** Numbers per second; they are 0, 1, 2, … */
  perSecond: number;
  /** Handed over in one turn; 1 unless given. */
  together?: number;
  /** Number `n` belongs to lane `n % lanes`; a lane has one call at a time, in the order of its numbers. */
  lanes: number;
  /** What waits behind a slow call goes out together, up to so many. */
  batch: number;
}

export interface Pacing extends Pace {
  clock: Clock;
  /**
   * Ends with undefined when all of them are safe, otherwise with why the client gave them up; a rejection is the same.
   * The signal ends with `stop`: nobody waits any longer then, and no answer counts.
   */
  send(ids: readonly number[], lane: number, signal: AbortSignal): Promise<string | undefined>;
  /** How long `stop` waits for answers; ms. */
  drainMs: number;
}

export interface Paced {
  /** So far. */
  history(): History;
  /** No number after this; waits for the answers that are still to come. May be called again. */
  stop(): Promise<History>;
}

type Entry = { -readonly [Key in keyof Write]: Write[Key] };

export const stoppedBefore = 'stopped before the answer';

/** Runs until `stop` or the signal; what has no answer by then is written down as failed. */
export function startPaced(pacing: Pacing, signal: AbortSignal): Paced {
  const run = new Run(pacing, signal);
  return { history: () => run.entries.map((entry) => ({ ...entry })), stop: () => run.stop() };
}

class Run {
  readonly entries: Entry[] = [];
  readonly #pacing: Pacing;
  /** Ends the numbers. */
  readonly #enough = new AbortController();
  /** Ends everything. */
  readonly #cut = new AbortController();
  readonly #waiting: Entry[][];
  readonly #busy = new Map<number, Promise<void>>();
  readonly #ticking: Promise<void>;
  #stopping: Promise<History> | undefined;

  constructor(pacing: Pacing, signal: AbortSignal) {
    this.#pacing = pacing;
    this.#waiting = Array.from({ length: pacing.lanes }, () => []);
    const cut = () => this.#end();
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
    this.#cut.signal.addEventListener('abort', () => signal.removeEventListener('abort', cut), { once: true });
    this.#ticking = this.#tick();
  }

  stop(): Promise<History> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<History> {
    const { clock, drainMs } = this.#pacing;
    this.#enough.abort();
    await this.#ticking;
    const late = clock.sleep(drainMs, this.#cut.signal).catch(() => {});
    await Promise.race([Promise.all(this.#busy.values()), late]);
    this.#end();
    await late;
    await Promise.all(this.#busy.values());
    for (const entry of this.entries) if (entry.ackedAt === undefined) entry.error ??= stoppedBefore;
    return this.entries.map((entry) => ({ ...entry }));
  }

  #end(): void {
    this.#enough.abort();
    this.#cut.abort(new Error(stoppedBefore));
  }

  /** Counts from the start: a process that could not run for a while hands over what was due meanwhile. */
  async #tick(): Promise<void> {
    const { clock, perSecond, together = 1 } = this.#pacing;
    const start = clock.now();
    while (!this.#enough.signal.aborted) {
      const turns = Math.floor(((clock.now() - start) * perSecond) / 1000 / together) + 1;
      const due = turns * together;
      while (this.entries.length < due) this.#handOver();
      const next = start + (this.entries.length * 1000) / perSecond;
      await clock.sleep(Math.max(1, next - clock.now()), this.#enough.signal).catch(() => {});
    }
  }

  #handOver(): void {
    const id = this.entries.length;
    const entry: Entry = { id, sentAt: this.#pacing.clock.now(), ackedAt: undefined, error: undefined };
    this.entries.push(entry);
    const lane = id % this.#pacing.lanes;
    this.#waiting[lane]?.push(entry);
    if (!this.#busy.has(lane)) this.#busy.set(lane, this.#drain(lane));
  }

  async #drain(lane: number): Promise<void> {
    const waiting = this.#waiting[lane] ?? [];
    // What is handed over within one turn goes out together.
    await Promise.resolve();
    while (waiting.length > 0 && !this.#cut.signal.aborted) {
      await this.#sendOne(waiting.splice(0, this.#pacing.batch), lane);
    }
    this.#busy.delete(lane);
  }

  async #sendOne(entries: Entry[], lane: number): Promise<void> {
    const { clock, send } = this.#pacing;
    const { signal } = this.#cut;
    const ids = entries.map(({ id }) => id);
    const error = await unlessAborted(signal, () => send(ids, lane, signal));
    const now = clock.now();
    for (const entry of entries) {
      if (error === undefined) entry.ackedAt = now;
      else entry.error = error;
    }
  }
}

async function unlessAborted(
  signal: AbortSignal,
  send: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const aborted = () => resolve(stoppedBefore);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    return await Promise.race([send().catch(textOf), promise]);
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}

/** What an error says of itself; some carry the stack of another one in their message. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [message = ''] = error.message.split(/\s*\n\s*at /);
  return error.name === 'Error' ? message : `${error.name}: ${message}`;
}
