/** What the usage of a verb says of its arguments: `SERVICE [PLAN [PHASE]]`, `bash|zsh|fish`, `[WORD...]`. */

export interface Argument {
  /** `SERVICE`; or what may stand there, `bash|zsh|fish`. */
  name: string;
  required: boolean;
  /** Any number of them. */
  repeated: boolean;
}

export function argumentsOf(usage: string): Argument[] {
  const words = usage.split(' ').filter((word) => word !== '');
  const firstOptional = words.findIndex((word) => word.startsWith('['));
  return words.map((word, index) => ({
    name: word.replace(/[[\].]/g, ''),
    required: firstOptional < 0 || index < firstOptional,
    repeated: word.includes('...'),
  }));
}

/** What is wrong with so many arguments, if anything. */
export function takes(usage: string, count: number): string | undefined {
  const all = argumentsOf(usage);
  const missing = all.filter(({ required }, index) => required && index >= count);
  if (missing.length > 0) return `needs ${missing.map(({ name }) => name).join(' and ')}`;
  if (count <= all.length || all.at(-1)?.repeated === true) return undefined;
  return usage === '' ? 'takes no arguments' : `takes ${usage} and nothing more`;
}
