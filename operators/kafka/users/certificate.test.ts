import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { KafkaMemberStatus } from '../../../crds/kafka-cluster.ts';
import { silentLog } from '../../kube/log.ts';
import type { Secret } from '../../kube/resource.ts';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { isSignedBy, readCertificate } from '../../tls/certificate.ts';
import { issuer, type KeyPair } from '../../tls/issue.ts';
import { fingerprintOf } from '../../workload/certificates/handshakes.ts';
import type { AuthorityRecord } from '../../workload/certificates/secrets.ts';
import { type Authorities, certificateLife, userCertificate } from './certificate.ts';

const day = 86_400_000;
const life = certificateLife({});
const validity = { notBefore: new Date(0), notAfter: new Date(Date.UTC(2100, 0, 1)) };

function secretOf({ certificate, key }: KeyPair): Secret {
  const [crt, pem] = [certificate, key].map((text) => Buffer.from(text).toString('base64'));
  const data = { ...(crt && { 'user.crt': crt }), ...(pem && { 'user.key': pem }) };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'ann-kafka-user' }, data };
}

function member(name: string, trusts?: string, ready = true): KafkaMemberStatus {
  const certificate = { fingerprint: 'f', notAfter: new Date(0).toISOString(), ...(trusts && { trusts }) };
  return { name, group: 'kafka', ready, state: ready ? 'Ready' : 'Paused', certificate };
}

describe('the certificate of a user', () => {
  const clock = new FakeClock();
  const io = { clock, issuer, log: silentLog };
  let first: KeyPair;
  let next: KeyPair;
  let ann: KeyPair;

  const certificate = async (
    present: KeyPair | undefined,
    record: AuthorityRecord,
    members: KafkaMemberStatus[] = [],
  ) => userCertificate('ann', present && secretOf(present), { record, members, life } satisfies Authorities, io);
  const issued = async (record: AuthorityRecord): Promise<KeyPair> => {
    const pair = await certificate(undefined, record);
    assert.ok(pair);
    return pair;
  };

  before(async () => {
    [first, next] = await Promise.all([
      issuer.createAuthority('demo', validity),
      issuer.createAuthority('demo', validity),
    ]);
    ann = await issued({ signer: first });
  });

  it('says who he is, for 90 days, and lets him serve nobody', () => {
    const read = readCertificate(ann.certificate);
    assert.ok(read.ok);
    assert.deepEqual([read.value.commonName, read.value.notAfter], ['ann', clock.now() + 90 * day]);
    const { subject, keyUsage, subjectAltName } = new X509Certificate(ann.certificate);
    assert.deepEqual([subject, subjectAltName], ['O=stateward-user\nCN=ann', undefined]);
    assert.deepEqual(keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.ok(isSignedBy(ann.certificate, first.certificate));
  });

  it('stays while it is good', async () => assert.deepEqual(await certificate(ann, { signer: first }), ann));

  const damages: [string, (pair: KeyPair) => Promise<KeyPair> | KeyPair][] = [
    ['it is cut short', ({ certificate: pem, key }) => ({ certificate: pem.slice(0, 300), key })],
    ['its key is gone', ({ certificate: pem }) => ({ certificate: pem, key: '' })],
    ['the key is that of another', ({ certificate: pem }) => ({ certificate: pem, key: next.key })],
    ['another CA signed it', () => issued({ signer: next })],
    [
      'it is of somebody else',
      () => issuer.issueLeaf({ name: 'ben', role: 'stateward-user', dnsNames: [], addresses: [], validity }, first),
    ],
  ];
  for (const [what, damage] of damages)
    it(`is made anew when ${what}`, async () => {
      const made = await certificate(await damage(ann), { signer: first });
      assert.ok(made);
      assert.notEqual(made.certificate, ann.certificate);
      assert.deepEqual(await certificate(made, { signer: first }), made);
    });

  it('is made anew 30 days before its end', async () => {
    const later = new FakeClock();
    const made = async () =>
      userCertificate('ann', secretOf(ann), { record: { signer: first }, members: [], life }, { ...io, clock: later });
    later.jump(59 * day);
    assert.deepEqual(await made(), ann);
    later.jump(day);
    assert.notDeepEqual(await made(), ann);
  });

  const lives: [string, unknown, number, number][] = [
    ['that of members, which has defaults', undefined, 90, 30],
    ['that of members, as the spec says', { certificates: { members: { duration: '48h', renewBefore: '24h' } } }, 2, 1],
    ['the usual one where the spec is not valid', { certificates: { members: { duration: 'long' } } }, 90, 30],
  ];
  for (const [what, spec, whole, before] of lives)
    it(`has a life of ${what}`, () =>
      assert.deepEqual(certificateLife(spec), { durationMs: whole * day, renewBeforeMs: before * day }));

  it('has the life that it is given', async () => {
    const short = certificateLife(lives[1]?.[1]);
    const made = await userCertificate('ann', undefined, { record: { signer: first }, members: [], life: short }, io);
    const read = readCertificate(made?.certificate ?? '');
    assert.ok(read.ok && read.value.notAfter === clock.now() + 2 * day);
  });

  describe('while another CA is to sign', () => {
    const signerOf = (pair: KeyPair | undefined) =>
      [first, next].findIndex((authority) => isSignedBy(pair?.certificate ?? '', authority.certificate));
    const both = (): AuthorityRecord => ({ signer: first, next: { ...next, since: clock.now() } });
    const lost = (): AuthorityRecord => ({
      signer: { ...first, key: undefined },
      next: { ...next, since: clock.now() },
    });
    const trusts = (name: string) => member(name, fingerprintOf(next.certificate));

    it('is of the present one until every member trusts the next', async () => {
      assert.deepEqual(await certificate(ann, both(), [trusts('a'), member('b')]), ann);
      assert.equal(signerOf(await certificate(undefined, both(), [trusts('a'), member('b')])), 0);
    });

    it('is of the next one from then on, whoever comes to be a member', async () => {
      const made = await certificate(ann, both(), [trusts('a'), trusts('b'), member('c', undefined, false)]);
      assert.equal(signerOf(made), 1);
      assert.deepEqual(await certificate(made, both(), [trusts('a'), trusts('b'), member('c')]), made);
      assert.deepEqual(await certificate(made, { signer: next, former: [first.certificate] }), made);
    });

    it('stays where nobody can sign, and is of the next one where there is none of use', async () => {
      clock.jump(70 * day);
      assert.deepEqual(await certificate(ann, lost(), [member('a')]), ann);
      assert.equal(signerOf(await certificate(undefined, lost(), [member('a')])), 1);
      clock.jump(21 * day);
      assert.equal(signerOf(await certificate(ann, lost(), [member('a')])), 1);
    });
  });
});
