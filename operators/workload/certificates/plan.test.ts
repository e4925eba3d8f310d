import assert from 'node:assert/strict';
import { arrangePlan, stepsOf } from '../../plan/plan.ts';
import { readCertificate } from '../../tls/certificate.ts';
import { createAuthority, issueLeaf, type KeyPair } from '../../tls/issue.ts';
import { foreignAuthority } from '../../tls/testing/authorities.ts';
import type { MemberStatus } from '../facts.ts';
import type { MemberView } from '../members/members.ts';
import { readyPod } from '../testing/objects.ts';
import { defaultCertificates, serviceOf, starting, viewOf } from '../testing/services.ts';
import type { Seen } from './handshakes.ts';
import { broughtMark, certificatePlan, markOf } from './plan.ts';
import { type AuthorityRecord, certificateNames, groupSecret } from './secrets.ts';

const now = Date.UTC(2030, 0, 1);
const day = 86_400_000;
const name = 'demo-kafka-0';
/** The name of a CA that Stateward makes for this service. */
const ours = 'demo.ns';
const about = { name, role: 'stateward:member' as const, dnsNames: [], addresses: [] };
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
    [first, second] = [await createAuthority(ours, validity), await createAuthority(ours, validity)];
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
    const secret = groupSecret(serviceOf(), certificateNames.members('demo-kafka'), new Map([[name, own]]), record);
    const annotations = brought ? { [broughtMark]: markOf(secret) } : {};
    const view = viewOf(name, { pod: readyPod(name, { annotations }), ...member });
    const silent: Seen = { presents: undefined, notAfter: undefined, trusts: undefined };
    const status = known === undefined ? [] : [{ name, certificate: known } as MemberStatus];
    const plans = certificatePlan({
      record,
      service: serviceOf(),
      policy: defaultCertificates,
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
      record: { signer: first, next: { ...second, since: now - 23 * hour } },
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
      const next = { ...second, since: now };
      const record = { signer: { certificate: first.certificate, key: undefined }, next };
      const wish = { name, role: 'stateward:member' as const, dnsNames: [], addresses: [], validity: soon };
      return issueLeaf(wish, first).then((short) =>
        assert.equal(
          summary({ ...situation(second, now), record, own: short }).at(-1),
          'ca:[replace] Starting AdvanceAuthority',
        ),
      );
    });

    it('remembers who trusts it', () => {
      const record = { signer: first, next: { ...second, since: now } };
      const known = { fingerprint: fingerprintOf(leaf), trusts: fingerprintOf(second) };
      assert.deepEqual(summary({ record, known, at: now + day }), [
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
    const record = { signer: first, next: { ...second, since: now } };
    const waits = summary({ record, member: { report: starting }, at: now + 2 * day });
    assert.deepEqual(waits, [
      'clients:[trust] Complete ',
      `ca:[replace] InProgress waits until ${name} trusts the next CA`,
    ]);
  });

  describe('where the user gives a CA', () => {
    let corporate: KeyPair;
    const given = (pair: KeyPair) => ({ ...pair, secret: 'corporate' });
    const seen = () => ({ presents: fingerprintOf(leaf) });
    const since = now - 2 * day;

    before(async () => {
      corporate = await foreignAuthority('corporate', validity);
    });

    it('introduces that one', () =>
      assert.deepEqual(summary({ record: { signer: first, given: given(corporate) }, seen: seen() }), [
        'ca:[replace] Starting AdvanceAuthority',
      ]));

    it('keeps it to its end, and what has taken its place then', async () => {
      const own = await issueLeaf({ ...about, validity }, corporate);
      const record = { signer: corporate, given: given(corporate) };
      const situation = { own, seen: { presents: fingerprintOf(own) } };
      assert.deepEqual(summary({ ...situation, record, at: now + 990 * day }), []);
      const later = await createAuthority(ours, { ...validity, notAfter: new Date(now + 3000 * day) });
      const ended = { signer: later, given: given(corporate) };
      assert.deepEqual(summary({ record: ended, seen: seen(), at: now + 1001 * day }), []);
    });

    it('introduces one of its own again when it is given none any more, whatever name that had', async () => {
      for (const signer of [corporate, await foreignAuthority(ours, validity)]) {
        const own = await issueLeaf({ ...about, validity }, signer);
        assert.deepEqual(summary({ record: { signer }, own, seen: { presents: fingerprintOf(own) } }), [
          'ca:[replace] Starting AdvanceAuthority',
        ]);
      }
    });

    it('gives up one that is not wanted any more, and lets nobody wait', () => {
      const withdrawn = (record: AuthorityRecord) =>
        stepsIn({ record, seen: {} })
          .filter(({ name: step }) => step !== `${name}:[certificate]`)
          .map(({ name: step, status, action }) => [step, status, action]);
      const action = { kind: 'AdvanceAuthority', step: 'Withdraw', lifeMs: 1095 * day };
      const expected = [['ca:[replace]', 'Starting', action]];
      assert.deepEqual(withdrawn({ signer: first, next: { ...corporate, since } }), expected);
      assert.deepEqual(withdrawn({ signer: first, next: { ...second, since }, given: given(corporate) }), expected);
    });
  });
});
