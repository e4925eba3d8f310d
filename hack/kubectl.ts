/** kubectl and helm of a running cluster, for scripts: what a user would type. */
import { delimiter } from 'node:path';
import type { RunningCluster } from './cluster/cluster.ts';
import { run } from './run.ts';

export interface Tools {
  kubectl(args: string[], options?: { input?: string; timeoutMs?: number }): Promise<string>;
  helm(args: string[], options?: { timeoutMs?: number }): Promise<string>;
}

export function toolsOf(cluster: Pick<RunningCluster, 'bin' | 'kubeconfig'>, signal: AbortSignal): Tools {
  const path = [cluster.bin, process.env['PATH']].filter((part) => part !== undefined).join(delimiter);
  const env = { ...process.env, PATH: path, KUBECONFIG: cluster.kubeconfig };
  return {
    kubectl: (args, options = {}) => run('kubectl', args, { signal, env, ...options }),
    helm: (args, options = {}) => run('helm', args, { signal, env, ...options }),
  };
}
