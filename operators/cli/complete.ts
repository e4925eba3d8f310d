/** What the last word of an unfinished command line could become. */
import type { AnyCommand, Option, OptionTable } from './command.ts';
import { everywhere } from './options.ts';
import { matchVerb, roughly } from './parse.ts';
import { argumentsOf } from './usage.ts';

/** The names that may stand for an argument such as PLAN, given the arguments before it. */
export type Lookup = (argument: string, given: readonly string[]) => Promise<string[]>;

export interface Completions {
  candidates: string[];
  /** As cobra has it, which kubectl understands: 0 lets the shell offer files, 4 does not. */
  directive: ':0' | ':4';
}

export const noCompletion: Completions = { candidates: [], directive: ':4' };

const files: Completions = { candidates: [], directive: ':0' };

export async function completions(
  words: readonly string[],
  commands: readonly AnyCommand[],
  lookup: Lookup,
): Promise<Completions> {
  const [current, before] = [words.at(-1) ?? '', words.slice(0, -1)];
  const rough = roughly(before, everywhere);
  const match = rough.words.length === 0 ? undefined : matchVerb(rough.words, rough.flags, commands);
  const table: OptionTable = { ...match?.command.options, ...everywhere };
  const asked = optionAt(before.at(-1), table);
  if (asked?.value === 'FILE') return files;
  if (asked !== undefined) return startingWith(current, asked.choices ?? []);
  const verbs = nextWords(rough.words, commands);
  if (current.startsWith('-'))
    return startingWith(current, [...verbs, ...Object.keys(table).map((name) => `--${name}`)]);
  if (match === undefined) return startingWith(current, verbs);
  const given = roughly(before, table).words.slice(match.words);
  const names = await namesOf(match.command, given, commands, lookup);
  return startingWith(current, [...verbs, ...names]);
}

/** The option whose value comes next. */
function optionAt(word: string | undefined, table: OptionTable): Option | undefined {
  const entry = Object.entries(table).find(([name, { short }]) => word === `--${name}` || word === `-${short}`);
  return entry?.[1].type === 'string' ? entry[1] : undefined;
}

/** What follows these words in the name of a verb. */
function nextWords(words: readonly string[], commands: readonly AnyCommand[]): string[] {
  const names = commands.map(({ name }) => name.split(' '));
  return names.flatMap((parts) =>
    words.every((word, index) => word === parts[index]) ? (parts[words.length] ?? []) : [],
  );
}

async function namesOf(
  { usage }: AnyCommand,
  given: readonly string[],
  commands: readonly AnyCommand[],
  lookup: Lookup,
): Promise<string[]> {
  const all = argumentsOf(usage);
  const argument = all[given.length] ?? all.find(({ repeated }) => repeated);
  if (argument === undefined) return [];
  if (argument.name.includes('|')) return argument.name.split('|');
  return argument.name === 'VERB' ? nextWords(given, commands) : lookup(argument.name, given);
}

function startingWith(current: string, words: readonly string[]): Completions {
  const fitting = [...new Set(words)].filter(
    (word) => word.startsWith(current) && (current !== '' || !word.startsWith('-')),
  );
  return { candidates: fitting.sort(), directive: ':4' };
}
