/** One run of the command line: words, verb, connection, answer. */
import type { KubeApi } from '../kube/api.ts';
import type { Clock } from '../kube/clock.ts';
import type { Session } from '../kube/session.ts';
import { type AnyCommand, type Command, type Context, exit, type Format, type ParsedArgs } from './command.ts';
import { completions, type Lookup, noCompletion } from './complete.ts';
import { describeFailure } from './failures.ts';
import { overview, verbHelp } from './help.ts';
import { namesFor } from './names.ts';
import { everywhere } from './options.ts';
import { createOutput, type Streams } from './output.ts';
import { readCall, roughly } from './parse.ts';

/** Where the cluster is, as far as the command line says so. */
export interface Target {
  context?: string;
  kubeconfig?: string;
}

export interface Connection {
  api: KubeApi;
  session: Session;
  /** Of the context. */
  namespace: string;
  close(): Promise<void>;
}

export interface Shell {
  streams: Streams;
  signal: AbortSignal;
  clock: Clock;
  random: () => number;
  connect(target: Target): Promise<Connection>;
}

/** Answers the exit code. */
export async function run(argv: readonly string[], commands: readonly AnyCommand[], shell: Shell): Promise<number> {
  const call = readCall(argv, commands);
  switch (call.kind) {
    case 'Help':
      shell.streams.out(call.command === undefined ? overview(commands) : verbHelp(call.command));
      return exit.ok;
    case 'Complete':
      return completeWords(call.words, commands, shell);
    case 'Wrong':
      return refuse(call.message, call.command, shell);
    case 'Run':
      return guarded(shell, () => runCommand(call.command, call.args, shell));
    default:
      return call satisfies never;
  }
}

function refuse(message: string, command: AnyCommand | undefined, { streams }: Shell): number {
  const out = createOutput(streams, 'text');
  const verb = command === undefined ? '' : ` ${command.name}`;
  out.error(`${message}; see: kubectl stateward${verb} --help`);
  return exit.usage;
}

async function runCommand(command: AnyCommand, args: ParsedArgs, shell: Shell): Promise<number> {
  const out = createOutput(shell.streams, formatOf(args));
  if ('runLocal' in command) return command.runLocal(out, args);
  return connected(command, args, shell, out);
}

async function connected(command: Command, args: ParsedArgs, shell: Shell, out: Context['out']): Promise<number> {
  const { signal, clock, random } = shell;
  const connection = await shell.connect(targetOf((option) => args.text(option)));
  try {
    const { api, session } = connection;
    const namespace = args.text('namespace') ?? connection.namespace;
    const allNamespaces = args.has('all-namespaces');
    return await command.run({ api, session, namespace, allNamespaces, out, signal, clock, random }, args);
  } finally {
    await connection.close();
  }
}

function targetOf(value: (option: string) => string | undefined): Target {
  const [context, kubeconfig] = [value('context'), value('kubeconfig')];
  return { ...(context === undefined ? {} : { context }), ...(kubeconfig === undefined ? {} : { kubeconfig }) };
}

/** Whatever goes wrong: somebody is in the middle of a line, and only wants no help then. */
async function completeWords(words: readonly string[], commands: readonly AnyCommand[], shell: Shell): Promise<number> {
  const { values } = roughly(words, everywhere);
  const lookup: Lookup = async (argument, given) => {
    const connection = await shell.connect(targetOf((option) => values.get(option)));
    try {
      const namespace = values.get('namespace') ?? connection.namespace;
      return await namesFor(argument, given, { ...connection, namespace, signal: shell.signal });
    } finally {
      await connection.close();
    }
  };
  const found = await completions(words, commands, lookup).catch(() => noCompletion);
  shell.streams.out([...found.candidates, found.directive, ''].join('\n'));
  return exit.ok;
}

function formatOf(args: ParsedArgs): Format {
  const format = args.text('output');
  return format === 'json' || format === 'yaml' ? format : 'text';
}

async function guarded({ streams, signal }: Shell, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) return exit.interrupted;
    createOutput(streams, 'text').error(describeFailure(error));
    return exit.failure;
  }
}
