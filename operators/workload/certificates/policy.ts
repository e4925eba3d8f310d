/** What `spec.certificates` says, in milliseconds. */
import type { Certificates, IssuerRef } from '../../../crds/certificates.ts';
import { durationMs } from '../../kube/duration.ts';

export interface Life {
  durationMs: number;
  /** How long before its end a certificate is replaced. */
  renewBeforeMs: number;
}

/** Where the CA of a service comes from. */
export type AuthoritySource =
  /** Stateward makes it. */
  | { kind: 'Own' }
  /** It is the user's. */
  | { kind: 'Secret'; name: string }
  /** cert-manager issues it. */
  | { kind: 'Issuer'; issuer: IssuerRef };

export interface CertificatePolicy {
  source: AuthoritySource;
  /** Of a CA that Stateward makes, or cert-manager. */
  authority: Life;
  members: Life;
}

export function certificatePolicy({ authority, members }: Certificates): CertificatePolicy {
  return { source: sourceOf(authority), authority: lifeOf(authority), members: lifeOf(members) };
}

function sourceOf({ secretName, issuerRef }: Certificates['authority']): AuthoritySource {
  if (issuerRef !== undefined) return { kind: 'Issuer', issuer: issuerRef };
  return secretName === undefined ? { kind: 'Own' } : { kind: 'Secret', name: secretName };
}

/** The schema lets nothing through that is no duration. */
function lifeOf({ duration, renewBefore }: Certificates['members']): Life {
  return { durationMs: durationMs(duration) ?? 0, renewBeforeMs: durationMs(renewBefore) ?? 0 };
}
