/** What the API server holds, as watches tell of it, while something is measured. */
import type { KubeApi } from '../../operators/kube/api.ts';
import { type Cache, createCache, type WatchSpec } from '../../operators/kube/cache.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import { silentLog } from '../../operators/kube/log.ts';
import { connect } from '../lib/connection.ts';
import { namespace } from './deploy.ts';

export async function withCache<Result>(
  kubeconfig: string,
  watches: WatchSpec[],
  signal: AbortSignal,
  work: (cache: Cache, api: KubeApi) => Promise<Result>,
): Promise<Result> {
  const { api, close } = await connect(kubeconfig);
  const ending = new AbortController();
  const cache = createCache({
    ...{ api, watches, namespaces: [namespace] },
    ...{ log: silentLog, clock: systemClock, random: Math.random },
  });
  const running = cache.run(ending.signal).catch((error: unknown) => ending.signal.aborted || Promise.reject(error));
  try {
    await cache.synced(signal);
    return await work(cache, api);
  } finally {
    ending.abort();
    await running;
    await close();
  }
}
