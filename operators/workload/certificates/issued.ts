/**
 * The CA that cert-manager issues (`spec.certificates.authority.issuerRef`): asked for by a Certificate, and taken from
 * the Secret of that. cert-manager may be absent, so that none of its kinds is watched.
 */
import { ApiError } from '../../kube/api.ts';
import { firstDifference } from '../../kube/covers.ts';
import { controllerOf } from '../../kube/owner.ts';
import { type Ref, type Resource, refOf, type Secret, secrets } from '../../kube/resource.ts';
import type { ServiceIdentity } from '../identity.ts';
import { fieldManager, type Turn } from '../io.ts';
import { type Rejection, reject } from '../rejection.ts';
import {
  type CertificateObject,
  certificateRequests,
  certificates,
  type IssuedObject,
  isIssuedBy,
  isWrittenFor,
  requestOf,
  wordOf,
} from './cert-manager.ts';
import { type Given, judged } from './given.ts';
import { type AuthorityRecord, certificateNames } from './secrets.ts';

const field = 'spec.certificates.authority.issuerRef';
const advice = 'name an issuer that signs CAs and knows its root, or leave the field out';

export async function readIssued(
  wanted: CertificateObject,
  before: AuthorityRecord | undefined,
  turn: Turn,
): Promise<Given> {
  const ref = refOf(wanted);
  // What is made is to be removed one day: that is written down first.
  if (before !== undefined && before.certificate === undefined)
    return unusable(ref, reject('CertificateNotIssued', `${field}: Certificate ${ref.name} is about to be made`));
  const found = await lookUp(certificates, ref, turn);
  if (found.kind === 'UnknownKind') return unusable(ref, notInstalled);
  const secret = await turn.api.read(secrets, ref, { signal: turn.signal });
  const live = found.object;
  const problem = strangerIn(wanted, { live, secret }) ?? (await keep(wanted, live, turn));
  if (problem !== undefined) return unusable(ref, problem);
  if (secret !== undefined && isIssuedBy(secret, wanted.spec.issuerRef))
    return judged(secret, { field, advice }, turn.clock.now());
  return unusable(ref, await notIssued(live ?? wanted, turn));
}

/** One that is not asked for any more issues nothing further; its Secret is left to the user. */
export async function removeCertificate(
  service: ServiceIdentity,
  before: AuthorityRecord | undefined,
  turn: Turn,
): Promise<void> {
  if (before !== undefined && before.certificate === undefined) return;
  const ref = { namespace: service.namespace, name: certificateNames.issued(service) };
  const found = await lookUp(certificates, ref, turn);
  const live = found.kind === 'Known' ? found.object : undefined;
  const { uid } = live?.metadata ?? {};
  if (live === undefined || uid === undefined || controllerOf(live)?.uid !== service.uid) return;
  await turn.api.remove(certificates, ref, {
    preconditions: { uid },
    propagation: 'Background',
    signal: turn.signal,
  });
  turn.log.info(`removed Certificate ${ref.name}`, { step: 'certificates' });
}

function unusable({ name }: Ref, problem: Rejection): Given {
  return { kind: 'Unusable', secret: name, problem };
}

type Found<T> = { kind: 'UnknownKind' } | { kind: 'Known'; object: T | undefined };

/** Of a kind that nobody has installed the API server knows nothing. */
async function lookUp<T extends IssuedObject>(
  resource: Resource<T>,
  ref: Ref,
  { api, signal }: Turn,
): Promise<Found<T>> {
  try {
    return { kind: 'Known', object: await api.read(resource, ref, { signal }) };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { kind: 'UnknownKind' };
    throw error;
  }
}

const notInstalled = reject(
  'CertificateNotIssued',
  `${field}: the API server knows no Certificates of cert-manager.io; install cert-manager, or leave the field out`,
);

/** cert-manager writes over whatever Secret a Certificate names. */
function strangerIn(
  wanted: CertificateObject,
  { live, secret }: { live: CertificateObject | undefined; secret: Secret | undefined },
): Rejection | undefined {
  const { name } = wanted.metadata;
  const owner = controllerOf(wanted);
  const isOther = live !== undefined && controllerOf(live)?.uid !== owner?.uid;
  const taken = isOther
    ? `Certificate ${name} exists and is not of this ${owner?.kind}`
    : `Secret ${name} exists and is not of Certificate ${name}`;
  if (!isOther && (secret === undefined || isWrittenFor(secret, name))) return undefined;
  return reject('NameCollision', `${field}: ${taken}; rename this ${owner?.kind} or remove that object`);
}

/** A webhook of cert-manager that is down, too, must not keep certificates from being renewed. */
async function keep(
  wanted: CertificateObject,
  live: CertificateObject | undefined,
  { api, log, signal }: Turn,
): Promise<Rejection | undefined> {
  if (live !== undefined && firstDifference(wanted, live) === undefined) return undefined;
  const { name } = wanted.metadata;
  try {
    await api.apply(certificates, wanted, { manager: fieldManager, signal });
    log.info(`${live === undefined ? 'created' : 'updated'} Certificate ${name}`, { step: 'certificates' });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError) || error.isConflict) throw error;
    return reject(
      'CertificateNotIssued',
      `${field}: the API server refuses Certificate ${name}: ${error.message}; correct the issuer, or leave the field out`,
    );
  }
}

async function notIssued(certificate: CertificateObject, turn: Turn): Promise<Rejection> {
  const ref = { ...refOf(certificate), name: requestOf(certificate) };
  const found = await lookUp(certificateRequests, ref, turn);
  const word = wordOf(certificate, found.kind === 'Known' ? found.object : undefined);
  const { kind, name } = certificate.spec.issuerRef;
  const message = `${field}: ${kind} ${name} has not issued Certificate ${certificate.metadata.name}: ${word}; ${advice}`;
  return reject('CertificateNotIssued', message);
}
