/** Pure: how clients are let in by a listener, and as whom. */
import type { KafkaListener } from '../../crds/kafka-cluster.ts';
import { jaasText } from './jaas.ts';

export type Protocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export function protocolOf({ tls, authentication }: Pick<KafkaListener, 'tls' | 'authentication'>): Protocol {
  switch (authentication) {
    case 'ScramSha512':
      return tls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
    case 'Tls':
    case 'None':
      return tls ? 'SSL' : 'PLAINTEXT';
    default:
      return authentication satisfies never;
  }
}

/** Of brokers and of clients. */
export const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule';

/** A name that an object of Kubernetes can have: none of those by which members and operator are known. */
const userRule = 'RULE:^CN=([-a-z0-9.]+),O=stateward-user$/$1/';

/** Settings of one listener, by their keys without its prefix. */
function authenticationSettings({ authentication }: KafkaListener): Record<string, string> {
  switch (authentication) {
    case 'ScramSha512':
      return {
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'scram-sha-512.sasl.jaas.config': jaasText(scramModule),
      };
    case 'Tls':
      return { 'ssl.client.auth': 'required', 'ssl.principal.mapping.rules': userRule };
    case 'None':
      return {};
    default:
      return authentication satisfies never;
  }
}

export function authenticationProperties(listener: KafkaListener): [string, string][] {
  const settings = Object.entries(authenticationSettings(listener));
  return settings.map(([key, value]) => [`listener.name.${listener.name}.${key}`, value]);
}
