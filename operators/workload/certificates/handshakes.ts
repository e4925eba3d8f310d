/** What members present and accept, asked only where it is not known already. */
import { type Certificate, readCertificate } from '../../tls/certificate.ts';
import type { Facts, MemberStatus } from '../facts.ts';
import type { Turn } from '../io.ts';
import type { MemberView } from '../members/members.ts';
import type { Access, Identities } from './access.ts';
import { certificateFacts, wantedLeaves } from './facts.ts';
import type { AuthorityRecord } from './secrets.ts';

/** One member's word; each part is undefined where it did not answer. */
export interface Seen {
  /** SHA-256 of the certificate that it presents. */
  presents: string | undefined;
  /** The end of that; milliseconds since the epoch. */
  notAfter: number | undefined;
  /** SHA-256 of the next CA, if the member lets in whom that has signed. */
  trusts: string | undefined;
}

/**
 * Shakes hands with one member, on each of its ports, and has a request answered: only that proves that it has accepted
 * who asks (RFC 8446 §4.4.2.4: a server refuses a client after the handshake). Answers PEM of what each port presents.
 */
export type Shake = (member: MemberView, access: Access) => Promise<string[]>;

export interface HandshakeWish {
  record: AuthorityRecord;
  /** What each member is to present, by its name; SHA-256. */
  wanted: ReadonlyMap<string, string>;
  status: readonly MemberStatus[];
  /** As whom the operator comes: by the present signer, and by the next. */
  access: Access;
  nextAccess: Access | undefined;
  shake: Shake;
  signal: AbortSignal;
}

/** What members present now; nobody is asked while there is no CA, or nothing is in doubt. */
export async function observeCertificates(
  members: readonly MemberView[],
  facts: Facts,
  { identities, shake }: { identities: Identities; shake: Shake },
  { clock, signal }: Pick<Turn, 'clock' | 'signal'>,
): Promise<ReadonlyMap<string, Seen>> {
  const found = certificateFacts(facts);
  const access = await identities.access(found?.record, clock.now());
  if (found === undefined || access === undefined) return new Map();
  const nextAccess = await identities.accessByNext(found.record, clock.now());
  const wanted = wantedLeaves(found);
  const status = facts.status.members ?? [];
  return shakeHands(members, { record: found.record, wanted, status, access, nextAccess, shake, signal });
}

/** The status of a member with what was seen now, or what was seen last. */
export function withCertificates<Member extends MemberStatus>(
  members: readonly Member[],
  seen: ReadonlyMap<string, Seen>,
  { status, ...facts }: Facts,
): Member[] {
  const authority = certificateFacts(facts)?.record.next;
  const next = authority && fingerprintOf(authority.certificate);
  return members.map((member) => {
    const known = status.members?.find(({ name }) => name === member.name)?.certificate;
    const certificate = shownCertificate(seen.get(member.name), known, next);
    return certificate === undefined ? member : { ...member, certificate };
  });
}

type CertificateStatus = NonNullable<MemberStatus['certificate']>;

/** Whom it trusts is of interest while that one is to sign. */
function shownCertificate(
  seen: Seen | undefined,
  known: CertificateStatus | undefined,
  next: string | undefined,
): CertificateStatus | undefined {
  const { presents: fingerprint = known?.fingerprint, trusts = known?.trusts } = seen ?? {};
  const notAfter = seen?.notAfter === undefined ? known?.notAfter : new Date(seen.notAfter).toISOString();
  if (fingerprint === undefined || notAfter === undefined) return undefined;
  return { fingerprint, notAfter, ...(trusts !== undefined && trusts === next && { trusts }) };
}

export async function shakeHands(
  members: readonly MemberView[],
  wish: HandshakeWish,
): Promise<ReadonlyMap<string, Seen>> {
  const asked = members.filter((member) => runs(member) && isDoubtful(member, wish));
  const answers = await Promise.all(
    asked.map(async (member): Promise<[string, Seen]> => [member.name, await look(member, wish)]),
  );
  return new Map(answers);
}

/** One that is about to start reads what is there. */
export function runs({ report, address, paused }: MemberView): boolean {
  return !paused && address !== undefined && ['Ready', 'Starting', 'Terminating'].includes(report.state);
}

function isDoubtful({ name }: MemberView, { record, wanted, status }: HandshakeWish): boolean {
  const known = status.find((member) => member.name === name)?.certificate;
  if (known?.fingerprint !== wanted.get(name)) return true;
  return record.next !== undefined && known?.trusts !== fingerprintOf(record.next.certificate);
}

async function look(member: MemberView, wish: HandshakeWish): Promise<Seen> {
  const { record, access, nextAccess, shake, signal } = wish;
  const [pems, next] = await Promise.all([
    attempt(() => shake(member, access), signal),
    nextAccess === undefined ? undefined : attempt(() => shake(member, nextAccess), signal),
  ]);
  const leaves = (pems ?? []).flatMap((pem) => certificateOf(pem));
  // One port that is behind speaks for all.
  const leaf = leaves.find(({ fingerprint }) => fingerprint !== wish.wanted.get(member.name)) ?? leaves[0];
  return {
    presents: leaf?.fingerprint,
    notAfter: leaf?.notAfter,
    trusts: next === undefined || record.next === undefined ? undefined : fingerprintOf(record.next.certificate),
  };
}

/** Undefined of what is no certificate. */
export function fingerprintOf(pem: string): string | undefined {
  return certificateOf(pem)[0]?.fingerprint;
}

function certificateOf(pem: string): Certificate[] {
  const read = readCertificate(pem);
  return read.ok ? [read.value] : [];
}

async function attempt<T>(shake: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await shake();
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
