/** What `spec.certificates` says, in milliseconds. */
import type { Certificates } from '../../../crds/certificates.ts';
import { durationMs } from '../../kube/duration.ts';

export interface Life {
  durationMs: number;
  /** How long before its end a certificate is replaced. */
  renewBeforeMs: number;
}

export interface CertificatePolicy {
  /** The Secret of the user's own CA; undefined where Stateward makes one. */
  secretName: string | undefined;
  /** Of a CA that Stateward makes. */
  authority: Life;
  members: Life;
}

export function certificatePolicy({ authority, members }: Certificates): CertificatePolicy {
  return { secretName: authority.secretName, authority: lifeOf(authority), members: lifeOf(members) };
}

/** The schema lets nothing through that is no duration. */
function lifeOf({ duration, renewBefore }: Certificates['members']): Life {
  return { durationMs: durationMs(duration) ?? 0, renewBeforeMs: durationMs(renewBefore) ?? 0 };
}
