/** The rights that the chart gives, for an operator outside of the cluster. */
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { run } from '../../hack/run.ts';
import { loadKubeConfig } from '../../operators/kube/session.ts';
import { kubeconfig, kubectl, programs } from './cluster.ts';

const chart = join(import.meta.dirname, '..', '..', 'charts', 'stateward');
const rights = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];

export interface Install {
  release: string;
  namespace: string;
  /** All of them if empty. */
  watchNamespaces: string[];
}

async function rendered({ release, namespace, watchNamespaces }: Install, signal: AbortSignal): Promise<string> {
  const set = ['--set-json', `watchNamespaces=${JSON.stringify(watchNamespaces)}`];
  const args = ['template', release, chart, '--namespace', namespace, '--set', 'crds.enabled=false', ...set];
  const documents = parseAllDocuments(await run(join(programs, 'helm'), args, { signal }));
  return documents
    .filter((document) => rights.includes(String(document.get('kind'))))
    .map(String)
    .join('---\n');
}

/** Runs `body` with the credentials of the release's service account; its roles are gone afterwards. */
export async function withRights(
  install: Install,
  signal: AbortSignal,
  body: (config: KubeConfig) => Promise<void>,
): Promise<void> {
  const manifests = await rendered(install, signal);
  await kubectl(['apply', '--filename=-'], signal, manifests);
  try {
    const account = `${install.release}-stateward`;
    const token = await kubectl(['create', 'token', account, '--namespace', install.namespace], signal);
    await body(configWith(token.trim()));
  } finally {
    await kubectl(['delete', '--ignore-not-found', '--wait=false', '--filename=-'], signal, manifests);
  }
}

function configWith(token: string): KubeConfig {
  const cluster = loadKubeConfig(kubeconfig).getCurrentCluster();
  if (cluster === null) throw new Error('the cluster has no address');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, { name: 'operator', token });
  return config;
}
