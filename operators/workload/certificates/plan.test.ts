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
    known?: string;
    member?: Partial<MemberView>;
    brought?: boolean;
    at?: number;
  }

  function stepsIn({ record = { signer: first }, seen, known, member = {}, brought = true, at = now }: Situation) {
    const secret = groupSecret(
      serviceOf(),
      certificateNames.members('demo-kafka'),
      new Map([[name, leaf]]),
      trustedBy(record),
    );
    const annotations = brought ? { [broughtMark]: markOf(secret) } : {};
    const view = viewOf(name, { pod: readyPod(name, { annotations }), ...member });
    const silent: Seen = { presents: undefined, notAfter: undefined, issuer: undefined, acceptsNext: undefined };
    const status = known === undefined ? [] : [{ name, certificate: { fingerprint: known } } as MemberStatus];
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
    assert.deepEqual(summary({ seen: { presents: fingerprintOf(leaf), issuer: first.certificate } }), []);
    assert.deepEqual(summary({ known: fingerprintOf(leaf) }), []);
  });

  it('has the kubelet bring a certificate that a member does not present yet', () => {
    const seen = { presents: 'another', issuer: first.certificate };
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
    const seen = { presents: fingerprintOf(leaf), issuer: first.certificate };
    assert.deepEqual(summary({ seen, at: now + 819 * day }), []);
    assert.deepEqual(summary({ seen, at: now + 821 * day }), ['ca:[replace] Starting AdvanceAuthority']);
  });

  it('lets it sign once everybody trusts it', () => {
    const record = { signer: first, next: second };
    const seen = { presents: fingerprintOf(leaf), issuer: first.certificate };
    assert.deepEqual(summary({ record, seen: { ...seen, acceptsNext: false } }), [
      `${name}:[certificate] InProgress does not trust the next CA yet`,
      `ca:[replace] InProgress waits until ${name} trusts the next CA`,
    ]);
    assert.deepEqual(summary({ record, seen: { ...seen, acceptsNext: true } }), [
      'ca:[replace] Starting AdvanceAuthority',
    ]);
  });

  it('trusts the former one while somebody presents what it has signed', () => {
    const record = { signer: second, former: [first.certificate] };
    const seen = { presents: fingerprintOf(leaf) };
    assert.deepEqual(summary({ record, seen: { ...seen, issuer: first.certificate } }), [
      `ca:[replace] InProgress waits until ${name} presents its new certificate`,
    ]);
    assert.deepEqual(summary({ record, seen: { ...seen, issuer: second.certificate } }), [
      'ca:[replace] Starting AdvanceAuthority',
    ]);
  });

  it('waits for a member that is starting before it goes on with the CA', () => {
    const record = { signer: first, next: second };
    const waits = summary({ record, member: { report: starting } });
    assert.deepEqual(waits, [`ca:[replace] InProgress waits until ${name} trusts the next CA`]);
  });
});
