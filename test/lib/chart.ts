/** The rights that the chart gives, for an operator outside of the cluster. */
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments, stringify } from 'yaml';
import { run } from '../../hack/run.ts';
import type { KubeObject } from '../../operators/kube/resource.ts';
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

/** Everything but the kinds. */
export async function renderChart(
  { release, namespace, watchNamespaces }: Install,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const set = ['--set-json', `watchNamespaces=${JSON.stringify(watchNamespaces)}`];
  const args = ['template', release, chart, '--namespace', namespace, '--set', 'crds.enabled=false', ...set];
  const documents = parseAllDocuments(await run(join(programs, 'helm'), args, { signal }));
  return documents.map((document) => document.toJS()).filter((object) => object !== null);
}

async function rendered(install: Install, signal: AbortSignal): Promise<string> {
  const objects = await renderChart(install, signal);
  const documents = objects.filter(({ kind }) => rights.includes(kind)).map((object) => stringify(object));
  return documents.join('---\n');
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
