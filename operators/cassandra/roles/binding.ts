/** Pure: the Secret that an application is given to reach a CassandraCluster as one role (servicebinding.io). */
import type { EndpointStatus } from '../../../crds/status.ts';
import type { Secret } from '../../kube/resource.ts';
import { entityBinding } from '../../workload/binding.ts';
import { trustKey } from '../../workload/certificates/secrets.ts';
import { labelDomain } from '../../workload/identity.ts';
import type { RoleModel, RoleObject } from './role.ts';

/** The CassandraCluster that the Secret is for: a change of it is a change of the roles there. */
export const clusterLabel = `${labelDomain}/cassandra-cluster`;

export function bindingName({ metadata }: RoleObject): string {
  return `${metadata.name}-cassandra-role`;
}

export interface Door {
  endpoint: EndpointStatus | undefined;
  datacenter: string;
  /** PEM of the CAs that the members' certificates are of. */
  trusted: string;
}

export function roleBinding(
  { object, spec: { cluster } }: RoleModel,
  login: { username: string; password: string },
  door: Door,
): Secret {
  const labels = { [clusterLabel]: cluster };
  return entityBinding(object, { name: bindingName(object), product: 'cassandra', labels }, entriesOf(login, door));
}

function entriesOf(
  { username, password }: { username: string; password: string },
  { endpoint, datacenter, trusted }: Door,
): Record<string, string> {
  const login = { username, password, datacenter };
  if (endpoint?.vip === undefined) return login;
  return {
    ...login,
    host: endpoint.vip.split(':')[0] ?? '',
    port: String(endpoint.port),
    ...(endpoint.tls === false ? {} : { [trustKey]: trusted }),
  };
}
