/** Measurements as tables for a terminal. */

import type { Decision } from './decide.ts';
import type { MemberTiming, Timing } from './deploy.ts';
import type { EntityTiming } from './entities.ts';
import type { Large } from './large.ts';
import type { Load } from './load.ts';
import type { RollTiming } from './roll.ts';

export type Row = string[];

export function table(rows: Row[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

const seconds = (value: number): string => value.toFixed(1);

export function timingTable({ kind, total, members }: Timing): string {
  const ordered = members.toSorted((one, other) => one.ready - other.ready);
  const rows = ordered.map((member) => [member.name, ...parts(member)]);
  const last = ordered.at(-1)?.ready ?? 0;
  const head = ['member', 'placed at', 'process up at', 'ready at', 'own start took'];
  return `${kind}: apply to Ready ${seconds(total)} s, of it ${seconds(total - last)} s after the last member was ready\n${table([head, ...rows])}`;
}

function parts({ placed, started, ready }: MemberTiming): string[] {
  return [placed, started, ready, ready - started].map(seconds);
}

export function loadTable(loads: Load[]): string {
  const head = ['operator while', 'seconds', 'CPU %', 'RSS MiB', 'requests', 'reconciles', 'requests per reconcile'];
  const rows = loads.map((load) => [
    load.what,
    seconds(load.seconds),
    load.cpuPercent.toFixed(1),
    load.residentMiB.toFixed(0),
    String(load.requests),
    String(load.reconciles),
    (load.requests / Math.max(1, load.reconciles)).toFixed(2),
  ]);
  return table([head, ...rows]);
}

export function rollTable({ kind, total, noticed, firstDown, down }: RollTiming): string {
  const rows = down.map(({ name, seconds: away }) => [name, seconds(away)]);
  const sum = down.reduce((all, { seconds: away }) => all + away, 0);
  const head = `${kind}, a change that restarts all: ${seconds(total)} s, ${(total / sum).toFixed(2)} times the time that members were down; status showed it after ${seconds(noticed)} s, the first went after ${seconds(firstDown)} s`;
  return `${head}\n${table([['member', 'seconds down'], ...rows])}`;
}

export function decisionTable(decisions: Decision[]): string {
  return table([['decision', 'ms'], ...decisions.map(({ what, milliseconds }) => [what, milliseconds.toFixed(2)])]);
}

/** With all plans open and every step shown. */
export function statusTable(services: readonly Large[]): string {
  return table([
    ['status of', 'KiB'],
    ...services.map((each) => [each.what, String(Math.ceil(each.statusBytes / 1024))]),
  ]);
}

export function entityTable(timings: readonly EntityTiming[]): string {
  const rows = timings.map(({ what, created, changed, deleted }) => [
    what,
    ...[created, changed, deleted].map(seconds),
  ]);
  return table([['seconds for all of', 'to create', 'to change', 'to delete'], ...rows]);
}
