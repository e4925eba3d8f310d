/** Names, ports and annotations of a Cassandra service. */
import { labelDomain, type ServiceIdentity } from '../workload/identity.ts';

export const ports = {
  /** Members among themselves. */
  storage: 7000,
  /** Clients (CQL). */
  native: 9042,
  /** The agent's probes, in clear. */
  agent: 8778,
  /** What the agent tells the operator, and other members. */
  agentTls: 8779,
} as const;

export const names = {
  members: (service: ServiceIdentity) => `${service.name}-cassandra-members`,
  client: (service: ServiceIdentity) => `${service.name}-cassandra`,
  budget: (service: ServiceIdentity) => `${service.name}-cassandra`,
  networkPolicy: (service: ServiceIdentity) => `${service.name}-cassandra`,
  binding: (service: ServiceIdentity) => `${service.name}-cassandra-binding`,
  superuser: (service: ServiceIdentity) => `${service.name}-cassandra-superuser`,
  /** What is told of the user's Secret: members go on without that. */
  clientAuthority: (service: ServiceIdentity) => `${service.name}-cassandra-client-ca`,
  rack: (service: ServiceIdentity, rack: string) => `${service.name}-${rack}`,
  config: (service: ServiceIdentity, rack: string) => `${service.name}-${rack}-config`,
};

/** On a pod: how the member may start (see start.ts). Absent: wait. */
export const startAnnotation = `${labelDomain}/start`;

/** On a pod: the host id that is to leave the ring; the agent asks Cassandra for it. */
export const leaveAnnotation = `${labelDomain}/leave`;

/** On a pod: what its member is to do with one keyspace, and the id that it does it under (see keyspaces/maintenance.ts). */
export const maintenanceAnnotation = `${labelDomain}/maintenance`;

/** On a pod: `spec.encryption.clients` as its process was told. */
export const encryptionAnnotation = `${labelDomain}/encryption`;

/** On a pod: `spec.authentication.mode` as its process was told; absent for passwords alone. */
export const authenticationAnnotation = `${labelDomain}/authentication`;

/** On the copy of the superuser's Secret: Cassandra was told what is noted there. */
export const toldAnnotation = `${labelDomain}/superuser-told`;

/** On a claim: the host id of the member whose data it holds. */
export const hostIdAnnotation = `${labelDomain}/cassandra-host-id`;

/** Where the CAs of clients are. */
export const clientAuthorityVolume = 'client-ca';

/** The one volume of a member. */
export const dataVolume = 'data';
