/** From the words of a command line to a verb and its arguments. Pure. */
import { parseArgs } from 'node:util';
import type { AnyCommand, Described, Option, OptionTable, ParsedArgs } from './command.ts';
import { everywhere } from './options.ts';
import { takes } from './usage.ts';

export type Call =
  | { kind: 'Run'; command: AnyCommand; args: ParsedArgs }
  /** `--help`; without a verb the list of them. */
  | { kind: 'Help'; command?: AnyCommand }
  /** A shell asks what the last of these words could become. */
  | { kind: 'Complete'; words: readonly string[] }
  | { kind: 'Wrong'; message: string; command?: AnyCommand };

/** What the scripts of `completion` call; the second word keeps the others from being read as options of ours. */
export const completing = ['__complete', '--'] as const;

/** What runs where no verb is named. */
const byDefault = 'list';

/** DC/OS and kubectl say them so. */
const nouns: Readonly<Record<string, string>> = {
  plans: 'plan',
  pod: 'member',
  pods: 'member',
  members: 'member',
  endpoint: 'endpoints',
  services: 'service',
};

/** `values` holds each option that was given, with its values. */
export function parsedArgs(positionals: readonly string[], values: ReadonlyMap<string, readonly string[]>): ParsedArgs {
  return {
    positionals,
    has: (option) => values.has(option),
    text: (option) => values.get(option)?.at(-1),
    texts: (option) => values.get(option) ?? [],
  };
}

export function readCall(argv: readonly string[], commands: readonly AnyCommand[]): Call {
  if (argv[0] === completing[0] && argv[1] === completing[1]) return { kind: 'Complete', words: argv.slice(2) };
  const { words, flags } = roughly(argv, everywhere);
  const match = matchVerb(words, flags, commands);
  if (match === undefined) return { kind: 'Wrong', message: `there is no verb ${words.slice(0, 2).join(' ')}` };
  if (isHelp(flags)) return words.length === 0 ? { kind: 'Help' } : { kind: 'Help', command: match.command };
  return readArguments(argv, match);
}

export interface Rough {
  words: string[];
  /** As written, with their dashes. */
  flags: Set<string>;
  values: Map<string, string>;
}

/** Without a complaint about anything. */
export function roughly(argv: readonly string[], table: OptionTable): Rough {
  const rough: Rough = { words: [], flags: new Set(), values: new Map() };
  for (const token of tokens(argv, table)) {
    if (token.kind === 'positional') rough.words.push(token.value);
    if (token.kind === 'option') rough.flags.add(token.rawName);
    if (token.kind === 'option' && token.value !== undefined) rough.values.set(token.name, token.value);
  }
  return rough;
}

function isHelp(flags: ReadonlySet<string>): boolean {
  return flags.has('--help') || flags.has('-h');
}

export interface Match {
  command: AnyCommand;
  /** How many words of the command line name the verb. */
  words: number;
  /** The options that belong to its name. */
  flags: string[];
}

/** The longest name that the words begin with. */
export function matchVerb(
  words: readonly string[],
  flags: ReadonlySet<string>,
  commands: readonly AnyCommand[],
): Match | undefined {
  const start = words.length === 0 ? [byDefault] : words;
  const matches = commands.flatMap((command) =>
    [command.name, ...(command.aliases ?? [])].flatMap((name) => matchName(command, name, start, flags) ?? []),
  );
  const [best] = matches.sort((one, other) => weight(other) - weight(one));
  return best === undefined || words.length > 0 ? best : { ...best, words: 0 };
}

function weight({ words, flags }: Match): number {
  return words + flags.length;
}

function matchName(
  command: AnyCommand,
  name: string,
  given: readonly string[],
  flags: ReadonlySet<string>,
): Match | undefined {
  const parts = name.split(' ');
  const words = parts.filter((part) => !part.startsWith('--'));
  const own = parts.filter((part) => part.startsWith('--'));
  const fits = words.every((word, index) => word === given[index] || word === nouns[given[index] ?? '']);
  return fits && own.every((flag) => flags.has(flag)) ? { command, words: words.length, flags: own } : undefined;
}

function readArguments(argv: readonly string[], { command, words, flags }: Match): Call {
  const own = Object.fromEntries(flags.map((flag) => [flag.slice(2), { type: 'boolean', summary: '' } as const]));
  const table: OptionTable = { ...everywhere, ...command.options, ...own };
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens(argv, table)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const message = problemOf(token, table[token.name], command);
    if (message !== undefined) return { kind: 'Wrong', message, command };
    values.set(token.name, [...(values.get(token.name) ?? []), ...(token.value === undefined ? [] : [token.value])]);
  }
  const rest = positionals.slice(words);
  const message = takes(command.usage, rest.length) ?? conflict(values, table);
  if (message !== undefined) return { kind: 'Wrong', message: `${command.name} ${message}`, command };
  return { kind: 'Run', command, args: parsedArgs(rest, values) };
}

interface OptionToken {
  name: string;
  rawName: string;
  value: string | undefined;
}

function problemOf(
  { rawName, value }: OptionToken,
  option: Option | undefined,
  { name }: Described,
): string | undefined {
  if (option === undefined) return `${rawName} is no option of ${name}`;
  if (option.type === 'boolean') return value === undefined ? undefined : `${rawName} takes no value`;
  if (value === undefined || value === '') return `${rawName} needs a value`;
  if (option.choices === undefined || option.choices.includes(value)) return undefined;
  return `${rawName} must be ${option.choices.join(' or ')}, not ${value}`;
}

function conflict(values: ReadonlyMap<string, readonly string[]>, table: OptionTable): string | undefined {
  const twice = [...values].find(([name, given]) => given.length > 1 && table[name]?.multiple !== true);
  return twice === undefined ? undefined : `takes --${twice[0]} once`;
}

function tokens(argv: readonly string[], table: OptionTable) {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, short }]) => [
      name,
      { type, multiple: true, ...(short === undefined ? {} : { short }) } as const,
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}
