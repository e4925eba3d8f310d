/** What a run writes: lines and tables for people, JSON or YAML for programs, and a picture that is drawn anew in place. */
import { stringify } from 'yaml';
import type { Format, Output } from './command.ts';

export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** The size of the terminal that `out` is; absent where it is a file or a pipe. */
  readonly terminal?: { columns: number; rows: number } | undefined;
}

const GAP = '   ';

export function createOutput(streams: Streams, format: Format): Output {
  const line = (text: string): void => streams.out(`${printable(text)}\n`);
  return {
    format,
    isTerminal: streams.terminal !== undefined,
    line,
    table: (columns, rows) => tableLines(columns, rows).forEach(line),
    show: (value, text) => (format === 'text' ? text() : streams.out(encoded(value, format))),
    draw: drawing(streams),
    error: (text) => streams.err(`${printable(text)}\n`),
  };
}

function encoded(value: unknown, format: Exclude<Format, 'text'>): string {
  return format === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value, { lineWidth: 0 });
}

/** Messages hold what processes wrote to their logs: nothing of that may move the cursor of who reads it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must go
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');
}

export function tableLines(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const cells = [columns, ...rows].map((row) => row.map(cell));
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** An empty cell would move what follows it out of its column for who reads it with `awk`. */
function cell(text: string): string {
  return text === '' ? '-' : printable(text.replaceAll('\n', ' '));
}

function drawing(streams: Streams): (text: string) => void {
  let drawn: string | undefined;
  let height = 0;
  return (text) => {
    const { terminal } = streams;
    const picture = terminal === undefined ? printable(text) : fitted(printable(text), terminal);
    if (picture === drawn) return;
    drawn = picture;
    streams.out(`${height > 0 ? `\u001b[${height}A\u001b[J` : ''}${picture}\n`);
    if (terminal !== undefined) height = picture.split('\n').length;
  };
}

/** The cursor can only go back to what is still on the screen, and a line that the terminal wraps would count once. */
function fitted(text: string, { columns, rows }: { columns: number; rows: number }): string {
  const lines = text.split('\n').flatMap((line) => wrapped(line, Math.max(columns - 1, 1)));
  const most = Math.max(rows - 1, 2);
  if (lines.length <= most) return lines.join('\n');
  return [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more lines`].join('\n');
}

function wrapped(line: string, width: number): string[] {
  const count = Math.max(1, Math.ceil(line.length / width));
  return Array.from({ length: count }, (_, part) => line.slice(part * width, (part + 1) * width));
}
