/** The KafkaCluster that users and topics live in, as it can be asked and told. */
import type { KafkaClusterStatus } from '../../crds/kafka-cluster.ts';
import type { Pod } from '../kube/resource.ts';
import { type Address, podAddress } from '../workload/address.ts';
import type { Identities } from '../workload/certificates/access.ts';
import { type Reached as Answering, reachService, type Unreached } from '../workload/entities/reach.ts';
import type { ServiceIdentity } from '../workload/identity.ts';
import type { Round } from '../workload/io.ts';
import type { KafkaAdmin } from './admin/admin.ts';
import { type Connect, kafkaResource } from './index.ts';
import { brokerRoleLabel, names, ports } from './names.ts';

export interface ClusterParts {
  connect: Connect;
  identities: Identities;
}

export interface Reached extends Answering<KafkaClusterStatus> {
  admin: KafkaAdmin;
}

/** @param key - `namespace/name` of the KafkaCluster */
export async function reach(
  key: string,
  { connect, identities }: ClusterParts,
  round: Pick<Round, 'cache' | 'clock'>,
): Promise<Reached | Unreached> {
  const doors = {
    kind: 'KafkaCluster',
    resource: kafkaResource,
    identities,
    member: 'broker',
    addressOf: brokerAddress,
  } as const;
  const reached = await reachService(key, doors, round);
  return reached.kind === 'Reached' ? { ...reached, admin: connect(reached.access) } : reached;
}

function brokerAddress(pod: Pod, service: ServiceIdentity): Address | undefined {
  if (pod.metadata.labels?.[brokerRoleLabel] !== 'true') return undefined;
  return podAddress(pod, names.members(service), ports.internal);
}
