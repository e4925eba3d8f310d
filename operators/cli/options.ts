/** Options that several verbs have. A verb takes them into its own table; `everywhere` is added to each. */
import { durationMs } from '../kube/duration.ts';
import type { OptionTable, ParsedArgs } from './command.ts';

export const everywhere = {
  namespace: { type: 'string', short: 'n', value: 'NAMESPACE', summary: "The namespace; the context's if left out." },
  context: { type: 'string', value: 'CONTEXT', summary: 'The context of the kubeconfig; its current one if left out.' },
  kubeconfig: { type: 'string', value: 'FILE', summary: 'The kubeconfig; as kubectl finds it if left out.' },
  help: { type: 'boolean', short: 'h', summary: 'What the verb does and takes.' },
} as const satisfies OptionTable;

/** For verbs that answer by `Output.show`. */
export const output = {
  output: {
    type: 'string',
    short: 'o',
    value: 'FORMAT',
    choices: ['json', 'yaml'],
    summary: 'The whole answer for programs.',
  },
} as const satisfies OptionTable;

export const allNamespaces = {
  'all-namespaces': { type: 'boolean', short: 'A', summary: 'Every namespace.' },
} as const satisfies OptionTable;

export const timeout = {
  timeout: {
    type: 'string',
    value: 'DURATION',
    summary: 'The longest wait, such as 90s or 15m; without an end if left out.',
  },
} as const satisfies OptionTable;

/** For verbs that begin something. */
export const waiting = {
  wait: { type: 'boolean', summary: 'Show the plan until it is complete.' },
  ...timeout,
} as const satisfies OptionTable;

/** How long to wait, in milliseconds, `undefined` without an end; or what is wrong with how it is said. */
export type Limit = { ms: number | undefined } | { message: string };

export function timeoutOf(args: ParsedArgs): Limit {
  const text = args.text('timeout');
  if (text === undefined) return { ms: undefined };
  const ms = durationMs(text);
  return ms === undefined ? { message: `--timeout must be a duration such as 90s or 15m, not ${text}` } : { ms };
}

/** `undefined` for no wait at all. */
export function waitOf(args: ParsedArgs): Limit | undefined {
  if (args.has('wait')) return timeoutOf(args);
  return args.has('timeout') ? { message: '--timeout is for --wait' } : undefined;
}
