/**
 * The CAs that have signed the certificates of clients: the user's Secret, and a copy of it for the members, which is
 * what they go by should that Secret be lost.
 */
import { type ConfigMap, configMaps, type Secret, secrets } from '../kube/resource.ts';
import { type Certificate, isSignedBy, readBundle } from '../tls/certificate.ts';
import { collisions } from '../workload/apply-desired.ts';
import { type AuthorityRecord, bundleOf, trustedBy, trustKey } from '../workload/certificates/secrets.ts';
import { ownedMeta, type ServiceIdentity } from '../workload/identity.ts';
import type { Turn } from '../workload/io.ts';
import type { Prepared } from '../workload/product.ts';
import { type RejectionReason, reject } from '../workload/rejection.ts';
import { names } from './names.ts';
import type { CassandraSpecModel } from './spec.ts';

const field = 'spec.authentication.clientCaSecretName';

export async function prepareClientAuthority(
  model: CassandraSpecModel,
  record: AuthorityRecord | undefined,
  turn: Turn,
): Promise<Prepared> {
  const { clientCaSecretName: name } = model.spec.authentication;
  if (name === undefined) return { rejections: [], objects: [] };
  const { service } = model;
  const taken = await collisions([copyOf([], service)], service, turn);
  if (taken.length > 0) return { rejections: taken, objects: [] };
  const { namespace } = service;
  const secret = await turn.api.read(secrets, { namespace, name }, { signal: turn.signal });
  if (secret !== undefined) return copied(secret, model, record);
  const copy = turn.cache.get(configMaps, { namespace, name: names.clientAuthority(service) });
  if (copy !== undefined) return { rejections: [], objects: [], kept: [copy] };
  return refused('SecretNotFound', `there is no Secret ${name} in namespace ${namespace}; create it with ${trustKey}`);
}

function copied(secret: Secret, { service }: CassandraSpecModel, record: AuthorityRecord | undefined): Prepared {
  const invalid = (problem: string): Prepared =>
    refused('SecretInvalid', `${trustKey} of Secret ${secret.metadata.name} ${problem}`);
  const read = readBundle(Buffer.from(secret.data?.[trustKey] ?? '', 'base64').toString('utf8'));
  if (!read.ok) return invalid(`${read.problem}; it must hold PEM certificates of CAs`);
  const problem = problemOf(read.value, record);
  if (problem !== undefined) return invalid(problem);
  // Only the certificates: whatever else is in the text is nobody's business.
  const certificates = read.value.map(({ pem }) => pem);
  return { rejections: [], objects: [copyOf(certificates, service)] };
}

function refused(reason: RejectionReason, message: string): Prepared {
  return { rejections: [reject(reason, `${field}: ${message}`)], objects: [] };
}

/** Members let in among themselves whoever has a certificate of their CA. */
function problemOf(found: readonly Certificate[], record: AuthorityRecord | undefined): string | undefined {
  if (found.some(({ isAuthority }) => !isAuthority)) return 'holds a certificate of no CA; leave only CAs in it';
  const own = record === undefined ? [] : trustedBy(record);
  const shared = found.some(({ pem }) => own.some((authority) => pem === authority || isSignedBy(pem, authority)));
  return shared
    ? 'is the CA of the members, as one of which its clients could join; give clients another CA'
    : undefined;
}

function copyOf(certificates: readonly string[], service: ServiceIdentity): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMeta(service, names.clientAuthority(service)),
    data: { [trustKey]: bundleOf(certificates) },
  };
}
