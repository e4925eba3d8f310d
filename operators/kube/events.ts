/** Events about objects, for people who look with kubectl: aggregated, limited, and never in anybody's way. */
import { ApiError, type KubeApi } from './api.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { events, type KubeObject } from './resource.ts';
import { microTime } from './time.ts';

export interface EventFields {
  type: 'Normal' | 'Warning';
  /** CamelCase, machine-readable; 128 characters. */
  reason: string;
  /** What was done or refused, CamelCase; 128 characters. */
  action: string;
  /** For people; cut at 1 kB. */
  note: string;
  /** Tells events apart that differ in more than their note, e.g. a member's name. */
  noteKey?: string;
}

export interface Recorder {
  /** Returns at once and never throws. */
  emit(regarding: KubeObject, fields: EventFields): void;
  /** Sends what was emitted, until aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RecorderOptions {
  api: KubeApi;
  clock: Clock;
  log: Log;
  /** In [0, 1); part of the names of events. */
  random: () => number;
  /** E.g. `stateward.dev/kafka`. */
  controller: string;
  /** E.g. the pod's name. */
  instance: string;
}

interface SeriesEvent extends KubeObject {
  series?: { count: number; lastObservedTime: string };
}

interface Series {
  regarding: KubeObject;
  fields: EventFields;
  firstAt: number;
  lastAt: number;
  count: number;
  /** How many of `count` the server knows. */
  sent: number;
  sentAt: number;
  event: KubeObject | undefined;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Repeats within this time are one series. */
const SERIES_MS = 360_000;
/** How often the count of a series is brought up to date. */
const REFRESH_MS = 30_000;
const ROUND_MS = 1_000;
/** As client-go: a burst of 25 for each object, then one in five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_SERIES = 2_000;
const TIMEOUT_MS = 10_000;
const NOTE_LENGTH = 1024;

export function createRecorder(options: RecorderOptions): Recorder {
  return new EventRecorder(options);
}

class EventRecorder implements Recorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  emit(regarding: KubeObject, fields: EventFields): void {
    const now = this.#options.clock.now();
    const key = seriesKey(regarding, fields);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt < SERIES_MS) {
      known.count += 1;
      known.lastAt = now;
    } else if (this.#series.size < MAX_SERIES && this.#mayStart(regarding, now)) {
      const times = { firstAt: now, lastAt: now, sentAt: Number.NEGATIVE_INFINITY };
      this.#series.set(key, { regarding, fields, ...times, count: 1, sent: 0, event: undefined });
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#round(signal);
      await this.#options.clock.sleep(ROUND_MS, signal).catch(() => {});
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.now();
    for (const [key, series] of this.#series) {
      if (signal.aborted) return;
      if (series.count > series.sent && now - series.sentAt >= REFRESH_MS) await this.#send(series, now, signal);
      else if (now - series.lastAt >= SERIES_MS) this.#series.delete(key);
    }
    for (const [uid, bucket] of this.#buckets) {
      if (refilled(bucket, now) >= BURST) this.#buckets.delete(uid);
    }
  }

  /** An event that cannot be sent is tried again with the next refresh, and forgotten with its series. */
  async #send(series: Series, now: number, signal: AbortSignal): Promise<void> {
    const { count } = series;
    series.sentAt = now;
    try {
      series.event = await this.#write(series, now, signal);
      series.sent = count;
    } catch (error) {
      if (isHopeless(error)) series.sent = count;
      this.#options.log.debug('an event was not recorded', { reason: series.fields.reason, error });
    }
  }

  async #write(series: Series, now: number, signal: AbortSignal): Promise<KubeObject> {
    const { api } = this.#options;
    const options = { signal, timeoutMs: TIMEOUT_MS };
    if (series.event !== undefined) {
      const { namespace, name } = series.event.metadata;
      const ref = namespace === undefined ? { name } : { namespace, name };
      try {
        return await api.patch(events, ref, { series: seriesOf(series) }, options);
      } catch (error) {
        // The server forgets events after an hour.
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      }
    }
    return api.create(events, this.#eventOf(series, now), options);
  }

  #eventOf(series: Series, now: number): SeriesEvent {
    const { controller, instance, random } = this.#options;
    const { regarding, fields } = series;
    const { apiVersion, kind } = regarding;
    const { name, namespace, uid, resourceVersion } = regarding.metadata;
    const unique = `${Math.trunc(now).toString(16)}${Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')}`;
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 220)}.${unique}`, namespace: namespace ?? 'default' },
      eventTime: microTime(series.firstAt),
      reportingController: controller,
      reportingInstance: instance.slice(0, 128),
      regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
      type: fields.type,
      reason: fields.reason.slice(0, 128),
      action: fields.action.slice(0, 128),
      note: shortened(fields.note),
    };
    return series.count > 1 ? { ...event, series: seriesOf(series) } : event;
  }

  #mayStart(regarding: KubeObject, now: number): boolean {
    const uid = regarding.metadata.uid ?? regarding.metadata.name;
    const bucket = this.#buckets.get(uid) ?? { tokens: BURST, filledAt: now };
    const tokens = refilled(bucket, now);
    if (tokens < 1) return false;
    this.#buckets.set(uid, { tokens: tokens - 1, filledAt: now });
    return true;
  }
}

function refilled(bucket: Bucket, now: number): number {
  return Math.min(BURST, bucket.tokens + Math.max(0, now - bucket.filledAt) / REFILL_MS);
}

function seriesKey(regarding: KubeObject, fields: EventFields): string {
  const { uid, name } = regarding.metadata;
  return JSON.stringify([
    regarding.kind,
    uid ?? name,
    fields.type,
    fields.reason,
    fields.action,
    fields.noteKey ?? fields.note,
  ]);
}

function seriesOf(series: Series): { count: number; lastObservedTime: string } {
  return { count: series.count, lastObservedTime: microTime(series.lastAt) };
}

/** The limit counts bytes. */
function shortened(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= NOTE_LENGTH) return note;
  return `${bytes
    .subarray(0, NOTE_LENGTH - 6)
    .toString('utf8')
    .replace(/\uFFFD$/, '')}…`;
}

/** Refused for what it is, or its namespace is going away: it would be refused again. */
function isHopeless(error: unknown): boolean {
  return error instanceof ApiError && [400, 403, 404, 422].includes(error.status);
}
