/** Names inside a native cluster, looked up from the host: its DNS listens beside its API server. */
import { Resolver } from 'node:dns';
import { readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { parse } from 'yaml';
import { z } from 'zod';

const kubeconfig = z.object({ clusters: z.array(z.object({ cluster: z.object({ server: z.url() }) })).min(1) });

/** The address of this machine that pods reach. */
export function clusterHost(kubeconfigFile: string): string {
  const [first] = kubeconfig.parse(parse(readFileSync(kubeconfigFile, 'utf8'))).clusters;
  return new URL(first?.cluster.server ?? '').hostname;
}

/** `lookup` for `net.connect`, answered by the cluster's own DNS. */
export function clusterLookup(kubeconfigFile: string): LookupFunction {
  const resolver = new Resolver({ timeout: 1000, tries: 3 });
  resolver.setServers([clusterHost(kubeconfigFile)]);
  return (hostname, options, callback) => {
    resolver.resolve4(hostname, (error, addresses) => {
      const [address] = addresses ?? [];
      if (error !== null || address === undefined)
        return callback(error ?? new Error(`${hostname} has no address`), '', 4);
      if (options.all === true) return callback(null, [{ address, family: 4 }]);
      return callback(null, address, 4);
    });
  };
}
