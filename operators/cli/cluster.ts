/** The cluster of a kubeconfig. A file of its own: the client library takes a second to load, and help needs none of it. */
import type { KubeConfig } from '@kubernetes/client-node';
import { createClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { loadKubeConfig, openSession } from '../kube/session.ts';
import type { Connection, Target } from './run.ts';

export interface ConnectOptions {
  userAgent: string;
  clock: Clock;
  random: () => number;
}

export async function connect(target: Target, { userAgent, clock, random }: ConnectOptions): Promise<Connection> {
  const load = (): KubeConfig => configOf(target);
  const session = await openSession({ load, userAgent, clock });
  const config = session.kubeConfig();
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  const api = createClient({ session, clock, random });
  return { api, session, namespace, close: () => session.close() };
}

function configOf({ context, kubeconfig }: Target): KubeConfig {
  const config = loadKubeConfig(kubeconfig);
  if (context === undefined) return config;
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new Error(`the kubeconfig has no context ${context}; it has: ${names.join(', ') || 'none'}`);
  }
  config.setCurrentContext(context);
  return config;
}
