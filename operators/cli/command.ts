/**
 * What a verb of `kubectl stateward` is. Each file of `commands/` exports its verbs as constants of the type `Command`;
 * `commands/index.ts` is the table of them, of which help, completion and docs/cli.md are made.
 */
import type { KubeApi } from '../kube/api.ts';
import type { Clock } from '../kube/clock.ts';
import type { Session } from '../kube/session.ts';

/** How a run ends: what a shell sees in `$?`. */
export const exit = {
  ok: 0,
  /** It failed, or what was asked for is not so. */
  failure: 1,
  /** The words on the command line make no sense. */
  usage: 2,
  /** As `timeout` of coreutils has it. */
  timeout: 124,
  /** By Ctrl-C, as a shell has it. */
  interrupted: 130,
} as const;

export interface Context {
  api: KubeApi;
  /** For what `api` has no call for, such as the log of a container. */
  session: Session;
  namespace: string;
  /** `-A` was given, by a command that has the option. */
  allNamespaces: boolean;
  out: Output;
  /** Ends with Ctrl-C. */
  signal: AbortSignal;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
}

export type Format = 'text' | 'json' | 'yaml';

export interface Output {
  /** What `-o` asked for. */
  readonly format: Format;
  /** Whether somebody looks at it: then it may be drawn anew in place. */
  readonly isTerminal: boolean;
  /** Text with a newline at its end. */
  line(text: string): void;
  /** Columns as wide as their widest cell; nothing of a table without rows. */
  table(columns: readonly string[], rows: readonly (readonly string[])[]): void;
  /** As JSON or YAML where `-o` asks for it, else what `text` writes. */
  show(value: unknown, text: () => void): void;
  /** On a terminal it takes the place of what was drawn before, elsewhere it is written below if it differs. */
  draw(text: string): void;
  /** To the error stream, so that it is never taken for a result. */
  error(text: string): void;
}

export interface Option {
  type: 'boolean' | 'string';
  /** One letter. */
  short?: string;
  /** May be given several times. */
  multiple?: true;
  /** What stands for the value in the help, such as FILE; strings only. */
  value?: string;
  /** The only values there are. */
  choices?: readonly string[];
  /** One sentence. */
  summary: string;
}

/** By long name, without the dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

export interface ParsedArgs {
  /** What `usage` names, in its order: as many as it allows. */
  readonly positionals: readonly string[];
  /** A flag that was given. */
  has(option: string): boolean;
  /** The value of a string option, the last one where it was given several times. */
  text(option: string): string | undefined;
  /** Every value of a string option. */
  texts(option: string): readonly string[];
}

/** What help, completion and the reference page say of it. */
export interface Described {
  /** The words that call it, such as `plan pause`; a word that begins with `--` is an option that belongs to the name. */
  name: string;
  /** Other words for the same, in full: what DC/OS users type. */
  aliases?: readonly string[];
  /** One line, in the imperative and without a full stop. */
  summary: string;
  /** The arguments: `SERVICE [PLAN [PHASE]]`, `[COMMAND...]`. How many there may be is read from it. */
  usage: string;
  /** Markdown: what the summary leaves open. */
  details?: string;
  /** Beside those that every command has (`options.ts`). */
  options?: OptionTable;
}

/** Answers the exit code. Refusals by the API server and lost connections may be thrown: they are told in one place. */
export interface Command extends Described {
  run(context: Context, args: ParsedArgs): Promise<number>;
}

/** Needs no cluster. */
export interface LocalCommand extends Described {
  runLocal(out: Output, args: ParsedArgs): number;
}

export type AnyCommand = Command | LocalCommand;
