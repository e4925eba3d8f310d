import assert from 'node:assert/strict';
import { arrangePlan, stepsOf } from '../../plan/plan.ts';
import { readCertificate } from '../../tls/certificate.ts';
import { createAuthority, issueLeaf, type KeyPair } from '../../tls/issue.ts';
import type { MemberStatus } from '../facts.ts';
import type { MemberView } from '../members.ts';
import { readyPod } from '../testing/objects.ts';
import { serviceOf, starting, viewOf } from '../testing/services.ts';
import type { Seen } from './handshakes.ts';
import { broughtMark, certificatePlan, markOf } from './plan.ts';
import { type AuthorityRecord, certificateNames, groupSecret, trustedBy } from './secrets.ts';

const now = Date.UTC(2030, 0, 1);
const day = 86_400_000;
const name = 'demo-kafka-0';
const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 1000 * day) };

function fingerprintOf({ certificate }: KeyPair): string {
  const read = readCertificate(certificate);
  assert.ok(read.ok);
  return read.value.fingerprint;
}

describe('the plan of certificates', () => {
  let first: KeyPair;
  let second: KeyPair;
  let leaf: KeyPair;

  before(async () => {
    [first, second] = [await createAuthority('first', validity), await createAuthority('second', validity)];
    leaf = await issueLeaf({ name, role: 'stateward:member', dnsNames: [], addresses: [], validity }, first);
  });

  interface Situation {
    record?: AuthorityRecord;
    seen?: Partial<Seen>;
    /** What status says. */
    known?: { fingerprint: string; trusts?: string };
    /** What the Secret has for the member. */
    own?: KeyPair;
    member?: Partial<MemberView>;
    brought?: boolean;
    at?: number;
  }

  function stepsIn({
    record = { signer: first },
    seen,
    known,
    own = leaf,
    member = {},
    brought = true,
    at = now,
  }: Situation) {
    const secret = groupSecret(
      serviceOf(),
      certificateNames.members('demo-kafka'),
      new Map([[name, own]]),
      trustedBy(record),
    );
    const annotations = brought ? { [broughtMark]: markOf(secret) } : {};
    const view = viewOf(name, { pod: readyPod(name, { annotations }), ...member });
    const silent: Seen = { presents: undefined, notAfter: undefined, trusts: undefined };
    const status = known === undefined ? [] : [{ name, certificate: known } as MemberStatus];
    const plans = certificatePlan({
      record,
      secrets: new Map([[secret.metadata.name, secret]]),
      members: [view],
      seen: new Map(seen === undefined ? [] : [[name, { ...silent, ...seen }]]),
      status,
      now: at,
    });
    return plans.map(arrangePlan).flatMap(stepsOf);
  }

  const summary = (situation: Situation): string[] =>
    stepsIn(situation).map(({ name: step, status, message, action }) => `${step} ${status} ${action?.kind ?? message}`);

  it('is none while everybody presents what is wanted', () => {
    assert.deepEqual(summary({ seen: { presents: fingerprintOf(leaf) } }), []);
    assert.deepEqual(summary({ known: { fingerprint: fingerprintOf(leaf) } }), []);
  });

  it('has the kubelet bring a certificate that a member does not present yet', () => {
    const seen = { presents: 'another' };
    assert.deepEqual(summary({ seen, brought: false }), [`${name}:[certificate] Starting BringCertificates`]);
    assert.deepEqual(summary({ seen }), [`${name}:[certificate] InProgress presents its former certificate still`]);
  });

  it('says of one that answers nobody that it does not', () =>
    assert.deepEqual(summary({ seen: {} }), [`${name}:[certificate] InProgress answers nobody who comes by TLS`]));

  it('asks nothing of a member that does not run, or is about to', () => {
    assert.deepEqual(summary({ member: { address: undefined } }), []);
    assert.deepEqual(summary({ member: { paused: true } }), []);
    assert.deepEqual(summary({ member: { report: starting } }), []);
  });

  it('introduces another CA half a year before the end of the present one', () => {
    const seen = { presents: fingerprintOf(leaf) };
    assert.deepEqual(summary({ seen, at: now + 819 * day }), []);
    assert.deepEqual(summary({ seen, at: now + 821 * day }), ['ca:[replace] Starting AdvanceAuthority']);
  });

  describe('with a CA that is to sign', () => {
    const hour = 3_600_000;
    const situation = (trusts: KeyPair, at: number): Situation => ({
      record: { signer: first, next: second },
      seen: { presents: fingerprintOf(leaf), trusts: fingerprintOf(trusts) },
      at,
    });

    it('gives clients a day', () =>
      assert.deepEqual(summary(situation(second, now)), [
        'clients:[trust] Waiting clients have until 2030-01-01T01:00:00.000Z to learn of the next CA',
        'ca:[replace] Pending ',
      ]));

    it('waits for members when the day is over', () =>
      assert.deepEqual(summary(situation(first, now + 2 * hour)), [
        `${name}:[certificate] InProgress does not trust the next CA yet`,
        'clients:[trust] Complete ',
        `ca:[replace] InProgress waits until ${name} trusts the next CA`,
      ]));

    it('lets it sign when the day is over and everybody trusts it', () =>
      assert.deepEqual(summary(situation(second, now + 2 * hour)), [
        'clients:[trust] Complete ',
        'ca:[replace] Starting AdvanceAuthority',
      ]));

    it('gives clients less where certificates would end that nobody can renew', () => {
      const soon = { notBefore: validity.notBefore, notAfter: new Date(now + 20 * day) };
      const record = { signer: { certificate: first.certificate, key: undefined }, next: second };
      const wish = { name, role: 'stateward:member' as const, dnsNames: [], addresses: [], validity: soon };
      return issueLeaf(wish, first).then((short) =>
        assert.equal(
          summary({ ...situation(second, now), record, own: short }).at(-1),
          'ca:[replace] Starting AdvanceAuthority',
        ),
      );
    });

    it('remembers who trusts it', () => {
      const record = { signer: first, next: second };
      const known = { fingerprint: fingerprintOf(leaf), trusts: fingerprintOf(second) };
      assert.deepEqual(summary({ record, known, at: now + 2 * hour }), [
        'clients:[trust] Complete ',
        'ca:[replace] Starting AdvanceAuthority',
      ]);
    });
  });

  it('trusts the former one while somebody presents what it has signed', async () => {
    const record = { signer: second, former: [first.certificate] };
    const own = await issueLeaf({ name, role: 'stateward:member', dnsNames: [], addresses: [], validity }, second);
    assert.deepEqual(summary({ record, own, seen: { presents: fingerprintOf(leaf) } }), [
      `${name}:[certificate] InProgress presents its former certificate still`,
      `ca:[replace] InProgress waits until ${name} presents its new certificate`,
    ]);
    assert.deepEqual(summary({ record, own, seen: { presents: fingerprintOf(own) } }), [
      'ca:[replace] Starting AdvanceAuthority',
    ]);
  });

  it('waits for a member that is starting before it goes on with the CA', () => {
    const record = { signer: first, next: second };
    const waits = summary({ record, member: { report: starting }, at: now + 2 * day });
    assert.deepEqual(waits, [
      'clients:[trust] Complete ',
      `ca:[replace] InProgress waits until ${name} trusts the next CA`,
    ]);
  });
});
