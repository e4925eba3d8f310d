/** Pure: the certificates of a Cassandra service, and what its processes are told of them. */
import type { CassandraClusterSpec } from '../../crds/cassandra-cluster.ts';
import { leafFile, trustFile } from '../workload/certificates/files.ts';
import type { CertificateWish } from '../workload/certificates/prepare.ts';
import { serviceNames } from '../workload/identity.ts';
import { type MemberGroup, memberNames } from '../workload/member-set.ts';
import type { ServiceModel } from '../workload/product.ts';
import { names } from './names.ts';
import type { CassandraSettings, CassandraSpecModel } from './spec.ts';

export type ClientEncryption = CassandraClusterSpec['encryption']['clients'];

export function certificateWish(
  { service, groups, certificates }: CassandraSpecModel & Pick<ServiceModel, 'groups' | 'certificates'>,
  { clusterDomain }: CassandraSettings,
): CertificateWish {
  const named = (name: string): string[] => serviceNames(name, service, clusterDomain);
  const clients = named(names.client(service));
  const ofGroup = (group: MemberGroup) => ({
    set: group.name,
    members: memberNames(group).map((pod) => ({
      pod,
      dnsNames: [...named(`${pod}.${names.members(service)}`), ...clients],
    })),
  });
  return { service, groups: groups.map(ofGroup), policy: certificates };
}

/** Key and certificate of the member itself: all pods of a rack have one cassandra.yaml. */
export const ownFile = '/run/stateward/own.pem';

/** Of a shell. By its path, so that it leads to what the kubelet brings later, too. */
export const linkOwnFile = `ln -sf "${leafFile('$(uname -n)')}" ${ownFile}`;

/** Members know each other by certificates. What Cassandra is not told it concludes from which files are there. */
export function encryptionSettings(clients: ClientEncryption): Record<string, unknown> {
  const server = { internode_encryption: 'all', optional: false, require_client_auth: true };
  const client = { enabled: clients !== 'None', optional: clients === 'Optional', require_client_auth: false };
  return {
    server_encryption_options: { ...server, ...pemFiles() },
    client_encryption_options: { ...client, ...pemFiles() },
  };
}

function pemFiles(): Record<string, unknown> {
  return {
    ssl_context_factory: { class_name: 'org.apache.cassandra.security.PEMBasedSslContextFactory' },
    keystore: ownFile,
    truststore: trustFile,
  };
}
