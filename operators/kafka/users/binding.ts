/** Pure: the Secret that an application is given to reach a KafkaCluster as one user (servicebinding.io). */
import type { EndpointStatus } from '../../../crds/status.ts';
import type { Secret } from '../../kube/resource.ts';
import type { KeyPair } from '../../tls/issue.ts';
import { entityBinding } from '../../workload/binding.ts';
import { labelDomain } from '../../workload/identity.ts';
import { propertiesText } from '../../workload/properties.ts';
import { jaasText } from '../listeners/jaas.ts';
import { protocolOf, scramModule, tokenLogin, tokenModule } from '../listeners/listeners.ts';
import type { UserModel, UserObject } from './user.ts';

/** The KafkaCluster that the Secret is for: a change of it is a change of the users there. */
export const clusterLabel = `${labelDomain}/kafka-cluster`;

export function bindingName({ metadata }: UserObject): string {
  return `${metadata.name}-kafka-user`;
}

/** In the Secret of a user who comes by a certificate; PEM. */
export const certificateKeys = { certificate: 'user.crt', key: 'user.key' } as const;

export interface Access {
  /** Where clients come who log in as the user does; undefined while there is no such listener. */
  endpoint: EndpointStatus | undefined;
  /** PEM of the CAs that the brokers' certificates are of. */
  trusted: string;
}

/** How a user proves who he is. */
export type Login =
  | { type: 'ScramSha512'; password: string }
  | { type: 'Tls'; certificate: KeyPair }
  /** Where his tokens come from the user knows. */
  | { type: 'OAuth' };

export function userBinding({ object, spec: { cluster } }: UserModel, login: Login, access: Access): Secret {
  const labels = { [clusterLabel]: cluster };
  const entries = entriesOf(object.metadata.name, login, access);
  return entityBinding(object, { name: bindingName(object), product: 'kafka', labels }, entries);
}

function entriesOf(username: string, login: Login, { endpoint, trusted }: Access): Record<string, string> {
  const { own, entries, properties } = wordsOf(username, login);
  const proof = { username, ...own };
  if (endpoint?.vip === undefined) return proof;
  const protocol = securityProtocol(login, endpoint);
  const isSecure = endpoint.tls !== false;
  const client = {
    'bootstrap.servers': endpoint.vip,
    'security.protocol': protocol,
    ...properties,
    ...(isSecure ? { 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': trusted } : {}),
  };
  return {
    ...proof,
    host: endpoint.vip.split(':')[0] ?? '',
    port: String(endpoint.port),
    'bootstrap-servers': endpoint.vip,
    'security-protocol': protocol,
    ...entries,
    ...(isSecure ? { 'ca.crt': trusted } : {}),
    'client.properties': propertiesText(client),
  };
}

interface Words {
  /** What only the user has. */
  own: Record<string, string>;
  /** How it is shown to a broker, in the Secret. */
  entries: Record<string, string>;
  /** The same for Kafka's own clients. */
  properties: Record<string, string>;
}

function wordsOf(username: string, login: Login): Words {
  switch (login.type) {
    case 'ScramSha512': {
      const { password } = login;
      const jaas = jaasText(scramModule, { username, password });
      return {
        own: { password },
        entries: { 'sasl-mechanism': 'SCRAM-SHA-512', 'sasl.jaas.config': jaas },
        properties: { 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.jaas.config': jaas },
      };
    }
    case 'Tls': {
      const { certificate, key } = login.certificate;
      return {
        own: { [certificateKeys.certificate]: certificate, [certificateKeys.key]: key },
        entries: {},
        properties: {
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.certificate.chain': certificate,
          'ssl.keystore.key': key,
        },
      };
    }
    case 'OAuth':
      return {
        own: {},
        entries: { 'sasl-mechanism': 'OAUTHBEARER' },
        properties: {
          'sasl.mechanism': 'OAUTHBEARER',
          'sasl.jaas.config': jaasText(tokenModule),
          'sasl.login.callback.handler.class': tokenLogin,
        },
      };
    default:
      return login satisfies never;
  }
}

function securityProtocol({ type }: Login, { tls }: EndpointStatus): string {
  return protocolOf({ authentication: type, tls: tls !== false });
}
