/** Builds the programs of the cluster from Go modules, once per set of versions. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { duration, type Say, withProgress } from '../progress.ts';
import { CommandError, run } from '../run.ts';

export const kubernetesVersion = '1.36.3';

const moduleFolder = import.meta.dirname;
const sources = ['go.mod', 'go.sum', 'coredns/main.go', 'pause/main.go'];
const packages = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'].map(
    (name) => `k8s.io/kubernetes/cmd/${name}`,
  ),
  'go.etcd.io/etcd/server/v3',
  'helm.sh/helm/v4/cmd/helm',
  'sigs.k8s.io/kwok/cmd/kwok',
  './coredns',
  './pause',
];

export interface BuildOptions {
  cache: string;
  say: Say;
  signal: AbortSignal;
}

interface Paths {
  target: string;
  partial: string;
  log: string;
}

function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`;
  return ['-s -w', set('gitVersion', `v${kubernetesVersion}`), set('gitMajor', major), set('gitMinor', minor)].join(
    ' ',
  );
}

function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
}

function go(args: readonly string[], options: BuildOptions, onStderr?: (chunk: string) => void): Promise<string> {
  const common = { signal: options.signal, timeoutMs: 3_600_000, cwd: moduleFolder, env: goEnvironment() };
  return run('go', args, onStderr === undefined ? common : { ...common, onStderr });
}

async function buildKey(options: BuildOptions): Promise<string> {
  const hash = createHash('sha256').update(await go(['version'], options));
  for (const file of sources) hash.update(readFileSync(join(moduleFolder, file)));
  return hash.update(packages.join()).update(linkerFlags()).digest('hex').slice(0, 12);
}

async function countPackages(options: BuildOptions): Promise<number> {
  const work = () => go(['list', '-deps', ...packages], options);
  const listed = await withProgress('downloading the Go modules of Kubernetes', { say: options.say }, work);
  return listed.trim().split('\n').length;
}

async function compile(paths: Paths, options: BuildOptions): Promise<void> {
  const total = await countPackages(options);
  let done = 0;
  const count = (chunk: string): void => {
    done += chunk.split('\n').length - 1;
    writeFileSync(paths.log, chunk, { flag: 'a' });
  };
  const parallel = String(Math.min(availableParallelism(), 8)); // a link takes more than 1 GB
  const flags = ['-v', '-p', parallel, '-trimpath', '-ldflags', linkerFlags(), '-o', `${paths.partial}/`];
  const detail = () => (done === 0 ? `linking, or the first of ${total} packages` : `${done} of ${total} packages`);
  await withProgress(`building Kubernetes ${kubernetesVersion}`, { say: options.say, detail }, () =>
    go(['build', ...flags, ...packages], options, count),
  );
}

/** The simulated life of kwok's nodes and pods comes as files of its module. */
async function copyStages(paths: Paths, options: BuildOptions): Promise<void> {
  const folder = (await go(['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], options)).trim();
  for (const kind of ['node', 'pod']) {
    const from = join(folder, 'kustomize', 'stage', kind, 'fast');
    cpSync(from, join(paths.partial, 'stages', kind), { recursive: true });
  }
}

async function build(paths: Paths, options: BuildOptions): Promise<void> {
  const start = Date.now();
  options.say(`building Kubernetes ${kubernetesVersion}: about 12 minutes on two cores, once; log: ${paths.log}`);
  rmSync(paths.partial, { recursive: true, force: true });
  mkdirSync(paths.partial, { recursive: true });
  mkdirSync(join(options.cache, 'log'), { recursive: true });
  await compile(paths, options);
  renameSync(join(paths.partial, 'server'), join(paths.partial, 'etcd'));
  await copyStages(paths, options);
  renameSync(paths.partial, paths.target);
  options.say(`built Kubernetes ${kubernetesVersion} in ${duration(Date.now() - start)}`);
}

function explain(error: unknown, log: string): unknown {
  if (!(error instanceof CommandError)) return error;
  const advice = `Building Kubernetes failed; the log is ${log}. Mend the cause and start again: what was built is kept.`;
  return new Error(`${advice}\n${error.message}`, { cause: error });
}

function pointTo(cache: string, target: string): void {
  const link = join(cache, 'bin');
  rmSync(`${link}.new`, { force: true });
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

/** Answers the folder of the programs; builds them if this set of versions was never built. */
export async function ensureBinaries(options: BuildOptions): Promise<string> {
  const target = join(options.cache, `bin-${await buildKey(options)}`);
  const paths = { target, partial: `${target}.partial`, log: join(options.cache, 'log', 'build.log') };
  if (!existsSync(target)) {
    await withLock(`${target}.lock`, options, async () => {
      if (!existsSync(target)) await build(paths, options);
    }).catch((error: unknown) => Promise.reject(explain(error, paths.log)));
  }
  pointTo(options.cache, target);
  return target;
}
