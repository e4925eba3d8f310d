/**
 * One operator process: the real reconciles of both products over a cache, an API and admins that a test controls. It
 * reconciles what its sources name, what failed, and what is due; nothing wakes by itself.
 */
import { DdlQueue } from '../../../operators/cassandra/ddl-queue.ts';
import {
  type Connect as ConnectCassandra,
  cassandraProduct,
  cassandraResource,
} from '../../../operators/cassandra/index.ts';
import { keyspaceReconcile } from '../../../operators/cassandra/keyspaces/reconcile.ts';
import { roleReconcile } from '../../../operators/cassandra/roles/reconcile.ts';
import { type Connect, kafkaProduct, kafkaResource } from '../../../operators/kafka/index.ts';
import { topicReconcile } from '../../../operators/kafka/topics/reconcile.ts';
import { userReconcile } from '../../../operators/kafka/users/reconcile.ts';
import { writeThrough } from '../../../operators/kube/cached-api.ts';
import { silentLog } from '../../../operators/kube/log.ts';
import type { Outcome, Request, Source } from '../../../operators/runtime/controller.ts';
import {
  keyspaceSources,
  roleSources,
  sources,
  topicSources,
  userSources,
  watches,
} from '../../../operators/watches.ts';
import { Identities } from '../../../operators/workload/certificates/access.ts';
import { type ReconcileOptions, serviceReconcile } from '../../../operators/workload/reconcile.ts';
import { clientOf } from '../world/client.ts';
import { operatorPrefix } from '../world/invariants.ts';
import type { World } from '../world/world.ts';
import {
  type Call,
  type Deed,
  Edge,
  edgeOfApi,
  edgeOfCassandra,
  edgeOfKafka,
  type FaultPlan,
  noFaults,
} from './faults.ts';
import { type Disturbance, StaleCache, undisturbed } from './stale-cache.ts';

/** How soon a failed reconcile is tried again; milliseconds. */
const retryMs = 1_000;

export interface OperatorOptions {
  faults?: FaultPlan;
  /**
   * What another did in the same story, round by round: until this one dies it does the same and decides nothing. To
   * die takes away all that it would have known, so what follows is as if it had decided for itself.
   */
  follows?: readonly (readonly Deed[])[];
  events?: Disturbance;
  /** Holds each write back until it resolves. */
  turn?: (call: Call) => Promise<void>;
  /** Rounds between two relists; never if left out. */
  relistEvery?: number;
  /** Tells two processes apart. */
  name?: string;
  /** What this version of the operator brings; another one makes other templates. */
  agentsImage?: string;
}

interface Product {
  reconcile: (request: Request) => Promise<Outcome>;
  /** By key: when it is due. */
  due: Map<string, number>;
}

export class Operator {
  readonly errors: unknown[] = [];
  readonly #world: World;
  readonly #options: OperatorOptions;
  #edge: Edge;
  #cache: StaleCache;
  #products: Product[] = [];
  #rounds = 0;
  #follows: boolean;
  /** False while the cache hears nothing. */
  listening = true;

  constructor(world: World, options: OperatorOptions = {}) {
    this.#world = world;
    this.#options = options;
    this.#edge = new Edge(world, options.faults ?? noFaults, options.turn);
    this.#follows = options.follows !== undefined;
    this.#cache = this.#start();
  }

  /** Changes to the cluster and to the services so far, of this process and of those before it. */
  get writes(): number {
    return this.#edge.writes;
  }

  /** Of each round and each `reconcileAll`, for another to follow. */
  get deeds(): readonly (readonly Deed[])[] {
    return this.#edge.deeds;
  }

  /** Takes in events, then reconciles whatever is to be reconciled; a dead process is started anew instead. */
  async round(): Promise<void> {
    this.#rounds += 1;
    this.#edge.begin();
    if (this.#edge.dead) this.restart();
    else if (this.#follows) return this.#follow();
    else this.#listen();
    for (const product of this.#products) {
      for (const key of this.#dueKeys(product)) await this.#reconcile(product, key);
    }
  }

  /** Reconciles every service once, due or not. */
  async reconcileAll(): Promise<void> {
    this.#edge.begin();
    if (this.#follows) return this.#follow();
    for (const product of this.#products) {
      for (const key of [...product.due.keys()]) await this.#reconcile(product, key);
    }
  }

  /** Everything in memory is lost. */
  restart(): void {
    this.#edge.dead = false;
    this.#follows = false;
    this.#cache = this.#start();
  }

  relist(): void {
    this.#cache.relist();
  }

  async #follow(): Promise<void> {
    const deeds = this.#options.follows?.[this.deeds.length - 1];
    if (deeds === undefined) throw new Error('whom it follows had ended by now');
    this.errors.push(...(await this.#edge.follow(deeds)));
  }

  #listen(): void {
    if (!this.listening) return;
    const { relistEvery } = this.#options;
    if (relistEvery !== undefined && this.#rounds % relistEvery === 0) this.#cache.relist();
    else this.#cache.pull();
  }

  #dueKeys({ due }: Product): string[] {
    const now = this.#world.clock.now();
    return [...due].filter(([, at]) => at <= now).map(([key]) => key);
  }

  async #reconcile({ reconcile, due }: Product, key: string): Promise<void> {
    if (this.#edge.dead) return;
    due.delete(key);
    const { signal } = new AbortController();
    try {
      const outcome = await reconcile({ key, reconcileId: '', log: silentLog, signal });
      if (outcome.requeueAfterMs !== undefined) this.#wake(due, key, outcome.requeueAfterMs);
    } catch (error) {
      if (!this.#edge.dead) this.#failed(error);
      this.#wake(due, key, retryMs);
    }
  }

  #failed(error: unknown): void {
    this.errors.push(error);
    this.#edge.failed(error);
  }

  #wake(due: Map<string, number>, key: string, afterMs: number): void {
    const at = this.#world.clock.now() + afterMs;
    due.set(key, Math.min(at, due.get(key) ?? at));
  }

  #start(): StaleCache {
    const { server } = this.#world;
    const cache = new StaleCache(
      server,
      watches([kafkaResource, cassandraResource]),
      this.#options.events ?? undisturbed,
    );
    this.#products = this.#open(cache);
    cache.relist();
    return cache;
  }

  #open(cache: StaleCache): Product[] {
    const { world, edge } = { world: this.#world, edge: this.#edge };
    const io = this.#io(cache);
    const agentsImage = this.#options.agentsImage ?? 'agents:1';
    const settings = { clusterDomain: 'cluster.local', operatorNamespace: 'stateward-system', agentsImage };
    const connect: Connect = (access) => edgeOfKafka((at) => at.kafka.adminFor(access), edge);
    const identities = new Identities(world.issuer);
    const kafka = kafkaProduct({ ...settings, kafkaImage: 'kafka' }, connect, identities);
    const connectCassandra: ConnectCassandra = (access) => edgeOfCassandra((at) => at.cassandra.adminFor(access), edge);
    const cassandra = cassandraProduct({ ...settings, cassandraImage: 'cassandra' }, connectCassandra, identities);
    const cassandraParts = { connect: connectCassandra, identities, ddl: new DdlQueue() };
    return [
      this.#product(cache, serviceReconcile(kafka, io), sources('KafkaCluster', kafkaResource)),
      this.#product(cache, userReconcile({ connect, identities }, io), userSources()),
      this.#product(cache, topicReconcile({ connect, identities }, io), topicSources()),
      this.#product(cache, serviceReconcile(cassandra, io), sources('CassandraCluster', cassandraResource)),
      this.#product(cache, keyspaceReconcile(cassandraParts, io), keyspaceSources()),
      this.#product(cache, roleReconcile(cassandraParts, io), roleSources()),
    ];
  }

  #product(cache: StaleCache, reconcile: Product['reconcile'], from: Source[]): Product {
    const due = new Map<string, number>();
    for (const source of from) {
      cache.onChange(source.resource, (change) => {
        for (const key of source.keysOf(change)) this.#wake(due, key, 0);
      });
    }
    return { reconcile, due };
  }

  #io(cache: StaleCache): ReconcileOptions {
    const { name = '' } = this.#options;
    const { clock, issuer } = this.#world;
    const edge = this.#edge;
    return {
      api: writeThrough(
        edgeOfApi(({ server }) => clientOf(server, `${operatorPrefix}${name}`), edge),
        cache,
      ),
      cache,
      clock: { now: clock.now, sleep: (ms, signal) => edge.beside((world) => world.clock.sleep(ms, signal)) },
      events: { emit: () => {}, run: async () => {} },
      randomBytes: (length) => edge.randomBytes(length, name),
      issuer: {
        ...issuer,
        createAuthority: (...wish) => edge.beside((world) => world.issuer.createAuthority(...wish)),
      },
      onPlans: () => {},
      onCertificates: () => {},
    };
  }
}
