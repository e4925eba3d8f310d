/** The host's programs that hack/ needs: says what is missing, and installs it where root has apt. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Say, withProgress } from './progress.ts';
import { CommandError, run } from './run.ts';

export interface Prerequisite {
  /** A program on PATH, or an absolute path. */
  program: string;
  /** The Debian package that has it; undefined where apt has none that is new enough. */
  package?: string;
  /** What to do where apt cannot help. */
  advice?: string;
}

export const forCluster: readonly Prerequisite[] = [
  { program: 'go', advice: 'Go 1.26 or newer: https://go.dev/doc/install' },
  { program: 'containerd', package: 'containerd' },
  { program: 'ctr', package: 'containerd' },
  { program: 'runc', package: 'runc' },
  { program: 'crun', package: 'crun' },
  { program: '/usr/lib/cni/ptp', package: 'containernetworking-plugins' },
  { program: 'ip', package: 'iproute2' },
  { program: 'iptables', package: 'iptables' },
  { program: 'nsenter', package: 'util-linux' },
  { program: 'mount', package: 'mount' },
  { program: 'mkfs.xfs', package: 'xfsprogs' },
  { program: 'openssl', package: 'openssl' },
];

export const forKind: readonly Prerequisite[] = [
  { program: 'docker', advice: 'a Docker engine: https://docs.docker.com/engine/install' },
  { program: 'kind', advice: 'https://kind.sigs.k8s.io/docs/user/quick-start' },
  { program: 'kubectl', advice: 'https://kubernetes.io/docs/tasks/tools' },
  { program: 'helm', advice: 'https://helm.sh/docs/intro/install' },
];

export interface PrerequisiteOptions {
  say: Say;
  signal: AbortSignal;
  path?: string;
  isRoot?: boolean;
}

/** Programs for root lie outside of some users' PATH. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function missingFrom(wanted: readonly Prerequisite[], path: string): Prerequisite[] {
  const folders = [...path.split(delimiter), ...systemFolders];
  const found = (program: string) =>
    program.startsWith('/') ? isExecutable(program) : folders.some((folder) => isExecutable(join(folder, program)));
  return wanted.filter(({ program }) => !found(program));
}

export function packagesOf(missing: readonly Prerequisite[]): string[] {
  return [...new Set(missing.map((item) => item.package).filter((name) => name !== undefined))];
}

export function installCommand(packages: readonly string[]): string {
  return `apt-get install --yes --no-install-recommends --option DPkg::Lock::Timeout=600 ${packages.join(' ')}`;
}

function complaint(missing: readonly Prerequisite[]): string {
  const packages = packagesOf(missing);
  const advice = missing.flatMap((item) => (item.advice === undefined ? [] : [`  ${item.program}: ${item.advice}`]));
  const command = packages.length === 0 ? [] : [`  as root: ${installCommand(packages)}`];
  const names = missing.map((item) => item.program).join(', ');
  return [`missing on this host: ${names}. Install:`, ...advice, ...command].join('\n');
}

async function install(packages: readonly string[], options: PrerequisiteOptions): Promise<void> {
  options.say(`installing ${packages.join(', ')} with apt`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const limits = { signal: options.signal, timeoutMs: 900_000, env };
  const script = `apt-get update -qq; ${installCommand(packages)}`;
  await withProgress('installing packages', { say: options.say }, () => run('sh', ['-c', script], limits));
}

/** Sees to it that these programs exist; rejects with what to install otherwise. */
export async function ensurePrerequisites(
  wanted: readonly Prerequisite[],
  options: PrerequisiteOptions,
): Promise<void> {
  const { path = process.env['PATH'] ?? '', isRoot = process.getuid?.() === 0 } = options;
  const missing = missingFrom(wanted, path);
  const packages = packagesOf(missing);
  const canInstall = isRoot && missingFrom([{ program: 'apt-get' }], path).length === 0;
  if (packages.length > 0 && canInstall) {
    await install(packages, options).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      throw new Error(`${complaint(missing)}\n${error.message}`, { cause: error });
    });
  }
  const left = missingFrom(missing, path);
  if (left.length > 0) throw new Error(complaint(left));
}
