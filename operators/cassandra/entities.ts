/** The CassandraCluster that keyspaces and roles live in, as its superuser can ask and tell it. */
import {
  type CassandraClusterSpec,
  type CassandraClusterStatus,
  parseCassandraSpec,
} from '../../crds/cassandra-cluster.ts';
import type { Pod } from '../kube/resource.ts';
import { type Address, podAddress } from '../workload/address.ts';
import type { Identities } from '../workload/certificates/access.ts';
import { type Reached as Answering, reachService, type Unreached } from '../workload/entities/reach.ts';
import { identityOf } from '../workload/facts.ts';
import type { ServiceIdentity } from '../workload/identity.ts';
import type { Round } from '../workload/io.ts';
import type { CassandraAdmin, Superuser, Target } from './admin/admin.ts';
import type { DdlQueue } from './ddl-queue.ts';
import { type Connect, cassandraResource } from './index.ts';
import { names, ports } from './names.ts';
import { readSuperuser, superuserSecretOf } from './superuser/secret.ts';

export interface ClusterParts {
  connect: Connect;
  identities: Identities;
  ddl: DdlQueue;
}

export interface Reached extends Answering<CassandraClusterStatus> {
  service: ServiceIdentity;
  spec: CassandraClusterSpec;
  admin: CassandraAdmin;
  /** The superuser. */
  own: Superuser;
}

/** @param key - `namespace/name` of the CassandraCluster */
export async function reach(
  key: string,
  { connect, identities }: ClusterParts,
  round: Round,
): Promise<Reached | Unreached> {
  const doors = {
    kind: 'CassandraCluster',
    resource: cassandraResource,
    identities,
    member: 'member',
    addressOf: nativeAddress,
  } as const;
  const reached = await reachService(key, doors, round);
  if (reached.kind !== 'Reached') return reached;
  const { cluster } = reached;
  if ((cluster.status?.endpoints ?? []).length === 0) return waits(key, 'which is being set up');
  const parsed = parseCassandraSpec(cluster.spec ?? {});
  if (!parsed.ok) return waits(key, 'whose spec is not valid: its conditions say why');
  const service = identityOf(cluster, 'CassandraCluster');
  const superuserSecret = superuserSecretOf(service, parsed.value);
  const own = await readSuperuser({ service, superuserSecret, published: true }, round);
  if (own === undefined) return waits(key, `whose superuser is not known: there is no Secret ${superuserSecret}`);
  return { ...reached, service, spec: parsed.value, admin: connect(reached.access), own };
}

function waits(key: string, why: string): Unreached {
  return { kind: 'NotReady', message: `waits for CassandraCluster ${key.slice(key.indexOf('/') + 1)}, ${why}` };
}

function nativeAddress(pod: Pod, service: ServiceIdentity): Address | undefined {
  return memberAddress(pod, service, ports.native);
}

/** Undefined while its pod has no address. */
export function memberAddress(pod: Pod, service: ServiceIdentity, port: number): Address | undefined {
  return podAddress(pod, names.members(service), port);
}

/** Addresses of all members that are ready. */
export function hostsOf({ addresses }: Pick<Reached, 'addresses'>): string[] {
  return addresses.map(({ host }) => host);
}

/** A member as the superuser speaks with it by CQL. */
export function targetAt(address: Address, { spec }: Reached): Target {
  return { ...address, datacenter: spec.datacenter, clear: spec.encryption.clients !== 'Required' };
}
