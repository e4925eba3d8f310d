/**
 * The CAs that have signed the certificates of clients: the user's Secret, and a copy of it for the members, which is
 * what they go by should that Secret be lost. Beside it, for whoever shows a certificate, those of the operator.
 */
import { type ConfigMap, configMaps, type Secret, secrets } from '../kube/resource.ts';
import { type Certificate, isSignedBy, readBundle } from '../tls/certificate.ts';
import { collisions } from '../workload/apply-desired.ts';
import { type AuthorityRecord, bundleOf, trustedBy, trustKey } from '../workload/certificates/secrets.ts';
import { ownedMeta, type ServiceIdentity } from '../workload/identity.ts';
import type { Turn } from '../workload/io.ts';
import type { Prepared } from '../workload/product.ts';
import { type RejectionReason, reject } from '../workload/rejection.ts';
import { acceptedKey } from './certificates.ts';
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
  const copy = (given: readonly string[]): ConfigMap => copyOf(given, record, service);
  const taken = await collisions([copy([])], service, turn);
  if (taken.length > 0) return { rejections: taken, objects: [] };
  const { namespace } = service;
  const secret = await turn.api.read(secrets, { namespace, name }, { signal: turn.signal });
  if (secret !== undefined) return copied(secret, record, copy);
  const known = readCopy(turn.cache.get(configMaps, { namespace, name: names.clientAuthority(service) }));
  if (known.length > 0) return { rejections: [], objects: [copy(known)] };
  return refused('SecretNotFound', `there is no Secret ${name} in namespace ${namespace}; create it with ${trustKey}`);
}

function copied(
  secret: Secret,
  record: AuthorityRecord | undefined,
  copy: (given: readonly string[]) => ConfigMap,
): Prepared {
  const invalid = (problem: string): Prepared =>
    refused('SecretInvalid', `${trustKey} of Secret ${secret.metadata.name} ${problem}`);
  const read = readBundle(Buffer.from(secret.data?.[trustKey] ?? '', 'base64').toString('utf8'));
  if (!read.ok) return invalid(`${read.problem}; it must hold PEM certificates of CAs`);
  const problem = problemOf(read.value, record);
  if (problem !== undefined) return invalid(problem);
  // Only the certificates: whatever else is in the text is nobody's business.
  return { rejections: [], objects: [copy(read.value.map(({ pem }) => pem))] };
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

function copyOf(given: readonly string[], record: AuthorityRecord | undefined, service: ServiceIdentity): ConfigMap {
  const own = record === undefined ? [] : trustedBy(record);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMeta(service, names.clientAuthority(service)),
    data: { [trustKey]: bundleOf(given), [acceptedKey]: bundleOf([...given, ...own]) },
  };
}

/** PEM of what the user gave. */
function readCopy(copy: ConfigMap | undefined): string[] {
  const read = readBundle(copy?.data?.[trustKey] ?? '');
  return read.ok ? read.value.map(({ pem }) => pem) : [];
}
