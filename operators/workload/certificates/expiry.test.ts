import assert from 'node:assert/strict';
import { createAuthority, type KeyPair } from '../../tls/issue.ts';
import { foreignAuthority } from '../../tls/testing/authorities.ts';
import type { MemberStatus } from '../facts.ts';
import { reject } from '../rejection.ts';
import { defaultCertificates } from '../testing/services.ts';
import { certificateEnds, certificateRisk, type ExpiryInput } from './expiry.ts';

const day = 86_400_000;
const now = Date.UTC(2030, 0, 1);
const at = (days: number): string => new Date(now + days * day).toISOString();

function member(name: string, days: number, ready = true): MemberStatus {
  const certificate = { fingerprint: name, notAfter: at(days) };
  return { name, group: 'kafka', ready, state: ready ? 'Ready' : 'Paused', certificate };
}

describe('the ends of certificates', () => {
  let ca: KeyPair;

  before(async () => {
    ca = await createAuthority('demo.ns', { notBefore: new Date(now - day), notAfter: new Date(now + 1000 * day) });
  });

  function input(parts: Partial<ExpiryInput> = {}, given = false): ExpiryInput {
    const record = { signer: ca, ...(given && { given: { ...ca, secret: 'corporate' } }) };
    return { record, policy: defaultCertificates, members: [member('a', 90)], warnings: [], now, ...parts };
  }

  it('are told of the CA and of each member that was seen', () => {
    const unseen: MemberStatus = { name: 'b', group: 'kafka', ready: false, state: 'Absent' };
    const { record } = input();
    assert.deepEqual(certificateEnds({ record, members: [member('a', 90), unseen] }), [
      { certificate: 'ca', notAfter: now + 1000 * day },
      { certificate: 'a', notAfter: now + 90 * day },
    ]);
  });

  const overdue = 'and should have been replaced long ago: see what the plan certificates waits for';
  const table: [string, Partial<ExpiryInput>, boolean, string | undefined][] = [
    ['is none while all is well', {}, false, undefined],
    ['is none while a member is about to be replaced', { members: [member('a', 16)] }, false, undefined],
    [
      'is a member that presents an old one when half of the time is over',
      { members: [member('a', 15), member('b', 90), member('c', 14)] },
      false,
      `the certificates of a, c end from ${at(14)} on ${overdue}`,
    ],
    [
      'is none of a member that reads what is new when it starts',
      { members: [member('a', 1, false)] },
      false,
      undefined,
    ],
    ['is none while a CA of ours is replaced', { now: now + 909 * day, members: [] }, false, undefined],
    ['is a CA of ours later', { now: now + 910 * day, members: [] }, false, `the CA ends at ${at(1000)} ${overdue}`],
    ['is none while a CA of the user has half a year', { now: now + 819 * day, members: [] }, true, undefined],
    [
      'is a CA of the user from then on',
      { now: now + 820 * day, members: [] },
      true,
      `the CA of Secret corporate (spec.certificates.authority.secretName) ends at ${at(1000)}: put another one there, which then takes its place by steps`,
    ],
  ];
  for (const [what, parts, given, message] of table) {
    it(`make a risk that ${what}`, () => {
      const expected = message === undefined ? undefined : { reason: 'CertificateExpiring', message };
      assert.deepEqual(certificateRisk(input(parts, given)), expected);
    });
  }

  it('are those of the CAs above one of the user, too', async () => {
    const life = (days: number) => ({ notBefore: new Date(now - day), notAfter: new Date(now + days * day) });
    const root = await foreignAuthority('root', life(200));
    const low = await foreignAuthority('low', life(1000), { signedBy: root });
    const record = { signer: low, given: { ...low, secret: 'corporate' }, above: [root.certificate] };
    assert.deepEqual(certificateEnds({ record, members: [] }), [{ certificate: 'ca', notAfter: now + 200 * day }]);
    assert.equal(certificateRisk(input({ record, members: [], now: now + 19 * day })), undefined);
    const { message = '' } = certificateRisk(input({ record, members: [], now: now + 20 * day })) ?? {};
    assert.match(message, /^a CA above that of Secret corporate .* ends at .*: put another one there/);
    assert.ok(message.includes(at(200)));
  });

  it('come after what is wrong with the CA of the user', () => {
    const warnings = [reject('SecretNotFound', 'there is no Secret corporate')];
    const risk = certificateRisk(input({ warnings, members: [member('a', 1)] }, true));
    assert.equal(risk?.reason, 'SecretNotFound');
    assert.match(risk.message, /^there is no Secret corporate; the certificates of a end from/);
  });
});
