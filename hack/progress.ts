/** Lines that tell a waiting person what happens, for how long, and how far it got. */

export type Say = (line: string) => void;

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export interface ProgressOptions {
  say: Say;
  /** How far it got, e.g. `1250 of 2100 packages`; empty when unknown. */
  detail?: () => string;
  /** Milliseconds between two lines. */
  everyMs?: number;
  now?: () => number;
}

function line(what: string, ms: number, detail: string): string {
  return `${what} (${duration(ms)}${detail === '' ? '' : `, ${detail}`})`;
}

/** Says `what` with elapsed time now and then until the work is done; short work says nothing. */
export async function withProgress<T>(what: string, options: ProgressOptions, work: () => Promise<T>): Promise<T> {
  const { say, detail = () => '', everyMs = 10_000, now = Date.now } = options;
  const start = now();
  const timer = setInterval(() => say(line(what, now() - start, detail())), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
