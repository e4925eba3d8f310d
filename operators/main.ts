/** The process: configuration, connection, health, leadership, and the operators. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { cassandraAdmin } from './cassandra/admin/index.ts';
import { protocolAdmin } from './kafka/admin/protocol-admin.ts';
import { ports as kafkaPorts } from './kafka/names.ts';
import type { KubeApi } from './kube/api.ts';
import { createCache } from './kube/cache.ts';
import { createClient } from './kube/client.ts';
import { systemClock } from './kube/clock.ts';
import { createRecorder } from './kube/events.ts';
import { elect } from './kube/lease.ts';
import type { Log } from './kube/log.ts';
import { loadKubeConfig, openSession } from './kube/session.ts';
import { createControllers, serviceResources } from './operator.ts';
import { type Config, readConfig } from './runtime/config.ts';
import { unhealthy, watchLoopDelay } from './runtime/health.ts';
import { serveHttp } from './runtime/http.ts';
import { createLog } from './runtime/log.ts';
import { type Leadership, Manager, stopSignal } from './runtime/manager.ts';
import { createMetrics } from './runtime/metrics.ts';
import { watches } from './watches.ts';
import type { Access } from './workload/certificates/access.ts';

const clock = systemClock;
const random = Math.random;

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}

function leadership(election: NonNullable<Config['election']>, api: KubeApi, log: Log): Leadership {
  const { namespace, name, identity } = election;
  return {
    name,
    elect: (options) => elect({ ...options, api, ref: { namespace, name }, identity, clock, log }),
    onLost: () => process.exit(1),
  };
}

async function run(config: Config, version: string, log: Log): Promise<void> {
  const signal = stopSignal(process, log);
  const metrics = createMetrics();
  const session = await openSession({ load: loadKubeConfig, userAgent: `stateward/${version}`, clock });
  const api = createClient({ session, clock, random, onRequest: metrics.request(new URL(session.server).host) });
  const namespaces = config.namespaces === undefined ? {} : { namespaces: config.namespaces };
  const cache = createCache({
    api,
    log,
    clock,
    random,
    watches: watches(serviceResources),
    onEvent: metrics.watch,
    ...namespaces,
  });
  const events = createRecorder({
    api,
    clock,
    log,
    random,
    controller: 'stateward.dev/operator',
    instance: hostname(),
  });
  const kafka = (access: Access) => protocolAdmin({ controllerPort: kafkaPorts.controller, access });
  const admins = { kafka, cassandra: cassandraAdmin };
  const { clusterDomain, operatorNamespace, images, workers, election } = config;
  const io = { api, cache, clock, events, log, metrics, admins };
  const parts = { ...io, clusterDomain, operatorNamespace, images, workers, newId: randomUUID };
  const manager = new Manager({
    caches: [cache],
    controllers: createControllers(parts),
    log,
    metrics,
    ...(election === undefined ? {} : { leadership: leadership(election, api, log) }),
  });
  const ending = new AbortController();
  const delay = watchLoopDelay(ending.signal);
  const http = await serveHttp({
    port: config.port,
    unhealthy: () => unhealthy(delay, manager.stuck()),
    unready: () => manager.unready(),
    registry: metrics.registry,
    log,
    signal: ending.signal,
  });
  const recording = events.run(ending.signal);
  await manager.run(signal);
  ending.abort(new Error('the process stops'));
  await Promise.allSettled([http.closed, recording, session.close()]);
}

const version = packageVersion();
const read = readConfig(process.env, { version, identity: `${hostname()}_${randomUUID()}` });
if (read.kind === 'Invalid') {
  process.stderr.write(`${read.message}\n`);
  process.exitCode = 1;
} else {
  const log = createLog({ level: read.config.logLevel, stream: process.stdout, clock });
  await run(read.config, version, log).catch((error: unknown) => {
    log.error('the operator ends', { error });
    process.exitCode = 1;
  });
}
