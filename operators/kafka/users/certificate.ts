/** Certificates of users: which CA signs them, and when they are made anew. */
import { type KafkaMemberStatus, parseKafkaSpec } from '../../../crds/kafka-cluster.ts';
import type { Secret } from '../../kube/resource.ts';
import { isSignedBy } from '../../tls/certificate.ts';
import type { KeyPair } from '../../tls/issue.ts';
import { leafReason } from '../../tls/leaf.ts';
import { fingerprintOf } from '../../workload/certificates/handshakes.ts';
import { certificatePolicy, type Life } from '../../workload/certificates/policy.ts';
import { validityOf } from '../../workload/certificates/prepare.ts';
import type { AuthorityRecord, Signer } from '../../workload/certificates/secrets.ts';
import { signingNow } from '../../workload/certificates/wanted.ts';
import type { Round } from '../../workload/io.ts';
import { certificateKeys } from './binding.ts';

export interface Authorities {
  record: AuthorityRecord;
  /** Of the KafkaCluster. */
  members: readonly KafkaMemberStatus[];
  /** Of a certificate. */
  life: Life;
}

const day = 86_400_000;
const usual: Life = { durationMs: 90 * day, renewBeforeMs: 30 * day };

/** That of members; of a KafkaCluster whose spec is not valid, the usual one. */
export function certificateLife(spec: unknown): Life {
  const parsed = parseKafkaSpec(spec ?? {});
  return parsed.ok ? certificatePolicy(parsed.value.certificates).members : usual;
}

/** The one that is there, if it may stay; undefined while there is none and nobody can sign one. */
export async function userCertificate(
  user: string,
  present: Secret | undefined,
  authorities: Authorities,
  { clock, issuer, log }: Pick<Round, 'clock' | 'issuer' | 'log'>,
): Promise<KeyPair | undefined> {
  const found = certificateIn(present);
  const signer = signerFor(found, authorities);
  const now = clock.now();
  const wish = { name: user, dnsNames: [], addresses: [] };
  const { durationMs, renewBeforeMs } = authorities.life;
  const check = { ...wish, leaf: found, authority: signer.certificate, renewBeforeMs, now };
  const reason = leafReason(check);
  if (reason === undefined) return found;
  const authority = signingNow({ ...authorities.record, signer }, found, now);
  if (authority === undefined) return found;
  log.info(`issues a certificate for user ${user}: ${reason}`, { step: 'KafkaUser', reason });
  return issuer.issueLeaf({ ...wish, role: 'stateward-user', validity: validityOf(now, durationMs) }, authority);
}

function certificateIn(secret: Secret | undefined): KeyPair | undefined {
  const text = (key: string): string => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8');
  const [certificate, key] = [text(certificateKeys.certificate), text(certificateKeys.key)];
  return certificate === '' || key === '' ? undefined : { certificate, key };
}

/**
 * The next CA as soon as every member that serves lets in whom it has signed: so a client has the same day for its new
 * certificate as for the CA that it is to trust. Who has one of the next CA keeps it, whoever comes to be a member.
 */
export function signerFor(
  found: KeyPair | undefined,
  { record, members }: Pick<Authorities, 'record' | 'members'>,
): Signer {
  const { signer, next } = record;
  if (next === undefined) return signer;
  const fingerprint = fingerprintOf(next.certificate);
  const isTrusted = members.every(({ ready, certificate }) => !ready || certificate?.trusts === fingerprint);
  return isTrusted || isSignedBy(found?.certificate ?? '', next.certificate) ? next : signer;
}
