/** Many logs as one. */
import type { LogLine } from './line.ts';

export interface Log {
  member: string;
  lines: AsyncGenerator<LogLine>;
}

export interface MemberLine {
  member: string;
  line: LogLine;
}

/** By time, keeping the order of each log; a log is read no further than the line that waits for its turn. */
export async function* mergeByTime(logs: readonly Log[]): AsyncGenerator<MemberLine> {
  const heads = await Promise.all(logs.map(firstOf));
  const open = heads.flatMap((head) => head ?? []);
  try {
    while (open.length > 0) {
      const earliest = open.reduce((one, other) => (other.line.time < one.line.time ? other : one));
      yield { member: earliest.log.member, line: earliest.line };
      const next = await earliest.log.lines.next();
      if (next.done === true) open.splice(open.indexOf(earliest), 1);
      else earliest.line = next.value.time === 0n ? { ...next.value, time: earliest.line.time } : next.value;
    }
  } finally {
    await Promise.all(open.map(({ log }) => log.lines.return(undefined)));
  }
}

interface Head {
  log: Log;
  line: LogLine;
}

async function firstOf(log: Log): Promise<Head | undefined> {
  const first = await log.lines.next();
  return first.done === true ? undefined : { log, line: first.value };
}
