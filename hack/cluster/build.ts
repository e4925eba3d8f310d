/** Builds the programs of the cluster from Go modules, once per set of versions. */
import { cpSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, ensurePrograms, type GoPrograms, go } from '../go.ts';

export const kubernetesVersion = '1.36.3';

const moduleFolder = import.meta.dirname;
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

const programs: GoPrograms = {
  name: 'bin',
  title: `Kubernetes ${kubernetesVersion}`,
  takes: 'about 12 minutes on two cores',
  folder: moduleFolder,
  sources: ['go.mod', 'go.sum', 'coredns/main.go', 'pause/main.go'],
  packages,
  linkerFlags: linkerFlags(),
  finish: async (target, options) => {
    renameSync(join(target, 'server'), join(target, 'etcd'));
    await copyStages(target, options);
  },
};

function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`;
  return ['-s -w', set('gitVersion', `v${kubernetesVersion}`), set('gitMajor', major), set('gitMinor', minor)].join(
    ' ',
  );
}

/** The simulated life of kwok's nodes and pods comes as files of its module. */
async function copyStages(target: string, options: BuildOptions): Promise<void> {
  const folder = (await go(['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], moduleFolder, options)).trim();
  for (const kind of ['node', 'pod']) {
    const from = join(folder, 'kustomize', 'stage', kind, 'fast');
    cpSync(from, join(target, 'stages', kind), { recursive: true });
  }
}

function pointTo(cache: string, target: string): void {
  const link = join(cache, 'bin');
  rmSync(`${link}.new`, { force: true });
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

/** Answers the folder of the programs; builds them if this set of versions was never built. */
export async function ensureBinaries(options: BuildOptions): Promise<string> {
  const target = await ensurePrograms(programs, options);
  pointTo(options.cache, target);
  return target;
}
