/** The certificates of a service as the API server has them. */
import { controllerOf } from '../../kube/owner.ts';
import type { Secret } from '../../kube/resource.ts';
import { readCertificate } from '../../tls/certificate.ts';
import type { Facts } from '../facts.ts';
import { type AuthorityRecord, certificateNames, groupFilesOf, recordOf } from './secrets.ts';

export interface CertificateFacts {
  record: AuthorityRecord;
  /** The service's own, by name. */
  secrets: ReadonlyMap<string, Secret>;
}

/** Undefined while there is no CA. */
export function certificateFacts({
  service,
  secrets,
}: Pick<Facts, 'service' | 'secrets'>): CertificateFacts | undefined {
  // Anybody can give a Secret the labels of the service.
  const own = secrets.filter((secret) => controllerOf(secret)?.uid === service.uid);
  const byName = new Map(own.map((secret) => [secret.metadata.name, secret]));
  const record = recordOf(byName.get(certificateNames.authority(service)));
  return record && { record, secrets: byName };
}

/** What each member is to present: SHA-256 by its name. */
export function wantedLeaves({ secrets }: CertificateFacts): Map<string, string> {
  const leaves = [...secrets.values()].flatMap((secret) => [...groupFilesOf(secret).leaves]);
  return new Map(
    leaves.flatMap(([pod, { certificate = '' }]): [string, string][] => {
      const read = readCertificate(certificate);
      return read.ok ? [[pod, read.value.fingerprint]] : [];
    }),
  );
}
