import assert from 'node:assert/strict';
import { isSignedBy, readBundle, readCertificate } from './certificate.ts';
import { createAuthority, issueLeaf, type KeyPair } from './issue.ts';
import { type LeafCheck, leafReason } from './leaf.ts';

const day = 86_400_000;
const now = Date.parse('2026-06-01T00:00:00Z');
const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 90 * day) };
const wish = {
  name: 'demo-kafka-0',
  role: 'stateward:member' as const,
  dnsNames: ['a.b.svc', 'a.b.svc.cluster.local'],
  addresses: ['10.0.0.7'],
  validity,
};

describe('a leaf', () => {
  let ca: KeyPair;
  let other: KeyPair;
  let leaf: KeyPair;

  before(async () => {
    [ca, other] = await Promise.all([createAuthority('demo', validity), createAuthority('demo', validity)]);
    leaf = await issueLeaf(wish, ca);
  });

  const check = (parts: Partial<LeafCheck> = {}): LeafCheck => {
    const { name, dnsNames, addresses } = wish;
    const base = { leaf, name, dnsNames, addresses, authority: ca.certificate, renewBeforeMs: 30 * day, now };
    return { ...base, ...parts };
  };

  it('says who it is, by which names, and until when', () => {
    const read = readCertificate(leaf.certificate);
    assert.ok(read.ok);
    const { commonName, dnsNames, addresses, isAuthority, notAfter } = read.value;
    assert.deepEqual([commonName, dnsNames, addresses], [wish.name, wish.dnsNames, wish.addresses]);
    assert.deepEqual([isAuthority, notAfter], [false, validity.notAfter.getTime()]);
    assert.ok(isSignedBy(leaf.certificate, ca.certificate));
    assert.ok(!isSignedBy(leaf.certificate, other.certificate), 'the same name is not the same CA');
  });

  const reasons: [string | undefined, string, () => Partial<LeafCheck>][] = [
    [undefined, 'all is well', () => ({})],
    [undefined, 'its names come in another order', () => ({ dnsNames: wish.dnsNames.toReversed() })],
    ['Missing', 'there is none', () => ({ leaf: undefined })],
    ['Missing', 'its key is gone', () => ({ leaf: { certificate: leaf.certificate } })],
    ['Unreadable', 'it is cut short', () => ({ leaf: { ...leaf, certificate: leaf.certificate.slice(0, 200) } })],
    ['KeyMismatch', 'the key is that of another', () => ({ leaf: { ...leaf, key: other.key } })],
    ['KeyMismatch', 'the key is cut short', () => ({ leaf: { ...leaf, key: leaf.key.slice(0, 60) } })],
    ['IssuerChanged', 'another CA signs now', () => ({ authority: other.certificate })],
    ['NamesChanged', 'it is of somebody else', () => ({ name: 'demo-kafka-1' })],
    ['NamesChanged', 'it is reached by one name more', () => ({ dnsNames: [...wish.dnsNames, 'c'] })],
    ['NamesChanged', 'it has another address', () => ({ addresses: ['10.0.0.8'] })],
    ['NotYetValid', 'the clock was set back', () => ({ now: now - 2 * day })],
    ['Expiring', 'it ends soon', () => ({ now: now + 60 * day })],
    ['Expiring', 'it ended long ago', () => ({ now: now + 900 * day })],
  ];
  for (const [reason, when, parts] of reasons)
    it(`${reason === undefined ? 'stays' : `is issued anew (${reason})`} when ${when}`, () => {
      assert.equal(leafReason(check(parts())), reason);
    });

  it('is not issued by a CA whose key is none', () => assert.rejects(issueLeaf(wish, { ...ca, key: 'no key' })));

  it('is found in a bundle with others, and nothing is where one of them is broken', () => {
    const read = readBundle(`${ca.certificate}\n${other.certificate}\n`);
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map(({ isAuthority }) => isAuthority),
      [true, true],
    );
    assert.deepEqual(readBundle(''), { ok: false, problem: 'holds no certificate' });
    const broken = readBundle(`${ca.certificate}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`);
    assert.equal(broken.ok, false);
  });
});
