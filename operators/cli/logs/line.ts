/** A line of a container's log as the API server sends it with `timestamps`. */

export interface LogLine {
  /** Nanoseconds since the epoch; 0 where the line says none. */
  time: bigint;
  /** The same as text, for `sinceTime`. */
  stamp: string;
  text: string;
}

/** RFC 3339 in the time zone of the node, with up to nine fraction digits (kubelet `RFC3339NanoFixed`). */
const STAMPED =
  /^(?<seconds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,9}))?(?<zone>Z|[+-]\d\d:\d\d)(?: (?<text>.*))?$/s;

export function readLogLine(line: string): LogLine {
  const parts = STAMPED.exec(line)?.groups;
  if (parts === undefined) return { time: 0n, stamp: '', text: line };
  const { seconds = '', fraction = '', zone = '', text = '' } = parts;
  const time = BigInt(Date.parse(`${seconds}${zone}`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return { time, stamp: line.slice(0, line.length - text.length).trimEnd(), text };
}
