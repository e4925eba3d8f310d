/** What can go wrong at the edge of an operator process, call by call. */
import type { CassandraAdmin } from '../../../operators/cassandra/admin/admin.ts';
import type { KafkaAdmin } from '../../../operators/kafka/admin/admin.ts';
import { ApiError, ConnectionError, type KubeApi } from '../../../operators/kube/api.ts';

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

/** One call through the edge; the hook runs before each write. */
export class Edge {
  writes = 0;
  dead = false;
  readonly #plan: FaultPlan;
  /** Holds a call back until somebody lets it go. */
  readonly #turn: (call: Call) => Promise<void>;

  constructor(plan: FaultPlan, turn: (call: Call) => Promise<void> = async () => {}) {
    this.#plan = plan;
    this.#turn = turn;
  }

  async pass<Answer>(call: Call, perform: () => Promise<Answer>): Promise<Answer> {
    if (this.dead) throw new Crashed(call.what);
    if (call.writes) await this.#turn(call);
    if (call.writes) this.writes += 1;
    const fault = this.#plan(call, call.writes ? this.writes : 0);
    if (fault?.kind === 'Refused') throw fault.error;
    const answer = await perform();
    if (fault === undefined) return answer;
    if (fault.kind === 'Reset') throw new ConnectionError(`reset: ${call.what}`, { unsent: false });
    this.dead = true;
    if (fault.answered) return answer;
    throw new Crashed(call.what);
  }
}

export function edgeOfApi(api: KubeApi, edge: Edge): KubeApi {
  const call = (what: string, writes: boolean): Call => ({ what, writes, at: 'Api' });
  return {
    read: (resource, ref, options) =>
      edge.pass(call(`read ${resource.kind} ${ref.name}`, false), () => api.read(resource, ref, options)),
    list: (resource, options) => edge.pass(call(`list ${resource.kind}`, false), () => api.list(resource, options)),
    watch: (resource, options) => api.watch(resource, options),
    create: (resource, object, options) =>
      edge.pass(call(`create ${resource.kind} ${object.metadata.name}`, true), () =>
        api.create(resource, object, options),
      ),
    update: (resource, object, options) =>
      edge.pass(call(`update ${resource.kind} ${object.metadata.name}`, true), () =>
        api.update(resource, object, options),
      ),
    apply: (resource, object, options) =>
      edge.pass(call(`apply ${resource.kind} ${object.metadata.name} ${options.subresource ?? ''}`, true), () =>
        api.apply(resource, object, options),
      ),
    patch: (resource, ref, patch, options) =>
      edge.pass(call(`patch ${resource.kind} ${ref.name} ${options.subresource ?? ''}`.trim(), true), () =>
        api.patch(resource, ref, patch, options),
      ),
    remove: (resource, ref, options) =>
      edge.pass(call(`remove ${resource.kind} ${ref.name}`, true), () => api.remove(resource, ref, options)),
  };
}

export function edgeOfKafka(admin: KafkaAdmin, edge: Edge): KafkaAdmin {
  const call = (what: string, writes = false): Call => ({ what, writes, at: 'Service' });
  return {
    certificate: (address, signal) =>
      edge.pass(call(`shake hands ${address.host}`), () => admin.certificate(address, signal)),
    describe: (address, signal) => edge.pass(call(`describe ${address.host}`), () => admin.describe(address, signal)),
    partitions: (address, signal) =>
      edge.pass(call(`list the partitions ${address.host}`), () => admin.partitions(address, signal)),
    dynamicConfig: (address, signal) =>
      edge.pass(call(`read the configuration ${address.host}`), () => admin.dynamicConfig(address, signal)),
    alterDynamicConfig: (address, changes, options, signal) =>
      edge.pass(call(options.validateOnly ? 'try a configuration' : 'configure', !options.validateOnly), () =>
        admin.alterDynamicConfig(address, changes, options, signal),
      ),
    reassignments: (address, signal) =>
      edge.pass(call(`list the moves ${address.host}`), () => admin.reassignments(address, signal)),
    reassign: (address, moves, signal) =>
      edge.pass(call('reassign', true), () => admin.reassign(address, moves, signal)),
    logDirs: (address, signal) =>
      edge.pass(call(`list the disks ${address.host}`), () => admin.logDirs(address, signal)),
    cordon: (address, nodeId, cordoned, signal) =>
      edge.pass(call('cordon', true), () => admin.cordon(address, nodeId, cordoned, signal)),
    electPreferred: (address, partitions, signal) =>
      edge.pass(call('elect', true), () => admin.electPreferred(address, partitions, signal)),
    addVoter: (address, voter, clusterId, signal) =>
      edge.pass(call('add a voter', true), () => admin.addVoter(address, voter, clusterId, signal)),
    removeVoter: (address, voter, clusterId, signal) =>
      edge.pass(call('remove a voter', true), () => admin.removeVoter(address, voter, clusterId, signal)),
    unregisterBroker: (address, nodeId, signal) =>
      edge.pass(call('unregister a broker', true), () => admin.unregisterBroker(address, nodeId, signal)),
    topics: (address, names, signal) =>
      edge.pass(call(`look at topics ${address.host}`), () => admin.topics(address, names, signal)),
    createTopics: (address, topics, signal) =>
      edge.pass(call('create topics', true), () => admin.createTopics(address, topics, signal)),
    addPartitions: (address, counts, signal) =>
      edge.pass(call('add partitions', true), () => admin.addPartitions(address, counts, signal)),
    alterTopics: (address, changes, signal) =>
      edge.pass(call('alter topics', true), () => admin.alterTopics(address, changes, signal)),
    changeReplicas: (address, moves, signal) =>
      edge.pass(call('change replicas', true), () => admin.changeReplicas(address, moves, signal)),
    deleteTopics: (address, names, signal) =>
      edge.pass(call('delete topics', true), () => admin.deleteTopics(address, names, signal)),
    users: (address, signal) => edge.pass(call(`list the users ${address.host}`), () => admin.users(address, signal)),
    alterPasswords: (address, set, remove, signal) =>
      edge.pass(call('alter passwords', true), () => admin.alterPasswords(address, set, remove, signal)),
    addAcls: (address, bindings, signal) =>
      edge.pass(call('add ACLs', true), () => admin.addAcls(address, bindings, signal)),
    removeAcls: (address, bindings, signal) =>
      edge.pass(call('remove ACLs', true), () => admin.removeAcls(address, bindings, signal)),
    alterQuotas: (address, changes, signal) =>
      edge.pass(call('alter quotas', true), () => admin.alterQuotas(address, changes, signal)),
  };
}

export function edgeOfCassandra(admin: CassandraAdmin, edge: Edge): CassandraAdmin {
  const call = (what: string, writes: boolean): Call => ({ what, writes, at: 'Service' });
  return {
    certificate: (address, protocol, signal) =>
      edge.pass(call(`shake hands ${address.host}`, false), () => admin.certificate(address, protocol, signal)),
    ask: (address, signal) => edge.pass(call(`ask ${address.host}`, false), () => admin.ask(address, signal)),
    inspect: (target, own, replication, signal) =>
      edge.pass(call(`inspect ${target.host}`, false), () => admin.inspect(target, own, replication, signal)),
    keyspaces: (target, own, signal) =>
      edge.pass(call(`list the keyspaces ${target.host}`, false), () => admin.keyspaces(target, own, signal)),
    changeKeyspaces: (target, own, changes, members, signal) =>
      edge.pass(call('change keyspaces', true), () => admin.changeKeyspaces(target, own, changes, members, signal)),
    createSuperuser: (target, own, signal) =>
      edge.pass(call('create the superuser', true), () => admin.createSuperuser(target, own, signal)),
    lockDefault: (target, own, password, signal) =>
      edge.pass(call('lock the default role', true), () => admin.lockDefault(target, own, password, signal)),
    replicate: (target, own, keyspaces, replication, signal) =>
      edge.pass(call('replicate the system keyspaces', true), () =>
        admin.replicate(target, own, keyspaces, replication, signal),
      ),
    roles: (target, own, signal) =>
      edge.pass(call(`list the roles ${target.host}`, false), () => admin.roles(target, own, signal)),
    changeRoles: (target, own, changes, signal) =>
      edge.pass(call('change roles', true), () => admin.changeRoles(target, own, changes, signal)),
  };
}
