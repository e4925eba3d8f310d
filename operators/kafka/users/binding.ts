/** Pure: the Secret that an application is given to reach a KafkaCluster as one user (servicebinding.io). */
import type { EndpointStatus } from '../../../crds/status.ts';
import { ownerReference } from '../../kube/owner.ts';
import type { Secret } from '../../kube/resource.ts';
import { labelDomain } from '../../workload/identity.ts';
import { propertiesText } from '../../workload/properties.ts';
import { jaasText } from '../jaas.ts';
import { scramModule } from '../server-properties.ts';
import type { UserModel, UserObject } from './user.ts';

/** The KafkaCluster that the Secret is for: a change of it is a change of the users there. */
export const clusterLabel = `${labelDomain}/kafka-cluster`;

export function bindingName({ metadata }: UserObject): string {
  return `${metadata.name}-kafka-user`;
}

export interface Login {
  password: string;
  /** Where clients come who have a password; undefined while there is no such listener. */
  endpoint: EndpointStatus | undefined;
  /** PEM of the CAs that the brokers' certificates are of. */
  trusted: string;
}

export function userBinding({ object, spec: { cluster } }: UserModel, login: Login): Secret {
  const data = Object.entries(entriesOf(object.metadata.name, login)).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  const { namespace = '' } = object.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: bindingName(object),
      namespace,
      labels: {
        'app.kubernetes.io/name': 'kafka',
        'app.kubernetes.io/part-of': 'stateward',
        'app.kubernetes.io/managed-by': 'stateward',
        [clusterLabel]: cluster,
      },
      ownerReferences: [ownerReference(object)],
    },
    type: 'servicebinding.io/kafka',
    data: Object.fromEntries(data),
  };
}

function entriesOf(username: string, { password, endpoint, trusted }: Login): Record<string, string> {
  const login = { type: 'kafka', provider: 'stateward', username, password };
  if (endpoint?.vip === undefined) return login;
  const protocol = endpoint.tls === false ? 'SASL_PLAINTEXT' : 'SASL_SSL';
  const jaas = jaasText(scramModule, { username, password });
  const properties = {
    'bootstrap.servers': endpoint.vip,
    'security.protocol': protocol,
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': jaas,
    ...(endpoint.tls === false ? {} : { 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': trusted }),
  };
  return {
    ...login,
    host: endpoint.vip.split(':')[0] ?? '',
    port: String(endpoint.port),
    'bootstrap-servers': endpoint.vip,
    'security-protocol': protocol,
    'sasl-mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': jaas,
    ...(endpoint.tls === false ? {} : { 'ca.crt': trusted }),
    'client.properties': propertiesText(properties),
  };
}
