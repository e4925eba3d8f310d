/** What can go wrong at the edge of an operator process, call by call. */
import assert from 'node:assert/strict';
import type { CassandraAdmin } from '../../../operators/cassandra/admin/admin.ts';
import type { KafkaAdmin } from '../../../operators/kafka/admin/admin.ts';
import { ApiError, ConnectionError, type KubeApi } from '../../../operators/kube/api.ts';
import type { World } from '../world/world.ts';

export interface Call {
  /** For people, e.g. `apply StatefulSet demo-r1`. */
  what: string;
  /** It changes the cluster or the service. */
  writes: boolean;
  /** The other end: the API server or a member. */
  at: 'Api' | 'Service';
}

export type Fault =
  /** The call is carried out; the process dies before (`answered`: right after) it hears so. */
  | { kind: 'Crash'; answered: boolean }
  /** The call is not carried out. */
  | { kind: 'Refused'; error: Error }
  /** The call is carried out, and the answer is lost. */
  | { kind: 'Reset' };

/** Asked at each call with its number, from 1 on, among the writes; 0 for calls that only read. */
export type FaultPlan = (call: Call, write: number) => Fault | undefined;

export const noFaults: FaultPlan = () => undefined;

export const apiErrors: Record<string, Fault> = {
  'too many requests': { kind: 'Refused', error: new ApiError(429, 'TooManyRequests', 'try again', 1000) },
  'an internal error': { kind: 'Refused', error: new ApiError(500, 'InternalError', 'etcd has no leader') },
  'a conflict': { kind: 'Refused', error: new ApiError(409, 'Conflict', 'the object has been modified') },
  'a reset after the write': { kind: 'Reset' },
};

/** Thrown at every call of a process that is no more. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/** One thing that an operator did, so that it can be done to another world, too. */
export type Deed =
  | { kind: 'Call'; call: Call; moment: string; bytes: number; perform: (world: World) => Promise<unknown> }
  /** What is no call, and tells in the world all the same. */
  | { kind: 'Beside'; perform: (world: World) => Promise<unknown> }
  | { kind: 'Error'; error: unknown };

/** One call through the edge; the hook runs before each write. */
export class Edge {
  writes = 0;
  dead = false;
  /** Of each round. */
  readonly deeds: Deed[][] = [];
  readonly world: World;
  readonly #plan: FaultPlan;
  /** Holds a call back until somebody lets it go. */
  readonly #turn: (call: Call) => Promise<void>;
  #bytes = 0;

  constructor(world: World, plan: FaultPlan, turn: (call: Call) => Promise<void> = async () => {}) {
    this.world = world;
    this.#plan = plan;
    this.#turn = turn;
  }

  begin(): void {
    this.deeds.push([]);
  }

  async pass<Answer>(call: Call, perform: (world: World) => Promise<Answer>): Promise<Answer> {
    if (this.dead) throw new Crashed(call.what);
    if (call.writes) await this.#turn(call);
    this.#note({ kind: 'Call', call, moment: momentOf(this.world), bytes: this.#bytes, perform });
    const fault = this.#faultAt(call);
    if (fault?.kind === 'Refused') throw fault.error;
    const answer = await perform(this.world);
    if (fault === undefined) return answer;
    if (fault.kind === 'Reset') throw new ConnectionError(`reset: ${call.what}`, { unsent: false });
    this.dead = true;
    if (fault.answered) return answer;
    throw new Crashed(call.what);
  }

  async beside<Answer>(perform: (world: World) => Promise<Answer>): Promise<Answer> {
    if (this.dead) throw new Crashed('the process has ended');
    this.#note({ kind: 'Beside', perform });
    return perform(this.world);
  }

  failed(error: unknown): void {
    this.#note({ kind: 'Error', error });
  }

  /** No two are the same, also not those of two processes. */
  randomBytes(length: number, name: string): Buffer {
    this.#bytes += 1;
    return Buffer.alloc(length, `${name}${this.#bytes}`);
  }

  /** Does what another did in one round, until the process dies of it; the errors that it met. */
  async follow(deeds: readonly Deed[]): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const deed of deeds) {
      if (this.dead) break;
      if (deed.kind === 'Error') errors.push(deed.error);
      else if (deed.kind === 'Beside') await deed.perform(this.world);
      else await this.#repeat(deed);
    }
    return errors;
  }

  /** What failed then fails now. */
  async #repeat({ call, moment, bytes, perform }: Extract<Deed, { kind: 'Call' }>): Promise<void> {
    assert.equal(momentOf(this.world), moment, `before ${call.what} it is no longer the world that is followed`);
    const fault = this.#faultAt(call);
    assert.ok(fault === undefined || fault.kind === 'Crash', 'who follows another can only die');
    if (call.writes) await perform(this.world).catch(() => {});
    this.#bytes = bytes;
    this.dead = fault !== undefined;
  }

  #faultAt(call: Call): Fault | undefined {
    if (call.writes) this.writes += 1;
    return this.#plan(call, call.writes ? this.writes : 0);
  }

  #note(deed: Deed): void {
    this.deeds.at(-1)?.push(deed);
  }
}

function momentOf({ server, clock }: World): string {
  return `${server.version} at ${clock.now()}`;
}

export function edgeOfApi(api: (world: World) => KubeApi, edge: Edge): KubeApi {
  const call = (what: string, writes: boolean): Call => ({ what, writes, at: 'Api' });
  return {
    read: (resource, ref, options) =>
      edge.pass(call(`read ${resource.kind} ${ref.name}`, false), (world) => api(world).read(resource, ref, options)),
    list: (resource, options) =>
      edge.pass(call(`list ${resource.kind}`, false), (world) => api(world).list(resource, options)),
    watch: (resource, options) => api(edge.world).watch(resource, options),
    create: (resource, object, options) =>
      edge.pass(call(`create ${resource.kind} ${object.metadata.name}`, true), (world) =>
        api(world).create(resource, object, options),
      ),
    update: (resource, object, options) =>
      edge.pass(call(`update ${resource.kind} ${object.metadata.name}`, true), (world) =>
        api(world).update(resource, object, options),
      ),
    apply: (resource, object, options) =>
      edge.pass(call(`apply ${resource.kind} ${object.metadata.name} ${options.subresource ?? ''}`, true), (world) =>
        api(world).apply(resource, object, options),
      ),
    patch: (resource, ref, patch, options) =>
      edge.pass(call(`patch ${resource.kind} ${ref.name} ${options.subresource ?? ''}`.trim(), true), (world) =>
        api(world).patch(resource, ref, patch, options),
      ),
    remove: (resource, ref, options) =>
      edge.pass(call(`remove ${resource.kind} ${ref.name}`, true), (world) =>
        api(world).remove(resource, ref, options),
      ),
  };
}

export function edgeOfKafka(admin: (world: World) => KafkaAdmin, edge: Edge): KafkaAdmin {
  const call = (what: string, writes = false): Call => ({ what, writes, at: 'Service' });
  return {
    certificate: (address, signal) =>
      edge.pass(call(`shake hands ${address.host}`), (world) => admin(world).certificate(address, signal)),
    describe: (address, signal) =>
      edge.pass(call(`describe ${address.host}`), (world) => admin(world).describe(address, signal)),
    forwards: (address, signal) =>
      edge.pass(call(`forwards ${address.host}`), (world) => admin(world).forwards(address, signal)),
    partitions: (address, signal) =>
      edge.pass(call(`list the partitions ${address.host}`), (world) => admin(world).partitions(address, signal)),
    dynamicConfig: (address, signal) =>
      edge.pass(call(`read the configuration ${address.host}`), (world) => admin(world).dynamicConfig(address, signal)),
    alterDynamicConfig: (address, changes, options, signal) =>
      edge.pass(call(options.validateOnly ? 'try a configuration' : 'configure', !options.validateOnly), (world) =>
        admin(world).alterDynamicConfig(address, changes, options, signal),
      ),
    reassignments: (address, signal) =>
      edge.pass(call(`list the moves ${address.host}`), (world) => admin(world).reassignments(address, signal)),
    reassign: (address, moves, signal) =>
      edge.pass(call('reassign', true), (world) => admin(world).reassign(address, moves, signal)),
    logDirs: (address, signal) =>
      edge.pass(call(`list the disks ${address.host}`), (world) => admin(world).logDirs(address, signal)),
    cordon: (address, nodeId, cordoned, signal) =>
      edge.pass(call('cordon', true), (world) => admin(world).cordon(address, nodeId, cordoned, signal)),
    electPreferred: (address, partitions, signal) =>
      edge.pass(call('elect', true), (world) => admin(world).electPreferred(address, partitions, signal)),
    addVoter: (address, voter, clusterId, signal) =>
      edge.pass(call('add a voter', true), (world) => admin(world).addVoter(address, voter, clusterId, signal)),
    removeVoter: (address, voter, clusterId, signal) =>
      edge.pass(call('remove a voter', true), (world) => admin(world).removeVoter(address, voter, clusterId, signal)),
    unregisterBroker: (address, nodeId, signal) =>
      edge.pass(call('unregister a broker', true), (world) => admin(world).unregisterBroker(address, nodeId, signal)),
    topics: (address, names, signal) =>
      edge.pass(call(`look at topics ${address.host}`), (world) => admin(world).topics(address, names, signal)),
    createTopics: (address, topics, signal) =>
      edge.pass(call('create topics', true), (world) => admin(world).createTopics(address, topics, signal)),
    addPartitions: (address, counts, signal) =>
      edge.pass(call('add partitions', true), (world) => admin(world).addPartitions(address, counts, signal)),
    alterTopics: (address, changes, signal) =>
      edge.pass(call('alter topics', true), (world) => admin(world).alterTopics(address, changes, signal)),
    changeReplicas: (address, moves, signal) =>
      edge.pass(call('change replicas', true), (world) => admin(world).changeReplicas(address, moves, signal)),
    deleteTopics: (address, names, signal) =>
      edge.pass(call('delete topics', true), (world) => admin(world).deleteTopics(address, names, signal)),
    users: (address, signal) =>
      edge.pass(call(`list the users ${address.host}`), (world) => admin(world).users(address, signal)),
    alterPasswords: (address, set, remove, signal) =>
      edge.pass(call('alter passwords', true), (world) => admin(world).alterPasswords(address, set, remove, signal)),
    addAcls: (address, bindings, signal) =>
      edge.pass(call('add ACLs', true), (world) => admin(world).addAcls(address, bindings, signal)),
    removeAcls: (address, bindings, signal) =>
      edge.pass(call('remove ACLs', true), (world) => admin(world).removeAcls(address, bindings, signal)),
    alterQuotas: (address, changes, signal) =>
      edge.pass(call('alter quotas', true), (world) => admin(world).alterQuotas(address, changes, signal)),
  };
}

export function edgeOfCassandra(admin: (world: World) => CassandraAdmin, edge: Edge): CassandraAdmin {
  const call = (what: string, writes: boolean): Call => ({ what, writes, at: 'Service' });
  return {
    certificate: (address, protocol, signal) =>
      edge.pass(call(`shake hands ${address.host}`, false), (world) =>
        admin(world).certificate(address, protocol, signal),
      ),
    ask: (address, signal) =>
      edge.pass(call(`ask ${address.host}`, false), (world) => admin(world).ask(address, signal)),
    inspect: (target, own, replication, signal) =>
      edge.pass(call(`inspect ${target.host}`, false), (world) =>
        admin(world).inspect(target, own, replication, signal),
      ),
    keyspaces: (target, own, signal) =>
      edge.pass(call(`list the keyspaces ${target.host}`, false), (world) =>
        admin(world).keyspaces(target, own, signal),
      ),
    changeKeyspaces: (target, own, changes, members, signal) =>
      edge.pass(call('change keyspaces', true), (world) =>
        admin(world).changeKeyspaces(target, own, changes, members, signal),
      ),
    letsIn: (target, credentials, signal) =>
      edge.pass(call(`try a login ${target.host}`, false), (world) => admin(world).letsIn(target, credentials, signal)),
    createSuperuser: (target, own, signal) =>
      edge.pass(call('create the superuser', true), (world) => admin(world).createSuperuser(target, own, signal)),
    lockDefault: (target, own, password, signal) =>
      edge.pass(call('lock the default role', true), (world) =>
        admin(world).lockDefault(target, own, password, signal),
      ),
    replicate: (target, own, keyspaces, replication, signal) =>
      edge.pass(call('replicate the system keyspaces', true), (world) =>
        admin(world).replicate(target, own, keyspaces, replication, signal),
      ),
    roles: (target, own, signal) =>
      edge.pass(call(`list the roles ${target.host}`, false), (world) => admin(world).roles(target, own, signal)),
    changeRoles: (target, own, changes, signal) =>
      edge.pass(call('change roles', true), (world) => admin(world).changeRoles(target, own, changes, signal)),
  };
}
