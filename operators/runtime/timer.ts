/** Timers on an injected clock. */
import type { Clock } from '../kube/clock.ts';

/** Runs `action` after `ms`, unless `cancelled` aborts first. */
export function later(clock: Clock, ms: number, cancelled: AbortSignal, action: () => void): void {
  const ignoreCancel = (reason: unknown): void => {
    if (!cancelled.aborted) throw reason;
  };
  clock.sleep(ms, cancelled).then(action, ignoreCancel);
}
