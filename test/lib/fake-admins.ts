/**
 * Services whose members are simulated pods: what is asked of Kafka and Cassandra is answered from the pods. Made once
 * and given to each operator of a test, as a service is one whoever asks it.
 */
import { createHash } from 'node:crypto';
import type { Authentication, CassandraAdmin, MemberWord } from '../../operators/cassandra/admin/admin.ts';
import type { ClusterView, KafkaAdmin, Voter } from '../../operators/kafka/admin/admin.ts';
import type { Pod } from '../../operators/kube/resource.ts';
import { keys } from '../../operators/workload/identity.ts';
import { isReady } from '../../operators/workload/pod-state.ts';

/** All pods of the namespaces that the test serves. */
export type ListPods = () => Promise<Pod[]>;

export function fakeKafka(listPods: ListPods): KafkaAdmin {
  return {
    describe: async ({ host }): Promise<ClusterView> => {
      const ready = await readyPeers(listPods, host);
      const voters = ready.map(voter).toSorted((one, other) => one.nodeId - other.nodeId);
      const brokers = voters.map(({ nodeId }) => ({ nodeId, rack: undefined, fenced: false }));
      return { clusterId: 'simulated', quorum: { leaderId: voters[0]?.nodeId ?? -1, voters, observers: [] }, brokers };
    },
  };
}

function voter({ metadata }: Pod): Voter {
  const nodeId = Number(metadata.labels?.['apps.kubernetes.io/pod-index']);
  return { nodeId, directoryId: idOf(metadata.name).slice(0, 22), logEndOffset: 1n };
}

interface Roles {
  created: boolean;
  locked: boolean;
  replicated: boolean;
}

export function fakeCassandra(listPods: ListPods): CassandraAdmin {
  const services = new Map<string, Roles>();
  const rolesAt = async (host: string): Promise<Roles> => {
    const uid = (await podAt(listPods, host)).metadata.labels?.[keys.serviceUid] ?? '';
    const roles = services.get(uid) ?? { created: false, locked: false, replicated: false };
    services.set(uid, roles);
    return roles;
  };
  return {
    ask: async (host): Promise<MemberWord> => {
      const [pod, ready] = [await podAt(listPods, host), await readyPeers(listPods, host)];
      if (!isReady(pod)) throw new Error(`${pod.metadata.name} does not answer yet`);
      const live = ready.map((peer) => peer.status?.podIP ?? '');
      const hostId = idOf(`${pod.metadata.namespace}/${pod.metadata.name}`);
      return { operationMode: 'NORMAL', hostId, live, unreachable: [], joining: [] };
    },
    inspect: async ({ host }): Promise<Authentication> => {
      const { created, locked, replicated } = await rolesAt(host);
      if (!created) return { kind: 'Default' };
      return { kind: 'Ours', roles: { defaultLocked: locked, unreplicated: replicated ? [] : ['system_auth'] } };
    },
    createSuperuser: async ({ host }) => {
      (await rolesAt(host)).created = true;
    },
    lockDefault: async ({ host }) => {
      (await rolesAt(host)).locked = true;
    },
    replicate: async ({ host }) => {
      (await rolesAt(host)).replicated = true;
    },
  };
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
