/** The CA that is to sign, where that is not Stateward's to make: read anew each time, and recorded once it will do. */
import type { Turn } from '../io.ts';
import { certificateFor } from './cert-manager.ts';
import { type Given, readGiven } from './given.ts';
import { readIssued, removeCertificate } from './issued.ts';
import type { CertificateWish } from './prepare.ts';
import type { AuthorityRecord } from './secrets.ts';

export async function readSource(
  { service, policy: { source, authority } }: CertificateWish,
  before: AuthorityRecord | undefined,
  turn: Turn,
): Promise<Given> {
  if (source.kind === 'Issuer') return readIssued(certificateFor(service, source.issuer, authority), before, turn);
  await removeCertificate(service, before, turn);
  if (source.kind === 'Own') return { kind: 'None' };
  return readGiven({ namespace: service.namespace, name: source.name }, turn);
}
