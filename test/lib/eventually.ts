/** Waiting for a state of the world, with what was seen last when it does not come. */
import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  signal: AbortSignal;
  /** 60 s unless given. */
  timeoutMs?: number;
  /** Between two looks; 100 ms unless given. */
  everyMs?: number;
}

/** Calls `check` until it does not throw, and answers what it answered; what it threw last tells why it never did. */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions): Promise<T> {
  const { signal, timeoutMs = 60_000, everyMs = 100 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw giveUp(timeoutMs, error);
    }
    await delay(everyMs, undefined, { signal });
  }
}

function giveUp(timeoutMs: number, cause: unknown): Error {
  const last = cause instanceof Error ? cause.message : String(cause);
  return new Error(`not within ${timeoutMs / 1000} s; the last look: ${last}`, { cause });
}

/** Looks again and again for the whole time, and fails with the first look that fails. */
export async function throughout(
  check: () => void | Promise<void>,
  options: Required<EventuallyOptions>,
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  while (performance.now() < deadline) {
    await check();
    await delay(options.everyMs, undefined, { signal: options.signal });
  }
}
