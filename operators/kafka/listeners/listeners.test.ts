import assert from 'node:assert/strict';
import type { KafkaListener } from '../../../crds/kafka-cluster.ts';
import { issuer } from '../../tls/issue.ts';
import { authenticationProperties, protocolOf } from './listeners.ts';

const validity = { notBefore: new Date(0), notAfter: new Date(Date.UTC(2100, 0, 1)) };
const oauth = {
  issuer: 'https://id.example.com/realm',
  jwksUri: 'https://id.example.com/keys',
  audience: 'kafka',
  principalClaim: 'client_id',
};

function settingsOf(parts: Partial<KafkaListener>): Record<string, string> {
  const listener = { name: 'one', port: 9095, tls: true, authentication: 'None' as const, ...parts };
  return Object.fromEntries(
    authenticationProperties(listener).map(([key, value]) => [key.replace('listener.name.one.', ''), value]),
  );
}

describe('a listener for clients', () => {
  const protocols: [KafkaListener['authentication'], string, string][] = [
    ['ScramSha512', 'SASL_SSL', 'SASL_PLAINTEXT'],
    ['OAuth', 'SASL_SSL', 'SASL_PLAINTEXT'],
    ['Tls', 'SSL', 'PLAINTEXT'],
    ['None', 'SSL', 'PLAINTEXT'],
  ];
  for (const [authentication, secure, clear] of protocols)
    it(`speaks ${secure} or ${clear} with authentication ${authentication}`, () =>
      assert.deepEqual(
        [true, false].map((tls) => protocolOf({ authentication, tls })),
        [secure, clear],
      ));

  it('takes the tokens of one issuer, for one audience, in the name that a claim has', () =>
    assert.deepEqual(settingsOf({ authentication: 'OAuth', oauth }), {
      'sasl.enabled.mechanisms': 'OAUTHBEARER',
      'oauthbearer.sasl.jaas.config': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
      'oauthbearer.sasl.server.callback.handler.class':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
      'oauthbearer.connections.max.reauth.ms': '3600000',
      'sasl.oauthbearer.jwt.validator.class': 'dev.stateward.kafka.UserTokenValidator',
      'sasl.oauthbearer.jwks.endpoint.url': 'https://id.example.com/keys',
      'sasl.oauthbearer.expected.issuer': 'https://id.example.com/realm',
      'sasl.oauthbearer.expected.audience': 'kafka',
      'sasl.oauthbearer.sub.claim.name': 'client_id',
    }));

  it('trusts the CAs of an issuer, and takes nothing but certificates from what is said of them', async () => {
    const { certificate } = await issuer.createAuthority('id', validity);
    const ca = `# ours\n${certificate}";\nsuper.users=User:eve\n`;
    const jaas = settingsOf({ authentication: 'OAuth', oauth: { ...oauth, ca } })['oauthbearer.sasl.jaas.config'];
    const pem = certificate.trim().split('\n').join('\\n');
    assert.equal(
      jaas,
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker" ' +
        `ssl.truststore.type="PEM" ssl.truststore.certificates="${pem}\\n";`,
    );
  });
});
