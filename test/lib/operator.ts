/** The operators in this process, on a real API server and simulated services. Several may run at once, as two leaders. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { KubeApi } from '../../operators/kube/api.ts';
import { type Cache, createCache } from '../../operators/kube/cache.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import { createRecorder } from '../../operators/kube/events.ts';
import type { Log } from '../../operators/kube/log.ts';
import { createControllers, type OperatorParts, serviceResources } from '../../operators/operator.ts';
import { Manager } from '../../operators/runtime/manager.ts';
import { createMetrics } from '../../operators/runtime/metrics.ts';
import { watches } from '../../operators/watches.ts';

export interface OperatorOptions {
  api: KubeApi;
  /** The whole cluster unless given. */
  namespaces?: string[];
  admins: OperatorParts['admins'];
  workers?: number;
  log: Log;
}

export interface RunningOperator {
  cache: Cache;
  /** Resolves when everything has ended; rejects with what ended it, if anything did before. */
  stop(): Promise<void>;
}

const images = {
  kafka: 'docker.io/apache/kafka',
  cassandra: 'docker.io/library/cassandra',
  agents: 'docker.io/stateward/agents:test',
};

/** Resolves when the caches are complete. */
export async function startOperator(options: OperatorOptions, signal: AbortSignal): Promise<RunningOperator> {
  const { api, log, admins, workers = 4 } = options;
  const clock = systemClock;
  const cacheParts = { api, log, clock, random: Math.random, watches: watches(serviceResources), freeze: true };
  const { namespaces } = options;
  const cache = createCache(namespaces === undefined ? cacheParts : { ...cacheParts, namespaces });
  const identity = { controller: 'stateward.dev/operator', instance: `test-${randomBytes(4).toString('hex')}` };
  const events = createRecorder({ api, clock, log, random: Math.random, ...identity });
  const metrics = createMetrics();
  const parts = { api, cache, clock, events, log, metrics, admins, workers };
  const fixed = { clusterDomain: 'cluster.local', operatorNamespace: 'stateward-system', images, newId: randomUUID };
  const controllers = createControllers({ ...parts, ...fixed });
  const ending = new AbortController();
  const manager = new Manager({ caches: [cache], controllers, log, metrics });
  const running = Promise.all([manager.run(ending.signal), events.run(ending.signal)]);
  const stop = async () => {
    ending.abort(new Error('the test stops its operator'));
    await running;
  };
  await Promise.race([cache.synced(signal), running]);
  return { cache, stop };
}
