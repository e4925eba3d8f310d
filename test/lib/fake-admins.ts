/**
 * Services whose members are simulated pods: what is asked of Kafka and Cassandra is answered from the pods. Made once
 * and given to each operator of a test, as a service is one whoever asks it.
 */
import { createHash } from 'node:crypto';
import type { Authentication, CassandraAdmin, MemberWord, Peer } from '../../operators/cassandra/admin/admin.ts';
import { MemoryKeyspaces } from '../../operators/cassandra/testing/memory-keyspaces.ts';
import { MemoryRoles } from '../../operators/cassandra/testing/memory-roles.ts';
import type { Address, ClusterView, KafkaAdmin, LogDir, Voter, VoterKey } from '../../operators/kafka/admin/admin.ts';
import { MemoryTopics, memoryTopicAdmin } from '../../operators/kafka/testing/memory-topics.ts';
import { MemoryUsers, memoryUserAdmin } from '../../operators/kafka/testing/memory-users.ts';
import type { Pod } from '../../operators/kube/resource.ts';
import { keys } from '../../operators/workload/identity.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';

/** All pods of the namespaces that the test serves. */
export type ListPods = () => Promise<Pod[]>;

/** PEM of what a pod presents. */
export type LeafOf = (pod: Pod) => Promise<string>;

/** Whoever is ready is a voter and a broker. There are no topics. */
export function fakeKafka(listPods: ListPods, leafOf: LeafOf): KafkaAdmin {
  const configs = new Map<string, Map<string, string>>();
  const cordons = new Set<string>();
  const configAt = async ({ host }: Address): Promise<Map<string, string>> => {
    const uid = (await podAt(listPods, host)).metadata.labels?.[keys.serviceUid] ?? '';
    const config = configs.get(uid) ?? new Map<string, string>();
    configs.set(uid, config);
    return config;
  };
  const votersAt = async ({ host }: Address): Promise<Voter[]> =>
    (await readyPeers(listPods, host)).map(voter).toSorted((one, other) => one.nodeId - other.nodeId);
  const votes = async (address: Address, key: VoterKey): Promise<boolean> =>
    (await votersAt(address)).some(
      ({ nodeId, directoryId }) => nodeId === key.nodeId && directoryId === key.directoryId,
    );
  const answers = async ({ host }: Address): Promise<void> => void (await podAt(listPods, host));
  const users = new Map<string, MemoryUsers>();
  const topics = new Map<string, MemoryTopics>();
  const ofService = async <Part>(parts: Map<string, Part>, { host }: Address, none: () => Part): Promise<Part> => {
    const uid = (await podAt(listPods, host)).metadata.labels?.[keys.serviceUid] ?? '';
    const known = parts.get(uid) ?? none();
    parts.set(uid, known);
    return known;
  };
  return {
    ...memoryUserAdmin((address) => ofService(users, address, () => new MemoryUsers())),
    ...memoryTopicAdmin((address) => ofService(topics, address, () => new MemoryTopics())),
    certificate: async ({ host }) => leafOf(await podAt(listPods, host)),
    describe: async (address) => viewOf(await votersAt(address)),
    forwards: async (address) => answers(address).then(() => true),
    partitions: async (address) => answers(address).then(() => []),
    dynamicConfig: async (address) => new Map(await configAt(address)),
    alterDynamicConfig: async (address, changes, { validateOnly }) => {
      const config = await configAt(address);
      for (const [key, value] of validateOnly ? [] : changes) {
        if (value === undefined) config.delete(key);
        else config.set(key, value);
      }
      return { kind: 'Done' };
    },
    reassignments: async (address) => answers(address).then(() => []),
    reassign: async (address) => answers(address).then(() => ({ kind: 'Done' })),
    logDirs: async ({ host }) => [emptyDir(cordons.has(brokerOf(await podAt(listPods, host))))],
    cordon: async ({ host }, nodeId, cordoned) => {
      const pod = await podAt(listPods, host);
      if (voter(pod).nodeId !== nodeId) return { kind: 'Refused', message: 'another broker is asked' };
      if (cordoned) cordons.add(brokerOf(pod));
      else cordons.delete(brokerOf(pod));
      return { kind: 'Done' };
    },
    electPreferred: answers,
    addVoter: async (address, key) =>
      (await votes(address, key)) ? { kind: 'AlreadyVoter' } : { kind: 'Refused', message: 'it does not run' },
    removeVoter: async (address, key) =>
      (await votes(address, key)) ? { kind: 'Refused', message: 'it runs' } : { kind: 'NotVoter' },
    unregisterBroker: answers,
  };
}

function viewOf(voters: Voter[]): ClusterView {
  const quorum = { leaderId: voters[0]?.nodeId ?? -1, highWatermark: 1n, voters, observers: [] };
  const brokers = voters.map(({ nodeId }) => ({ nodeId, rack: undefined, fenced: false }));
  return { clusterId: 'simulated', quorum, brokers };
}

/** The same after a restart. */
function brokerOf(pod: Pod): string {
  return `${pod.metadata.labels?.[keys.serviceUid]} ${voter(pod).nodeId}`;
}

function emptyDir(cordoned: boolean): LogDir {
  const gib = 2n ** 30n;
  return { path: '/data', failed: false, totalBytes: 10n * gib, usableBytes: 9n * gib, cordoned, replicas: [] };
}

function voter({ metadata }: Pod): Voter {
  const nodeId = Number(metadata.labels?.['apps.kubernetes.io/pod-index']);
  return { nodeId, directoryId: idOf(metadata.name).slice(0, 22), logEndOffset: 1n, lastCaughtUp: 1n, lastFetch: 1n };
}

interface Roles {
  created: boolean;
  locked: boolean;
  /** Of `system_auth`. */
  replication: number;
  others: MemoryRoles;
}

export function fakeCassandra(listPods: ListPods, leafOf: LeafOf): CassandraAdmin {
  const services = new Map<string, Roles>();
  const rolesAt = async (host: string): Promise<Roles> => {
    const uid = (await podAt(listPods, host)).metadata.labels?.[keys.serviceUid] ?? '';
    const roles = services.get(uid) ?? {
      created: false,
      locked: false,
      replication: 1,
      others: new MemoryRoles(Date.now),
    };
    services.set(uid, roles);
    return roles;
  };
  const schemas = new Map<string, MemoryKeyspaces>();
  const keyspacesAt = async (host: string): Promise<MemoryKeyspaces> => {
    const uid = (await podAt(listPods, host)).metadata.labels?.[keys.serviceUid] ?? '';
    const keyspaces = schemas.get(uid) ?? new MemoryKeyspaces();
    schemas.set(uid, keyspaces);
    return keyspaces;
  };
  return {
    certificate: async ({ host }) => leafOf(await podAt(listPods, host)),
    ask: async ({ host }): Promise<MemberWord> => {
      const [pod, ready] = [await podAt(listPods, host), await readyPeers(listPods, host)];
      if (!isReady(pod)) throw new Error(`${pod.metadata.name} does not answer yet`);
      const live = ready.map((peer) => peer.status?.podIP ?? '');
      const peers = ready.filter(({ status }) => status?.podIP !== host).map(peerOf);
      const { hostId, generation } = peerOf(pod);
      const nobody = { unreachable: [], joining: [], leaving: [], moving: [] };
      const disk = {
        load: 0,
        disk: { totalBytes: 1e9, usableBytes: 1e9 },
        leave: undefined,
        maintenance: { kind: 'Idle' } as const,
      };
      const word = { operationMode: 'NORMAL', hostId, generation, schema: 'simulated', live, peers, hints: [] };
      return { ...word, ...nobody, ...disk };
    },
    inspect: async ({ host }, _own, wanted): Promise<Authentication> => {
      const { created, locked, replication } = await rolesAt(host);
      if (!created) return { kind: 'Default' };
      const unreplicated = replication === wanted ? [] : ['system_auth'];
      return { kind: 'Ours', roles: { defaultLocked: locked, unreplicated } };
    },
    keyspaces: async ({ host, datacenter }) => {
      const replication = new Map([[datacenter, (await rolesAt(host)).replication]]);
      const system = { name: 'system_auth', strategy: 'NetworkTopologyStrategy', replication, durableWrites: true };
      return [system, ...(await keyspacesAt(host)).list()];
    },
    changeKeyspaces: async ({ host }, _own, changes) => (await keyspacesAt(host)).change(changes),
    letsIn: async ({ host }, { username, password }) => (await rolesAt(host)).others.admits(username, password),
    createSuperuser: async ({ host }, { username: role, password }) => {
      const roles = await rolesAt(host);
      roles.created = true;
      const create = { kind: 'Create', role, login: true, superuser: true } as const;
      roles.others.change([create, { kind: 'SetPassword', role, password }]);
    },
    lockDefault: async ({ host }) => {
      (await rolesAt(host)).locked = true;
    },
    replicate: async ({ host }, _own, _keyspaces, replication) => {
      (await rolesAt(host)).replication = replication;
    },
    roles: async ({ host }) => (await rolesAt(host)).others.read(),
    changeRoles: async ({ host }, _own, changes) => (await rolesAt(host)).others.change(changes),
  };
}

/** Its process is as old as its pod. */
function peerOf({ metadata, status }: Pod): Peer {
  const hostId = idOf(`${metadata.namespace}/${metadata.name}`);
  const generation = Math.floor(Date.parse(metadata.creationTimestamp ?? '') / 1_000);
  return { hostId, address: status?.podIP ?? '', status: 'NORMAL', generation, alive: true, member: true };
}

async function podAt(listPods: ListPods, host: string): Promise<Pod> {
  const pod = (await listPods()).find(({ status }) => status?.podIP === host);
  if (pod === undefined) throw new Error(`nothing answers at ${host}`);
  return pod;
}

async function readyPeers(listPods: ListPods, host: string): Promise<Pod[]> {
  const service = (await podAt(listPods, host)).metadata.labels?.[keys.serviceUid];
  return (await listPods()).filter((pod) => pod.metadata.labels?.[keys.serviceUid] === service && isReady(pod));
}

function idOf(seed: string): string {
  const digest = createHash('sha256').update(seed).digest('hex');
  return [8, 12, 16, 20, 32].map((end, index) => digest.slice([0, 8, 12, 16, 20][index], end)).join('-');
}
