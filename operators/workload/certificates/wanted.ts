/** Pure: which CA is to sign: the one that the user gives, or one that Stateward makes for the service alone. */
import { type Certificate, readCertificate } from '../../tls/certificate.ts';
import { type KeyPair, maker } from '../../tls/issue.ts';
import type { ServiceIdentity } from '../identity.ts';
import type { CertificatePolicy } from './policy.ts';
import { type AuthorityRecord, pairOf, whole } from './secrets.ts';

export interface WantedInput {
  record: AuthorityRecord;
  service: ServiceIdentity;
  policy: CertificatePolicy;
  now: number;
}

/** The common name of a CA that Stateward makes. */
export function authorityName({ name, namespace }: ServiceIdentity): string {
  return `${name}.${namespace}`;
}

/** What the user gave last; undefined once it has ended, too. */
export function givenNow({ given }: Pick<AuthorityRecord, 'given'>, now: number): KeyPair | undefined {
  if (given === undefined || !isValid(given.certificate, now)) return undefined;
  return pairOf(given);
}

/** Whether another CA is to take the place of the one that signs. */
export function isReplaced({ record, service, policy, now }: WantedInput): boolean {
  const { signer } = record;
  const given = givenNow(record, now);
  if (given !== undefined) return given.certificate !== signer.certificate;
  return !isOwn(signer.certificate, service) || endOf(signer.certificate) - policy.authority.renewBeforeMs <= now;
}

/** Whether the next CA is not to sign after all: the user has thought better of it. */
export function isWithdrawn({ record, service, now }: WantedInput): boolean {
  const { next } = record;
  if (next === undefined) return false;
  const given = givenNow(record, now);
  return given === undefined ? !isOwn(next.certificate, service) : next.certificate !== given.certificate;
}

/** A CA of the user's may well be called as the service is: no other one says who has made it. */
function isOwn(certificate: string, service: ServiceIdentity): boolean {
  const read = readCertificate(certificate);
  return read.ok && read.value.subject === `CN=${authorityName(service)}\nO=${maker}`;
}

export function isValid(pem: string, now: number): boolean {
  const read = readCertificate(pem);
  return read.ok && isCurrent(read.value, now);
}

/** While nobody can sign, what is there stays; in place of nothing that anybody takes comes what the next CA signs. */
export function signingNow(
  { signer, next }: Pick<AuthorityRecord, 'signer' | 'next'>,
  present: KeyPair | undefined,
  now: number,
): KeyPair | undefined {
  const isOfUse = present !== undefined && isValid(present.certificate, now);
  return whole(signer) ?? (isOfUse ? undefined : next);
}

function isCurrent({ notBefore, notAfter }: Certificate, now: number): boolean {
  return notBefore <= now && now < notAfter;
}

/** Milliseconds since the epoch; of what is no certificate: never. */
export function endOf(certificate: string): number {
  const read = readCertificate(certificate);
  return read.ok ? read.value.notAfter : Number.POSITIVE_INFINITY;
}
