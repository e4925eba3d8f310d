/** Pure: how clients are let in by a listener, and as whom. */
import type { KafkaListener } from '../../../crds/kafka-cluster.ts';
import { type Certificate, readBundle } from '../../tls/certificate.ts';
import { bundleOf } from '../../workload/certificates/secrets.ts';
import { jaasText } from './jaas.ts';

type OAuth = NonNullable<KafkaListener['oauth']>;

export type Protocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export function protocolOf({ tls, authentication }: Pick<KafkaListener, 'tls' | 'authentication'>): Protocol {
  switch (authentication) {
    case 'ScramSha512':
    case 'OAuth':
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
function authenticationSettings({ authentication, oauth }: KafkaListener): Record<string, string> {
  switch (authentication) {
    case 'ScramSha512':
      return {
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'scram-sha-512.sasl.jaas.config': jaasText(scramModule),
      };
    case 'Tls':
      return { 'ssl.client.auth': 'required', 'ssl.principal.mapping.rules': userRule };
    case 'OAuth':
      return oauth === undefined ? {} : oauthSettings(oauth);
    case 'None':
      return {};
    default:
      return authentication satisfies never;
  }
}

/** Who is in for longer shows another token, or is let out when his ends. */
const longestSessionMs = 3_600_000;

const bearer = 'org.apache.kafka.common.security.oauthbearer';
/** Of brokers and of clients. */
export const tokenModule = `${bearer}.OAuthBearerLoginModule`;
/** Has a client ask the issuer for tokens. */
export const tokenLogin = `${bearer}.OAuthBearerLoginCallbackHandler`;

function oauthSettings({ issuer, jwksUri, audience, principalClaim, ca }: OAuth): Record<string, string> {
  // With options of its own Kafka makes a token for the broker itself, which nobody is shown, and asks for a name.
  const trusted = ca === undefined ? undefined : readBundle(ca);
  const options = trusted?.ok ? { unsecuredLoginStringClaim_sub: 'broker', ...trustOptions(trusted.value) } : {};
  return {
    'sasl.enabled.mechanisms': 'OAUTHBEARER',
    'oauthbearer.sasl.jaas.config': jaasText(tokenModule, options),
    'oauthbearer.sasl.server.callback.handler.class': `${bearer}.OAuthBearerValidatorCallbackHandler`,
    'oauthbearer.connections.max.reauth.ms': String(longestSessionMs),
    'sasl.oauthbearer.jwt.validator.class': 'dev.stateward.kafka.UserTokenValidator',
    'sasl.oauthbearer.jwks.endpoint.url': jwksUri,
    'sasl.oauthbearer.expected.issuer': issuer,
    'sasl.oauthbearer.expected.audience': audience,
    'sasl.oauthbearer.sub.claim.name': principalClaim,
  };
}

/** Of the certificates alone, whatever else stood beside them. */
function trustOptions(certificates: readonly Certificate[]): Record<string, string> {
  const bundle = bundleOf(certificates.map(({ pem }) => pem));
  return { 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': bundle };
}

/** Kafka asks no other URL for keys than those that its JVM is told (CVE-2025-27817). */
export function issuerOptions(listeners: readonly KafkaListener[]): string[] {
  const urls = [...new Set(listeners.flatMap(({ oauth }) => (oauth === undefined ? [] : [oauth.jwksUri])))];
  return urls.length === 0 ? [] : [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${urls.join(',')}`];
}

export function authenticationProperties(listener: KafkaListener): [string, string][] {
  const settings = Object.entries(authenticationSettings(listener));
  return settings.map(([key, value]) => [`listener.name.${listener.name}.${key}`, value]);
}
