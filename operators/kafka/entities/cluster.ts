/** The KafkaCluster that entities live in, as it can be asked and told. */
import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import { pods, refOfKey } from '../../kube/resource.ts';
import type { Identities } from '../../workload/certificates/access.ts';
import { authorityOf } from '../../workload/certificates/prepare.ts';
import { bundleOf, trustedBy } from '../../workload/certificates/secrets.ts';
import { identityOf, type ServiceObject, serviceIndex, serviceIndexKey } from '../../workload/facts.ts';
import type { ServiceIdentity } from '../../workload/identity.ts';
import type { Round } from '../../workload/io.ts';
import { isReady } from '../../workload/pod-state.ts';
import type { Address, KafkaAdmin } from '../admin/admin.ts';
import { type Connect, kafkaResource } from '../index.ts';
import { brokerRoleLabel, names, ports } from '../names.ts';

export interface ClusterParts {
  connect: Connect;
  identities: Identities;
}

export interface Reached {
  kind: 'Reached';
  cluster: ServiceObject<KafkaClusterStatus>;
  admin: KafkaAdmin;
  /** Brokers that are ready; at least one. */
  addresses: Address[];
  /** PEM of the CAs that the brokers' certificates are of. */
  trusted: string;
}

export type Reach = Reached | { kind: 'NotFound' | 'NotReady'; message: string };

/** @param key - `namespace/name` of the KafkaCluster */
export async function reach(key: string, { connect, identities }: ClusterParts, round: Round): Promise<Reach> {
  const ref = refOfKey(key);
  const cluster = round.cache.get(kafkaResource, ref);
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) {
    const message = `there is no KafkaCluster ${ref.name} in namespace ${ref.namespace}; create it, or make this object anew with another spec.cluster`;
    return { kind: 'NotFound', message };
  }
  const service = identityOf(cluster, 'KafkaCluster');
  const record = authorityOf(service, round.cache);
  const access = await identities.access(record, round.clock.now());
  const addresses = readyBrokers(service, round);
  if (record === undefined || access === undefined || addresses.length === 0)
    return { kind: 'NotReady', message: `waits for KafkaCluster ${ref.name}, which has no broker that is ready` };
  return { kind: 'Reached', cluster, admin: connect(access), addresses, trusted: bundleOf(trustedBy(record)) };
}

function readyBrokers(service: ServiceIdentity, { cache }: Round): Address[] {
  const key = serviceIndexKey(service.kind, service.namespace, service.name);
  return cache.by(pods, serviceIndex, key).flatMap((pod) => {
    const host = pod.status?.podIP;
    if (pod.metadata.labels?.[brokerRoleLabel] !== 'true' || !isReady(pod) || host === undefined) return [];
    const name = `${pod.metadata.name}.${names.members(service)}.${service.namespace}.svc`;
    return [{ host, port: ports.internal, name }];
  });
}

/** Of the first broker that answers; an Error if none does. */
export async function askAny<Answer>(
  { addresses }: Reached,
  ask: (address: Address) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer | Error> {
  let last = new Error('no broker is ready');
  for (const address of addresses) {
    try {
      return await ask(address);
    } catch (error) {
      signal.throwIfAborted();
      last = error instanceof Error ? error : new Error(String(error));
    }
  }
  return last;
}
