/** Whether the process still does its work. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Longer mean delays mean that lease renewals and probes come too late as well. */
const LONGEST_LOOP_DELAY_MS = 1_000;
const NANOSECONDS_PER_MS = 1e6;

/** Mean delay of the event loop since the last call, in milliseconds. */
export type LoopDelay = () => number;

export function watchLoopDelay(signal: AbortSignal): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  signal.addEventListener('abort', () => histogram.disable(), { once: true });
  return () => meanSinceLastCall(histogram);
}

/** Why the process should be restarted; empty when all is well. */
export function unhealthy(loopDelay: LoopDelay, stuck: string[]): string[] {
  const delayMs = Math.round(loopDelay());
  return delayMs > LONGEST_LOOP_DELAY_MS ? [`the event loop is ${delayMs} ms late`, ...stuck] : stuck;
}

interface DelayHistogram {
  readonly count: number;
  /** Nanoseconds. */
  readonly mean: number;
  reset(): void;
}

function meanSinceLastCall(histogram: DelayHistogram): number {
  const delayMs = histogram.count === 0 ? 0 : histogram.mean / NANOSECONDS_PER_MS;
  histogram.reset();
  return delayMs;
}
