/** Lengths of time as people write them, and as specs have them. */

const DURATION = /^(?=\d)(?:(?<hours>\d+)h)?(?:(?<minutes>\d+)m)?(?:(?<seconds>\d+)s)?$/;

/** `90s`, `4h` or `2h30m` in milliseconds; `undefined` where the text is no duration. */
export function durationMs(text: string): number | undefined {
  const parts = DURATION.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { hours = 0, minutes = 0, seconds = 0 } = parts;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}
