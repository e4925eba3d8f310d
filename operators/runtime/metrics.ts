/**
 * Every metric of the process. Names, labels and buckets of the first groups are those of controller-runtime
 * (`pkg/metrics`, `pkg/internal/controller/metrics`) and client-go, so that existing dashboards and alerts work.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ReflectorEvent } from '../kube/reflector.ts';
import type { RequestObservation, Verb } from '../kube/request.ts';
import { type CertificateMetrics, certificateMetrics } from './certificate-metrics.ts';
import { type PlanMetrics, planMetrics } from './plan-metrics.ts';
import { priorities, type QueueObserver } from './queue.ts';

/** From 5 ms to 60 s: controller-runtime's own choice for reconciles and requests. */
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** From 10 ns to 1000 s in powers of ten: client-go's choice for work queues. */
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000];

const QUEUE_LABELS = ['name', 'controller'] as const;

const reconcileResults = ['success', 'requeue_after', 'error'] as const;
export type ReconcileResult = (typeof reconcileResults)[number];

/** One controller's share of the reconcile metrics. */
export interface ReconcileMetrics {
  /** A reconcile starts; call the answer when it has ended. */
  started(): (seconds: number) => void;
  /** `terminal`: an error that is not retried. */
  ended(result: ReconcileResult, terminal: boolean): void;
}

export interface Metrics {
  registry: Registry;
  /** Names a controller, so that each of its series exists from the start. */
  reconciles(controller: string, workers: number): ReconcileMetrics;
  /** `runningSeconds` is asked at each scrape. */
  queue(controller: string, runningSeconds: () => number[]): QueueObserver;
  /** For the client's transport; `host`: the API server, with port. */
  request(host: string): (observation: RequestObservation) => void;
  /** For the cache. */
  watch(event: ReflectorEvent): void;
  leader: Gauge<'name'>;
  /** Calls to a service's own admin API: Kafka's protocol, Cassandra's CQL and agent. */
  adminSeconds: Histogram<'product' | 'call' | 'result'>;
  plans: PlanMetrics;
  certificates: CertificateMetrics;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    reconciles: reconcileMetrics(registry),
    queue: queueMetrics(registry),
    request: requestMetrics(registry),
    watch: watchMetrics(registry),
    leader: leaderGauge(registry),
    adminSeconds: adminHistogram(registry),
    plans: planMetrics(registry),
    certificates: certificateMetrics(registry),
  };
}

function reconcileMetrics(registry: Registry): Metrics['reconciles'] {
  const series = reconcileSeries(registry);
  return (controller, workers) => {
    series.maximum.set({ controller }, workers);
    series.active.set({ controller }, 0);
    series.errors.inc({ controller }, 0);
    series.terminalErrors.inc({ controller }, 0);
    for (const result of reconcileResults) series.total.inc({ controller, result }, 0);
    return {
      started() {
        series.active.inc({ controller });
        return (seconds) => {
          series.active.dec({ controller });
          series.seconds.observe({ controller }, seconds);
        };
      },
      ended(result, terminal) {
        series.total.inc({ controller, result });
        if (result === 'error') series.errors.inc({ controller });
        if (terminal) series.terminalErrors.inc({ controller });
      },
    };
  };
}

function reconcileSeries(registry: Registry) {
  const common = { labelNames: ['controller'] as const, registers: [registry] };
  return {
    total: new Counter({
      ...common,
      name: 'controller_runtime_reconcile_total',
      help: 'Total number of reconciliations per controller',
      labelNames: ['controller', 'result'] as const,
    }),
    errors: new Counter({
      ...common,
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Total number of reconciliation errors per controller',
    }),
    terminalErrors: new Counter({
      ...common,
      name: 'controller_runtime_terminal_reconcile_errors_total',
      help: 'Total number of terminal reconciliation errors per controller',
    }),
    seconds: new Histogram({
      ...common,
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Length of time per reconciliation per controller',
      buckets: RECONCILE_BUCKETS,
    }),
    maximum: new Gauge({
      ...common,
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Maximum number of concurrent reconciles per controller',
    }),
    active: new Gauge({
      ...common,
      name: 'controller_runtime_active_workers',
      help: 'Number of currently used workers per controller',
    }),
  };
}

function queueMetrics(registry: Registry): Metrics['queue'] {
  const series = queueSeries(registry);
  const running = new Map<string, () => number[]>();
  runningGauges(registry, running);
  return (controller, runningSeconds) => {
    const labels = { name: controller, controller };
    running.set(controller, runningSeconds);
    series.adds.inc(labels, 0);
    series.retries.inc(labels, 0);
    for (const priority of priorities) series.depth.set({ ...labels, priority }, 0);
    return {
      added: () => series.adds.inc(labels),
      retried: () => series.retries.inc(labels),
      depth: (priority, keys) => series.depth.set({ ...labels, priority }, keys),
      waited: (seconds) => series.waited.observe(labels, seconds),
      worked: (seconds) => series.worked.observe(labels, seconds),
    };
  };
}

function queueSeries(registry: Registry) {
  const common = { labelNames: QUEUE_LABELS, registers: [registry] };
  return {
    depth: new Gauge({
      ...common,
      name: 'workqueue_depth',
      help: 'Current depth of workqueue by workqueue and priority',
      labelNames: [...QUEUE_LABELS, 'priority'] as const,
    }),
    adds: new Counter({
      ...common,
      name: 'workqueue_adds_total',
      help: 'Total number of adds handled by workqueue',
    }),
    retries: new Counter({
      ...common,
      name: 'workqueue_retries_total',
      help: 'Total number of retries handled by workqueue',
    }),
    waited: new Histogram({
      ...common,
      name: 'workqueue_queue_duration_seconds',
      help: 'How long in seconds an item stays in workqueue before being requested',
      buckets: QUEUE_BUCKETS,
    }),
    worked: new Histogram({
      ...common,
      name: 'workqueue_work_duration_seconds',
      help: 'How long in seconds processing an item from workqueue takes',
      buckets: QUEUE_BUCKETS,
    }),
  };
}

function runningGauges(registry: Registry, running: Map<string, () => number[]>): void {
  const gauge = (name: string, help: string, of: (seconds: number[]) => number) =>
    new Gauge({
      ...{ name, help, labelNames: QUEUE_LABELS, registers: [registry] },
      collect() {
        for (const [queue, seconds] of running) this.set({ name: queue, controller: queue }, of(seconds()));
      },
    });
  gauge(
    'workqueue_unfinished_work_seconds',
    'How many seconds of work is in progress and has not been observed by work_duration',
    (seconds) => seconds.reduce((sum, one) => sum + one, 0),
  );
  gauge(
    'workqueue_longest_running_processor_seconds',
    'How many seconds has the longest running processor for workqueue been running',
    (seconds) => Math.max(0, ...seconds),
  );
}

const METHODS: Record<Verb, string> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  apply: 'PATCH',
  patch: 'PATCH',
  delete: 'DELETE',
};

function requestMetrics(registry: Registry): Metrics['request'] {
  const registers = [registry];
  const total = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'] as const,
    registers,
  });
  // As in client-go, `verb` is the HTTP method.
  const seconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Request latency in seconds. Broken down by verb, and host.',
    labelNames: ['verb', 'host'] as const,
    buckets: RECONCILE_BUCKETS,
    registers,
  });
  return (host) => (observation) => {
    const method = METHODS[observation.verb];
    const code = observation.status === 0 ? '<error>' : String(observation.status);
    total.inc({ code, method, host });
    seconds.observe({ verb: method, host }, observation.durationMs / 1000);
  };
}

const WATCHED: Record<ReflectorEvent['type'], { name: string; help: string }> = {
  event: { name: 'stateward_watch_events_total', help: 'Changes received by watches' },
  reconnect: { name: 'stateward_watch_reconnects_total', help: 'Watches opened again' },
  list: { name: 'stateward_watch_relists_total', help: 'Complete lists, the first of each watch included' },
  failure: { name: 'stateward_watch_failures_total', help: 'Lists and watches that failed' },
};

function watchMetrics(registry: Registry): Metrics['watch'] {
  const counter = (type: ReflectorEvent['type']) =>
    new Counter({ ...WATCHED[type], labelNames: ['resource'] as const, registers: [registry] });
  const counters: Record<ReflectorEvent['type'], Counter<'resource'>> = {
    event: counter('event'),
    reconnect: counter('reconnect'),
    list: counter('list'),
    failure: counter('failure'),
  };
  return ({ type, resource }) => counters[type].inc({ resource });
}

function leaderGauge(registry: Registry): Metrics['leader'] {
  return new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process is leader of the lease: 0 standby, 1 leader',
    labelNames: ['name'] as const,
    registers: [registry],
  });
}

function adminHistogram(registry: Registry): Metrics['adminSeconds'] {
  return new Histogram({
    name: 'stateward_admin_request_duration_seconds',
    help: 'Calls to the admin API of the services, by product, call and result',
    labelNames: ['product', 'call', 'result'] as const,
    buckets: RECONCILE_BUCKETS,
    registers: [registry],
  });
}
