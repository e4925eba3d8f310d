import assert from 'node:assert/strict';
import fc from 'fast-check';
import { durationMs } from '../../kube/duration.ts';
import { defaultCertificates, serviceOf } from '../testing/services.ts';
import { certificateFor, type IssuedObject, requestOf, wordOf } from './cert-manager.ts';
import { authorityName } from './wanted.ts';

const issuer = { name: 'corporate', kind: 'Issuer', group: 'cert-manager.io' };
const wanted = certificateFor(serviceOf(), issuer, defaultCertificates.authority);

describe('what cert-manager is asked for', () => {
  it('is a CA of the service alone, with another key each time', () => {
    assert.deepEqual(wanted.spec, {
      secretName: 'demo-kafka-issued-ca',
      commonName: 'demo-kafka.ns',
      isCA: true,
      usages: ['cert sign', 'crl sign'],
      duration: '26280h0m0s',
      renewBefore: '4320h0m0s',
      privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
      issuerRef: issuer,
    });
    assert.equal(wanted.metadata.ownerReferences?.[0]?.uid, serviceOf().uid);
  });

  it('has a name that fits and is none of a CA of ours, and the life that the spec says', () => {
    const names = fc.record({
      name: fc.stringMatching(/^[a-z]{1,80}$/),
      namespace: fc.stringMatching(/^[a-z]{1,63}$/),
    });
    const seconds = fc.integer({ min: 0, max: 1e8 });
    fc.assert(
      fc.property(names, seconds, (parts, life) => {
        const service = { ...serviceOf(), ...parts };
        const lives = { durationMs: life * 1_000, renewBeforeMs: life * 500 };
        const { spec } = certificateFor(service, issuer, lives);
        assert.ok(spec.commonName.length <= 64 && spec.commonName !== authorityName(service));
        assert.equal(durationMs(spec.duration), life * 1_000);
      }),
    );
  });
});

describe('what cert-manager says', () => {
  const with_ = (...conditions: [string, string, string][]): Pick<IssuedObject, 'status'> => ({
    status: { conditions: conditions.map(([type, status, message]) => ({ type, status, message })) },
  });
  const request = (...conditions: [string, string, string][]): IssuedObject => ({ ...wanted, ...with_(...conditions) });
  const table: [string, Parameters<typeof with_>, IssuedObject | undefined, RegExp][] = [
    ['nothing', [], undefined, /^cert-manager has said nothing of it yet/],
    ['why it is not ready', [['Ready', 'False', 'no Secret']], undefined, /^no Secret$/],
    ['that it is being issued, which is no reason', [['Issuing', 'True', 'soon']], undefined, /said nothing/],
    [
      'why it has failed',
      [
        ['Ready', 'False', 'x'],
        ['Issuing', 'False', 'failed'],
      ],
      undefined,
      /^failed$/,
    ],
    ['what the issuer answers', [['Ready', 'False', 'x']], request(['Ready', 'False', 'not found']), /^not found$/],
    ['that nobody may', [], request(['Ready', 'False', 'x'], ['Denied', 'True', 'by policy']), /^by policy$/],
    [
      'all in one line, and no more than that',
      [['Ready', 'False', `a\nb ${'c'.repeat(2000)}`]],
      undefined,
      /^a b c{508}$/,
    ],
  ];
  for (const [what, conditions, answer, expected] of table)
    it(`is ${what}`, () => assert.match(wordOf({ ...wanted, ...with_(...conditions) }, answer), expected));

  it('is asked of the request that is open', () => {
    assert.equal(requestOf(wanted), 'demo-kafka-issued-ca-1');
    assert.equal(requestOf({ ...wanted, status: { revision: 3 } }), 'demo-kafka-issued-ca-4');
  });
});
