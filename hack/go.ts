/** Builds Go programs from modules at pinned versions: each set of sources once, and never half. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { duration, type Say, withProgress } from './progress.ts';
import { CommandError, run } from './run.ts';

export interface BuildOptions {
  cache: string;
  say: Say;
  signal: AbortSignal;
}

export interface GoPrograms {
  /** Of the folder and of the log in the cache. */
  name: string;
  /** As a waiting person is told, e.g. `Kubernetes 1.36.3`. */
  title: string;
  /** How long they take to build, e.g. `about 12 minutes on two cores`. */
  takes: string;
  /** Of go.mod. */
  folder: string;
  /** Everything of ours that goes into them, below the folder. */
  sources: readonly string[];
  packages: readonly string[];
  linkerFlags: string;
  /** Puts beside the programs what else comes with their modules. */
  finish(target: string, options: BuildOptions): Promise<void>;
}

function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
}

export function go(
  args: readonly string[],
  folder: string,
  { signal }: BuildOptions,
  onStderr?: (chunk: string) => void,
): Promise<string> {
  const common = { signal, timeoutMs: 3_600_000, cwd: folder, env: goEnvironment() };
  return run('go', args, onStderr === undefined ? common : { ...common, onStderr });
}

async function keyOf({ folder, sources, packages, linkerFlags }: GoPrograms, options: BuildOptions): Promise<string> {
  const hash = createHash('sha256').update(await go(['version'], folder, options));
  for (const file of sources) hash.update(readFileSync(join(folder, file)));
  return hash.update(packages.join()).update(linkerFlags).digest('hex').slice(0, 12);
}

async function countPackages({ title, folder, packages }: GoPrograms, options: BuildOptions): Promise<number> {
  const work = () => go(['list', '-deps', ...packages], folder, options);
  const listed = await withProgress(`downloading the Go modules of ${title}`, { say: options.say }, work);
  return listed.trim().split('\n').length;
}

async function compile(programs: GoPrograms, target: string, log: string, options: BuildOptions): Promise<void> {
  const total = await countPackages(programs, options);
  let done = 0;
  const count = (chunk: string): void => {
    done += chunk.split('\n').length - 1;
    writeFileSync(log, chunk, { flag: 'a' });
  };
  const parallel = String(Math.min(availableParallelism(), 8)); // a link takes more than 1 GB
  const flags = ['-v', '-p', parallel, '-trimpath', '-ldflags', programs.linkerFlags, '-o', `${target}/`];
  const detail = () => (done === 0 ? `linking, or the first of ${total} packages` : `${done} of ${total} packages`);
  await withProgress(`building ${programs.title}`, { say: options.say, detail }, () =>
    go(['build', ...flags, ...programs.packages], programs.folder, options, count),
  );
}

async function build(programs: GoPrograms, target: string, log: string, options: BuildOptions): Promise<void> {
  const start = Date.now();
  const partial = `${target}.partial`;
  options.say(`building ${programs.title}: ${programs.takes}, once; log: ${log}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  mkdirSync(join(options.cache, 'log'), { recursive: true });
  await compile(programs, partial, log, options);
  await programs.finish(partial, options);
  renameSync(partial, target);
  options.say(`built ${programs.title} in ${duration(Date.now() - start)}`);
}

function explain(error: unknown, { title }: GoPrograms, log: string): unknown {
  if (!(error instanceof CommandError)) return error;
  const advice = `Building ${title} failed; the log is ${log}. Mend the cause and start again: what was built is kept.`;
  return new Error(`${advice}\n${error.message}`, { cause: error });
}

/** Answers the folder of the programs; builds them if this set of versions was never built. */
export async function ensurePrograms(programs: GoPrograms, options: BuildOptions): Promise<string> {
  const target = join(options.cache, `${programs.name}-${await keyOf(programs, options)}`);
  const log = join(options.cache, 'log', `${programs.name}.log`);
  if (existsSync(target)) return target;
  await withLock(`${target}.lock`, options, async () => {
    if (!existsSync(target)) await build(programs, target, log, options);
  }).catch((error: unknown) => Promise.reject(explain(error, programs, log)));
  return target;
}
