/**
 * Maintenance windows (`spec.updates.windows`): when members may be disrupted by choice.
 *
 * A window is open from each time that its schedule names for as long as its duration says, in time that really passes:
 * where clocks change meanwhile, neither more nor less. A time that is left out when clocks go forward counts at the
 * moment they do, and one that comes twice counts once, as Vixie cron has it.
 */
import { Cron } from 'croner';
import type { UpdateWindow } from '../../crds/common.ts';
import { durationMs } from '../kube/duration.ts';

export type WindowState = { open: true } | { open: false; opensAt: Date | undefined };

/**
 * No windows at all, also an empty list, are always open. A window that `windowProblems` complains about never is, and
 * `opensAt` is undefined where no window ever opens.
 */
export function windowState(windows: readonly UpdateWindow[] | undefined, now: Date): WindowState {
  if (windows === undefined || windows.length === 0) return { open: true };
  const openings = windows.flatMap((window) => openingOf(window, now) ?? []);
  if (openings.some((opening) => opening <= now)) return { open: true };
  const opensAt = openings.toSorted((a, b) => a.getTime() - b.getTime())[0];
  return { open: false, opensAt };
}

/** The first opening that has not ended: only ever looking forward, since going back over a clock change is ambiguous. */
function openingOf({ schedule, timeZone, duration }: UpdateWindow, now: Date): Date | undefined {
  const cron = isTimeZone(timeZone) ? readCron(schedule, timeZone) : undefined;
  const length = durationMs(duration) ?? 0;
  if (!(cron instanceof Cron) || length === 0) return undefined;
  return cron.nextRun(new Date(now.getTime() - length)) ?? undefined;
}

/** The error says why a schedule cannot be read. */
function readCron(schedule: string, timeZone: string): Cron | Error {
  try {
    return new Cron(schedule, { timezone: timeZone, mode: '5-part', fixedTimeRule: 'no-wildcard' });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What the schema cannot see: each names its field and what is wrong with it. */
export function windowProblems(windows: readonly UpdateWindow[] | undefined): string[] {
  return (windows ?? []).flatMap((window, index) => {
    const path = `spec.updates.windows[${index}]`;
    return [
      ...scheduleProblems(window.schedule).map((why) => `${path}.schedule: ${why}`),
      ...durationProblems(window.duration).map((why) => `${path}.duration: ${why}`),
      ...timeZoneProblems(window.timeZone).map((why) => `${path}.timeZone: ${why}`),
    ];
  });
}

function scheduleProblems(schedule: string): string[] {
  const cron = readCron(schedule, 'UTC');
  if (cron instanceof Error)
    return [`"${schedule}" is no cron schedule: ${cron.message.replace(/^CronPattern: /, '')}`];
  return isNever(cron) ? [`"${schedule}" never comes: none of its months has such a day`] : [];
}

/** Five cron fields know no year: what does not come from here on never comes. */
function isNever(cron: Cron): boolean {
  return cron.nextRun(new Date(Date.UTC(2000, 0, 1))) === null;
}

function durationProblems(duration: string): string[] {
  const length = durationMs(duration);
  if (length === undefined) return [`"${duration}" is no duration such as 90s, 30m or 2h30m`];
  return length === 0 ? [`a window that lasts ${duration} is never open`] : [];
}

function timeZoneProblems(timeZone: string): string[] {
  return isTimeZone(timeZone) ? [] : [`there is no time zone "${timeZone}"; write one such as UTC or Europe/Berlin`];
}
