/** Pure: when the certificates of a service end, and which of them a person should look after before they do. */
import { listed } from '../../plan/listed.ts';
import { authoritiesAbove } from '../../tls/chain.ts';
import type { MemberStatus } from '../facts.ts';
import type { Rejection } from '../rejection.ts';
import type { CertificatePolicy } from './policy.ts';
import type { AuthorityRecord } from './secrets.ts';
import { endOf, givenNow } from './wanted.ts';

export interface ExpiryInput {
  record: AuthorityRecord;
  policy: CertificatePolicy;
  members: readonly MemberStatus[];
  /** What is wrong with the user's own CA. */
  warnings: readonly Rejection[];
  now: number;
}

export interface CertificateEnd {
  /** `ca`, or the name of the member. */
  certificate: string;
  /** Milliseconds since the epoch. */
  notAfter: number;
}

/** Of the CA that signs, or of one above it if that ends first, and of what each member was last seen to present. */
export function certificateEnds({ record, members }: Pick<ExpiryInput, 'record' | 'members'>): CertificateEnd[] {
  const ca = { certificate: 'ca', notAfter: Math.min(endOf(record.signer.certificate), endAbove(record)) };
  return [ca, ...members.flatMap(({ name, certificate }) => presented(name, certificate))];
}

/** The earliest; never, of a CA that signs itself. */
function endAbove({ signer, above = [] }: AuthorityRecord): number {
  return Math.min(...authoritiesAbove(signer.certificate, above).map(endOf));
}

function presented(name: string, certificate: MemberStatus['certificate']): CertificateEnd[] {
  return certificate === undefined ? [] : [{ certificate: name, notAfter: Date.parse(certificate.notAfter) }];
}

export interface CertificateRisk {
  reason: string;
  message: string;
}

/** Undefined while everything is replaced in time. */
export function certificateRisk(input: ExpiryInput): CertificateRisk | undefined {
  const risks = [...input.warnings, ...authorityRisk(input), ...memberRisk(input)];
  const [first] = risks;
  if (first === undefined) return undefined;
  return { reason: first.reason, message: risks.map(({ message }) => message).join('; ') };
}

const reason = 'CertificateExpiring';

/** Only its owner can replace one that was given; for one of ours there is half of the time to do it in. */
function authorityRisk({ record, policy, now }: ExpiryInput): CertificateRisk[] {
  const { signer, given } = record;
  const [end, above] = [endOf(signer.certificate), endAbove(record)];
  const { renewBeforeMs } = policy.authority;
  if (givenNow(record, now)?.certificate === signer.certificate) {
    const what = above < end ? 'a CA above that' : 'the CA';
    const first = Math.min(above, end);
    const message = `${what} of Secret ${given?.secret} ${adviceOf(record, timeOf(first))}`;
    // cert-manager replaces its own, and needs some of the time.
    const patience = given?.secret === record.certificate && end <= above ? renewBeforeMs / 2 : renewBeforeMs;
    return first - patience <= now ? [{ reason, message }] : [];
  }
  const message = `the CA ends at ${timeOf(end)} and should have been replaced long ago: see what the plan certificates waits for`;
  return end - renewBeforeMs / 2 <= now ? [{ reason, message }] : [];
}

function adviceOf({ given, certificate }: AuthorityRecord, end: string): string {
  return given?.secret === certificate
    ? `(spec.certificates.authority.issuerRef) ends at ${end}: have cert-manager issue another one, see kubectl describe certificate ${certificate}`
    : `(spec.certificates.authority.secretName) ends at ${end}: put another one there, which then takes its place by steps`;
}

/** One that does not serve reads what is there when it starts. */
function memberRisk({ members, policy, now }: ExpiryInput): CertificateRisk[] {
  const { renewBeforeMs } = policy.members;
  const late = members.filter(
    ({ name, ready, certificate }) =>
      ready && presented(name, certificate).some(({ notAfter }) => notAfter - renewBeforeMs / 2 <= now),
  );
  const [first] = late.map(({ certificate }) => certificate?.notAfter ?? '').toSorted();
  if (first === undefined) return [];
  const names = listed(late.map(({ name }) => name));
  const message = `the certificates of ${names} end from ${first} on and should have been replaced long ago: see what the plan certificates waits for`;
  return [{ reason, message }];
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
