/**
 * The CAs that have signed the certificates of clients: the user's Secret, and a copy of it for the members, which is
 * what they go by should that Secret be lost.
 */
import { type ConfigMap, configMaps, secrets } from '../kube/resource.ts';
import { isSignedBy, readBundle } from '../tls/certificate.ts';
import { type AuthorityRecord, trustedBy, trustKey } from '../workload/certificates/secrets.ts';
import { ownedMeta } from '../workload/identity.ts';
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
  const { namespace } = model.service;
  const secret = await turn.api.read(secrets, { namespace, name }, { signal: turn.signal });
  if (secret === undefined) {
    const copy = turn.cache.get(configMaps, { namespace, name: names.clientAuthority(model.service) });
    if (copy !== undefined) return { rejections: [], objects: [], kept: [copy] };
    return refused(
      'SecretNotFound',
      `there is no Secret ${name} in namespace ${namespace}; create it with ${trustKey}`,
    );
  }
  const text = Buffer.from(secret.data?.[trustKey] ?? '', 'base64').toString('utf8');
  const problem = problemOf(text, record);
  if (problem !== undefined) return refused('SecretInvalid', `${trustKey} of Secret ${name} ${problem}`);
  return { rejections: [], objects: [copyOf(text, model)] };
}

function refused(reason: RejectionReason, message: string): Prepared {
  return { rejections: [reject(reason, `${field}: ${message}`)], objects: [] };
}

/** Members let in among themselves whoever has a certificate of their CA. */
function problemOf(text: string, record: AuthorityRecord | undefined): string | undefined {
  const read = readBundle(text);
  if (!read.ok) return `${read.problem}; it must hold PEM certificates of CAs`;
  if (read.value.some(({ isAuthority }) => !isAuthority)) return 'holds a certificate of no CA; leave only CAs in it';
  const own = record === undefined ? [] : trustedBy(record);
  const shared = read.value.some(({ pem }) => own.some((authority) => isSignedBy(pem, authority)));
  return shared
    ? 'is the CA of the members, as one of which its clients could join; give clients another CA'
    : undefined;
}

/** Only the certificates: whatever else is in the text is nobody's business. */
function copyOf(text: string, { service }: CassandraSpecModel): ConfigMap {
  const read = readBundle(text);
  const certificates = read.ok ? read.value.map(({ pem }) => pem) : [];
  return {
    apiVersion: 'v1',
    kind: configMaps.kind,
    metadata: ownedMeta(service, names.clientAuthority(service)),
    data: { [trustKey]: certificates.join('') },
  } as ConfigMap;
}
