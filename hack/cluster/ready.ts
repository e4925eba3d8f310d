/** What is asked while a cluster comes up. */

import { connectKube, type Kube } from './kube.ts';
import { type Cluster, kubeconfigOf } from './layout.ts';

/** Runs `work` with a connection that is closed afterwards. */
export async function withKube<T>(cluster: { folder: string }, work: (kube: Kube) => Promise<T>): Promise<T> {
  const kube = connectKube(kubeconfigOf(cluster));
  try {
    return await work(kube);
  } finally {
    await kube.close();
  }
}

export async function apiReady(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  const ask = (kube: Kube) => kube.call('GET', '/readyz', undefined, { signal, timeoutMs: 2000 });
  return withKube(cluster, ask).then(
    () => true,
    () => false,
  );
}
