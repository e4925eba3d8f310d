import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Secret } from '../../operators/kube/resource.ts';
import { issuer } from '../../operators/tls/issue.ts';
import { inBase64, leaksOf, secretParts } from './leaks.ts';

function secretOf(texts: Record<string, string>): Secret {
  const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'it' }, data: Object.fromEntries(data) };
}

function leaks(texts: Record<string, string>, text: string): string[] {
  return leaksOf(secretParts(secretOf(texts)), [{ where: 'a log', text }]);
}

const password = 'correct-horse-battery';

describe('what a Secret holds', () => {
  it('is seen elsewhere', () =>
    assert.deepEqual(leaks({ password }, `login with ${password}!`), ['password of Secret it shows in a log']));

  it('is seen elsewhere in base64, whatever stands around it', () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string({ minLength: 8 }), (before, after, text) => {
        const encoded = Buffer.from(`${before}${text}${after}`).toString('base64');
        assert.ok(inBase64(text).some((form) => encoded.includes(form)));
      }),
    ));

  it('is no leak where it is not', () => assert.deepEqual(leaks({ password }, 'login with another one'), []));

  it('is no leak where it is no secret', () =>
    assert.deepEqual(leaks({ host: 'kafka.ns.svc', username: 'somebody' }, 'somebody at kafka.ns.svc'), []));

  it('is no leak by the name of what a CA is from', () =>
    assert.deepEqual(leaks({ 'given.secret': 'corporate', certificate: 'issued-ca' }, 'corporate or issued-ca'), []));

  it('is a leak by the key of a certificate, also in a file with other lines, and not by the certificate', async () => {
    const now = Date.now();
    const validity = { notBefore: new Date(now), notAfter: new Date(now + 3_600_000) };
    // Names of other lengths move the public key in the certificate to where it looks as it does beside the private one.
    for (const name of ['one', 'four', 'seven']) {
      const { key, certificate } = await issuer.createAuthority(name, validity);
      const texts = { 'a.pem': `${key}${certificate}` };
      assert.deepEqual(leaks(texts, certificate), []);
      const seen = ['a.pem of Secret it shows in a log'];
      for (const text of [key, JSON.stringify({ key }), Buffer.from(`#\n${key}`).toString('base64')])
        assert.deepEqual(leaks(texts, text), seen);
    }
  });
});
