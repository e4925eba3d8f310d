/** The operators put together from their parts: by `main.ts` for a cluster, by tests around other parts. */
import { randomBytes } from 'node:crypto';
import { DdlQueue } from './cassandra/ddl-queue.ts';
import { type Connect as ConnectCassandra, cassandraProduct, cassandraResource } from './cassandra/index.ts';
import { keyspaceReconcile } from './cassandra/keyspaces/reconcile.ts';
import { roleReconcile } from './cassandra/roles/reconcile.ts';
import { type Connect as ConnectKafka, kafkaProduct, kafkaResource } from './kafka/index.ts';
import { topicReconcile } from './kafka/topics/reconcile.ts';
import { userReconcile } from './kafka/users/reconcile.ts';
import type { KubeApi } from './kube/api.ts';
import type { Cache } from './kube/cache.ts';
import { writeThrough } from './kube/cached-api.ts';
import type { Clock } from './kube/clock.ts';
import type { Recorder } from './kube/events.ts';
import type { Log } from './kube/log.ts';
import type { Plan } from './plan/plan.ts';
import { statuses } from './plan/status.ts';
import type { Images } from './runtime/config.ts';
import { Controller, type ControllerOptions } from './runtime/controller.ts';
import type { Metrics } from './runtime/metrics.ts';
import type { PlanMetrics, PlanOwner } from './runtime/plan-metrics.ts';
import { issuer } from './tls/issue.ts';
import { keyspaceSources, roleSources, sources, topicSources, userSources } from './watches.ts';
import { Identities } from './workload/certificates/access.ts';
import { type ReconcileOptions, serviceReconcile } from './workload/reconcile.ts';

/** Longest time for one reconcile: it asks members, and those may be slow to refuse. */
const reconcileTimeoutMs = 120_000;
/** Users, keyspaces and roles come by the hundred, and their service is asked about all of them each time. */
const entityRestMs = 500;
/** Of topics it is asked about those only that have changed. */
const topicRestMs = 100;

export const serviceResources = [kafkaResource, cassandraResource];

export interface OperatorParts {
  api: KubeApi;
  cache: Cache;
  clock: Clock;
  events: Recorder;
  log: Log;
  metrics: Metrics;
  admins: { kafka: ConnectKafka; cassandra: ConnectCassandra };
  clusterDomain: string;
  /** Where this process runs. */
  operatorNamespace: string;
  images: Images;
  workers: number;
  /** Names a reconcile in the logs. */
  newId: () => string;
}

export function createControllers(parts: OperatorParts): Controller[] {
  const { cache, clock, log, metrics, newId } = parts;
  return controllerOptions(parts).map((options) => new Controller(options, { cache, clock, log, metrics, newId }));
}

function controllerOptions(parts: OperatorParts): ControllerOptions[] {
  const { clusterDomain, operatorNamespace, images, admins, workers, metrics, clock } = parts;
  const settings = { clusterDomain, operatorNamespace, agentsImage: images.agents };
  const io = reconcileOptions(parts);
  const identities = new Identities(issuer);
  const connect: ConnectKafka = (access) => timed('kafka', admins.kafka(access), metrics, clock);
  const kafka = kafkaProduct({ ...settings, kafkaImage: images.kafka }, connect, identities);
  const connectCassandra: ConnectCassandra = (access) => timed('cassandra', admins.cassandra(access), metrics, clock);
  const cassandra = cassandraProduct({ ...settings, cassandraImage: images.cassandra }, connectCassandra, identities);
  const cassandraParts = { connect: connectCassandra, identities, ddl: new DdlQueue() };
  const common = { workers, timeoutMs: reconcileTimeoutMs };
  const entities = { ...common, restMs: entityRestMs };
  return [
    {
      ...common,
      name: 'kafkacluster',
      sources: sources(kafka.kind, kafkaResource),
      reconcile: serviceReconcile(kafka, io),
    },
    {
      ...entities,
      name: 'kafkauser',
      sources: userSources(),
      reconcile: userReconcile({ connect, identities }, io),
    },
    {
      ...common,
      restMs: topicRestMs,
      name: 'kafkatopic',
      sources: topicSources(),
      reconcile: topicReconcile({ connect, identities }, io),
    },
    {
      ...common,
      name: 'cassandracluster',
      sources: sources(cassandra.kind, cassandraResource),
      reconcile: serviceReconcile(cassandra, io),
    },
    {
      ...entities,
      name: 'cassandrakeyspace',
      sources: keyspaceSources(),
      reconcile: keyspaceReconcile(cassandraParts, io),
    },
    {
      ...entities,
      name: 'cassandrarole',
      sources: roleSources(),
      reconcile: roleReconcile(cassandraParts, io),
    },
  ];
}

function reconcileOptions({ api, cache, clock, events, metrics }: OperatorParts): ReconcileOptions {
  return {
    api: writeThrough(api, cache),
    cache,
    clock,
    events,
    randomBytes,
    issuer,
    onPlans: (owner, plans) => showPlans(metrics.plans, owner, plans),
    onCertificates: metrics.certificates.show,
  };
}

/** Every call of the interface, with how long it took and how it ended. */
function timed<Admin extends object>(product: string, admin: Admin, { adminSeconds }: Metrics, clock: Clock): Admin {
  return new Proxy(admin, {
    get(target, call, receiver) {
      const method: unknown = Reflect.get(target, call, receiver);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        const start = clock.now();
        const observe = (result: string): void =>
          adminSeconds.observe({ product, call: String(call), result }, (clock.now() - start) / 1000);
        try {
          const answer: unknown = await Reflect.apply(method, target, args);
          observe('success');
          return answer;
        } catch (error) {
          observe('error');
          throw error;
        }
      };
    },
  });
}

function showPlans(gauges: PlanMetrics, owner: PlanOwner, plans: Plan<unknown>[]): void {
  const shown = plans.map((plan) => {
    const steps = plan.phases.flatMap((phase) => phase.steps);
    const counts = statuses.map((status) => [status, steps.filter((step) => step.status === status).length]);
    return { plan: plan.name, status: plan.status, steps: Object.fromEntries(counts) };
  });
  gauges.show(owner, shown, statuses);
}
