/** Runs a command to its end and answers with what it printed. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  signal: AbortSignal;
  /** Longest time for the command, in milliseconds; 60 s unless given. */
  timeoutMs?: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  input?: string;
  /** Sees each chunk of standard error as it comes. */
  onStderr?: (chunk: string) => void;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The last of standard error, for callers that tell expected refusals from real ones. */
  readonly stderr: string;

  constructor(command: string, args: readonly string[], outcome: string, stderr: string) {
    const shown = [command, ...args].join(' ').slice(0, 300);
    super(`${shown}: ${outcome}${stderr === '' ? '' : `\n${stderr.trimEnd().slice(-2000)}`}`);
    this.stderr = stderr;
  }
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `ended by ${signal ?? 'a signal'}` : `exit status ${code}`;
}

/** Resolves with standard output; rejects with `CommandError` on any other end than status 0. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { signal, timeoutMs = 60_000, cwd, env, input } = options;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, { cwd, env, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-20_000);
    options.onStderr?.(chunk);
  });
  child.on('error', (error) => reject(new CommandError(command, args, error.message, stderr)));
  child.on('close', (code, ended) => {
    if (code === 0) resolve(stdout);
    else reject(new CommandError(command, args, outcomeOf(code, ended), stderr));
  });
  child.stdin.on('error', () => {}); // a command that does not read its input is no fault of ours
  child.stdin.end(input ?? '');
  return promise;
}
