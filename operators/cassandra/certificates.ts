/** Pure: the certificates of a Cassandra service, and what its processes are told of them. */
import type { CassandraClusterSpec } from '../../crds/cassandra-cluster.ts';
import type { Authentication } from '../../crds/cassandra-settings.ts';
import { leafFile, trustFile } from '../workload/certificates/files.ts';
import type { CertificateWish } from '../workload/certificates/prepare.ts';
import { serviceNames } from '../workload/identity.ts';
import { type MemberGroup, memberNames } from '../workload/members/member-set.ts';
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

/** Where the CAs are by which clients are let in. */
export const clientAuthorityFolder = '/etc/stateward-clients';

/** Those that have signed the certificates of clients, and the service's own, by which the operator comes. */
export const acceptedKey = 'accepted.crt';

const pemFactory = 'org.apache.cassandra.security.PEMBasedSslContextFactory';

/** Of the agent: Cassandra's own, but that a client may come without a certificate as well. */
const wantingFactory = 'dev.stateward.cassandra.WantedCertificateSslContextFactory';

/** Members know each other by certificates. What Cassandra is not told it concludes from which files are there. */
export function encryptionSettings(clients: ClientEncryption, mode: Authentication['mode']): Record<string, unknown> {
  const server = { internode_encryption: 'all', optional: false, require_client_auth: true };
  const client = { enabled: clients !== 'None', optional: clients === 'Optional', ...clientAuth(mode) };
  return {
    server_encryption_options: { ...server, ...pemFiles() },
    client_encryption_options: client,
  };
}

/** Cassandra 5.0 knows no third value beside true and false: its factory then says what is asked of clients. */
function clientAuth(mode: Authentication['mode']): Record<string, unknown> {
  const accepted = `${clientAuthorityFolder}/${acceptedKey}`;
  switch (mode) {
    case 'Password':
      return { require_client_auth: false, ...pemFiles() };
    case 'PasswordOrTls':
      return { require_client_auth: true, ...pemFiles(wantingFactory, accepted) };
    case 'MutualTls':
      return { require_client_auth: true, ...pemFiles(pemFactory, accepted) };
    default:
      return mode satisfies never;
  }
}

function pemFiles(class_name = pemFactory, truststore = trustFile): Record<string, unknown> {
  return { ssl_context_factory: { class_name }, keystore: ownFile, truststore };
}
