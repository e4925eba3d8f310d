/** What a client wrote and what it was told, and what that says about the service. Pure; times in ms since the epoch. */

export interface Write {
  readonly id: number;
  /** When the application handed it over: a client that queues it is late from then on. */
  readonly sentAt: number;
  /** Undefined where the client was never told that the write is safe: it may be there or not. */
  readonly ackedAt: number | undefined;
  /** Why the client gave up. */
  readonly error: string | undefined;
}

/** In the order in which they were sent. */
export type History = readonly Write[];

export function acknowledged(history: History): number[] {
  return history.filter(({ ackedAt }) => ackedAt !== undefined).map(({ id }) => id);
}

/** Acknowledged and not found: what must never be. */
export function lost(acked: Iterable<number>, read: Iterable<number>): number[] {
  const found = new Set(read);
  return [...acked].filter((id) => !found.has(id));
}

/** Each id that was read more than once. */
export function duplicates(read: Iterable<number>): number[] {
  const once = new Set<number>();
  const again = new Set<number>();
  for (const id of read) (once.has(id) ? again : once).add(id);
  return [...again];
}

export interface Keyed {
  key: string;
  id: number;
}

export interface Inversion {
  key: string;
  /** Read later, though written earlier. */
  id: number;
  /** The highest one read before it. */
  after: number;
}

/** Within one key ids grow as they are written; each one that was read behind a higher one. */
export function outOfOrder(read: Iterable<Keyed>): Inversion[] {
  const highest = new Map<string, number>();
  const inversions: Inversion[] = [];
  for (const { key, id } of read) {
    const after = highest.get(key) ?? id;
    if (id < after) inversions.push({ key, id, after });
    highest.set(key, Math.max(after, id));
  }
  return inversions;
}

export interface Gap {
  from: number;
  to: number;
  ms: number;
}

/**
 * Times of at least `thresholdMs` in which nothing was acknowledged, the longest first. They begin with the first
 * hand-over and end with the last one, or with an acknowledgement after it: a service that never comes back must not
 * look better than one that does.
 */
export function gaps(history: History, thresholdMs: number): Gap[] {
  return longestFirst(pauses(timesOf(history))).filter(({ ms }) => ms >= thresholdMs);
}

function timesOf(history: History): number[] {
  const acked = history.flatMap(({ ackedAt }) => ackedAt ?? []).toSorted((one, other) => one - other);
  const [first, last] = [history[0]?.sentAt, history.at(-1)?.sentAt];
  if (first === undefined || last === undefined) return [];
  const end = acked.at(-1) ?? first;
  return [first, ...acked, ...(last > end ? [last] : [])];
}

function pauses(times: readonly number[]): Gap[] {
  return times.slice(1).map((to, index) => {
    const from = times[index] ?? to;
    return { from, to, ms: to - from };
  });
}

function longestFirst(all: Gap[]): Gap[] {
  return all.toSorted((one, other) => other.ms - one.ms);
}

export interface Failure {
  error: string;
  count: number;
  /** The first write that failed so. */
  first: Write;
}

/** The writes that the client gave up, by what it said, in the order of their first appearance. */
export function failures(history: History): Failure[] {
  const byError = new Map<string, Failure>();
  for (const write of history) {
    if (write.error === undefined) continue;
    const { count = 0, first = write } = byError.get(write.error) ?? {};
    byError.set(write.error, { error: write.error, count: count + 1, first });
  }
  return [...byError.values()];
}

const shownErrors = 3;
const shownIds = 10;
const shownCharacters = 200;

/** For the output of a test: a few short lines, however long the history. */
export function report(history: History, what = 'writes'): string {
  const failed = failures(history);
  const sum = failed.reduce((total, { count }) => total + count, 0);
  const [longest] = gaps(history, 0);
  const more = failed.length > shownErrors ? [`  and ${failed.length - shownErrors} other errors`] : [];
  return [
    `${history.length} ${what}, ${acknowledged(history).length} acknowledged, ${sum} failed; ${gapText(longest)}`,
    ...failed.slice(0, shownErrors).map(failureText),
    ...more,
  ].join('\n');
}

function gapText(gap: Gap | undefined): string {
  if (gap === undefined) return 'nothing to measure';
  return `longest gap ${seconds(gap.ms)} from ${isoTime(gap.from)} to ${isoTime(gap.to)}`;
}

function failureText({ error, count, first }: Failure): string {
  return `  ${count} x "${oneLine(error)}", first of write ${first.id} at ${isoTime(first.sentAt)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}

/** What a service still has of a history. Each list but the last is empty where it kept its word. */
export interface Verdict {
  acknowledged: number;
  lost: number[];
  duplicates: number[];
  outOfOrder: Inversion[];
  /** There, though the client gave them up: allowed, since an answer may get lost. */
  unacknowledged: number[];
}

export function judge(history: History, read: readonly Keyed[]): Verdict {
  const acked = acknowledged(history);
  const ids = read.map(({ id }) => id);
  const known = new Set(acked);
  return {
    acknowledged: acked.length,
    lost: lost(acked, ids),
    duplicates: duplicates(ids),
    // Where the client has given a write up, a late one of it may arrive behind later ones.
    outOfOrder: outOfOrder(read.filter(({ id }) => known.has(id))),
    unacknowledged: lost(new Set(ids), acked),
  };
}

export function isKept(verdict: Verdict): boolean {
  return [verdict.lost, verdict.duplicates, verdict.outOfOrder].every((list) => list.length === 0);
}

/** One bounded line. */
export function verdictText(verdict: Verdict): string {
  const inverted = verdict.outOfOrder.map(({ key, id, after }) => `${id} behind ${after} in ${key}`);
  return [
    `of ${verdict.acknowledged} acknowledged: ${few('lost', verdict.lost)}`,
    few('twice', verdict.duplicates),
    few('out of order', inverted),
    `${verdict.unacknowledged.length} there without an acknowledgement`,
  ].join(', ');
}

export function few(word: string, list: readonly (number | string)[]): string {
  if (list.length === 0) return `0 ${word}`;
  const more = list.length > shownIds ? ', …' : '';
  return `${list.length} ${word} (${list.slice(0, shownIds).join(', ')}${more})`;
}
