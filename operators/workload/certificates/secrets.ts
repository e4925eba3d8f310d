/** How the certificates of a service are kept: one Secret that no pod mounts, one for the members of each group. */
import { type ConfigMap, configMaps, type Secret } from '../../kube/resource.ts';
import { trusted } from '../../tls/authority.ts';
import { isKeyOf, isSignedBy, readBundle, readCertificate } from '../../tls/certificate.ts';
import { authoritiesAbove, signsItself } from '../../tls/chain.ts';
import { canSign, type KeyPair } from '../../tls/issue.ts';
import { ownedMeta, productOf, type ServiceIdentity } from '../identity.ts';

export const certificateNames = {
  /** The CA with its key. */
  authority: (service: ServiceIdentity) => `${service.name}-${productOf(service.kind)}-ca-key`,
  /** What clients trust; holds no secret. */
  trust: (service: ServiceIdentity) => `${service.name}-${productOf(service.kind)}-ca`,
  /** Of the members of one StatefulSet. */
  members: (set: string) => `${set}-tls`,
  /** The Certificate by which cert-manager is asked for a CA, and the Secret in which it puts it. */
  issued: (service: ServiceIdentity) => `${service.name}-${productOf(service.kind)}-issued-ca`,
} as const;

/** In the Secret of a group, in the ConfigMap of clients, and in a binding. */
export const trustKey = 'ca.crt';

export function leafKey(pod: string): string {
  return `${pod}.pem`;
}

/** A CA whose key may be lost: it is trusted still and signs nothing any more. */
export interface Signer {
  certificate: string;
  key: string | undefined;
}

/** One that is to sign. */
export interface NextAuthority extends KeyPair {
  /** Since when it is shown to everybody; milliseconds since the epoch. */
  since: number;
}

/** The user's own. */
export interface GivenAuthority extends KeyPair {
  /** Where it was found. */
  secret: string;
}

/** The CAs of a service; see `tls/authority.ts` for how one takes the place of another. */
export interface AuthorityRecord {
  signer: Signer;
  next?: NextAuthority | undefined;
  /** Certificates. */
  former?: readonly string[] | undefined;
  /** What the user gave last, and what is to sign while it lasts; kept in case their Secret is gone. */
  given?: GivenAuthority | undefined;
  /** The Certificate of cert-manager that may exist: on record before it is made, and until it is removed. */
  certificate?: string | undefined;
  /** Certificates of the CAs that have signed one of these, up to the roots: clients trust them, and no member does. */
  above?: readonly string[] | undefined;
}

/** Undefined where there is none that could be used. What is broken counts as not there. */
export function recordOf(secret: Secret | undefined): AuthorityRecord | undefined {
  const [signer, next, given] = ['ca', 'next', 'given'].map((name) => signerOf(secret, name));
  if (signer === undefined) return undefined;
  const certificate = decoded(secret?.data?.['certificate']).trim();
  const [former, above] = [authoritiesIn(secret, 'former.crt'), authoritiesIn(secret, 'above.crt')];
  return {
    signer,
    ...nextOf(whole(next), decoded(secret?.data?.['next.since'])),
    ...(former.length > 0 && { former }),
    ...givenOf(whole(given), decoded(secret?.data?.['given.secret'])),
    ...(above.length > 0 && { above }),
    ...(certificate !== '' && { certificate }),
  };
}

/** Of one that was to sign and cannot, as its key is gone. */
export function lostNextOf(secret: Secret | undefined): string | undefined {
  const next = signerOf(secret, 'next');
  return next?.key === undefined ? next?.certificate : undefined;
}

function authoritiesIn(secret: Secret | undefined, key: string): string[] {
  const read = readBundle(decoded(secret?.data?.[key]));
  return read.ok ? read.value.filter(({ isAuthority }) => isAuthority).map(({ pem }) => pem) : [];
}

/** Older operators wrote no time down: theirs were all made when they were shown. */
function nextOf(pair: KeyPair | undefined, since: string): Pick<AuthorityRecord, 'next'> {
  if (pair === undefined) return {};
  const at = Date.parse(since.trim());
  return { next: { ...pair, since: Number.isNaN(at) ? notBeforeOf(pair.certificate) : at } };
}

function notBeforeOf(certificate: string): number {
  const read = readCertificate(certificate);
  return read.ok ? read.value.notBefore : 0;
}

function givenOf(pair: KeyPair | undefined, secret: string): Pick<AuthorityRecord, 'given'> {
  return pair === undefined ? {} : { given: { ...pair, secret: secret.trim() } };
}

function signerOf(secret: Secret | undefined, name: string): Signer | undefined {
  const certificate = decoded(secret?.data?.[`${name}.crt`]);
  const read = readBundle(certificate);
  const [first] = read.ok ? read.value : [];
  if (first?.isAuthority !== true) return undefined;
  const pair = { certificate: first.pem, key: decoded(secret?.data?.[`${name}.key`]) };
  return isKeyOf(pair.key, pair.certificate) && canSign(pair) ? pair : { ...pair, key: undefined };
}

/** Without what is noted of it. */
export function pairOf({ certificate, key }: KeyPair): KeyPair {
  return { certificate, key };
}

export function whole(signer: Signer | undefined): KeyPair | undefined {
  return signer?.key === undefined ? undefined : { certificate: signer.certificate, key: signer.key };
}

export function authoritySecret(service: ServiceIdentity, record: AuthorityRecord): Secret {
  const { signer, next, former = [], given, certificate } = record;
  const above = aboveOf(record);
  const texts = {
    'ca.crt': signer.certificate,
    'ca.key': signer.key,
    'next.crt': next?.certificate,
    'next.key': next?.key,
    'next.since': next && new Date(next.since).toISOString(),
    'former.crt': former.length === 0 ? undefined : bundleOf(former),
    'given.crt': given?.certificate,
    'given.key': given?.key,
    'given.secret': given?.secret,
    'above.crt': above.length === 0 ? undefined : bundleOf(above),
    certificate,
  };
  return secretOf(service, certificateNames.authority(service), texts);
}

/** PEM of every CA that members trust, the one that signs first. */
export function trustedBy({ signer, next, former }: AuthorityRecord): string[] {
  return trusted({ signer: signer.certificate, next: next?.certificate, former });
}

/** PEM of what clients trust: many of them do so only up to a root. */
export function trustedByClients(record: AuthorityRecord): string[] {
  return unique(trustedBy(record).flatMap((authority) => withAbove(authority, record)));
}

/** Those above the CAs that there are, and no others any more. */
export function aboveOf(record: AuthorityRecord): string[] {
  const { given, above = [] } = record;
  const authorities = [...trustedBy(record), ...(given === undefined ? [] : [given.certificate])];
  return unique(authorities.flatMap((authority) => authoritiesAbove(authority, above)));
}

/** What a member presents beside its leaf: everything below the root, which whoever trusts it has. */
export function sentWith(leaf: string, record: AuthorityRecord): string[] {
  const signer = trustedBy(record).find((authority) => isSignedBy(leaf, authority));
  const chain = signer === undefined ? [] : withAbove(signer, record);
  return chain.filter((authority) => !signsItself(authority));
}

function withAbove(authority: string, { above = [] }: AuthorityRecord): string[] {
  return [authority, ...authoritiesAbove(authority, above)];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

export function bundleOf(certificates: readonly string[]): string {
  return certificates.map((pem) => `${pem.trim()}\n`).join('');
}

/** What the members of a group have: the leaf of each by its pod, and the CAs that they trust. */
export interface GroupFiles {
  leaves: ReadonlyMap<string, Partial<KeyPair>>;
  trusted: string[];
}

export function groupFilesOf(secret: Secret | undefined): GroupFiles {
  const entries = Object.entries(secret?.data ?? {}).map(([key, value]): [string, string] => [key, decoded(value)]);
  const leaves = entries.flatMap(([key, text]): [string, Partial<KeyPair>][] =>
    key.endsWith('.pem') ? [[key.slice(0, -'.pem'.length), leafOf(text)]] : [],
  );
  const bundle = readBundle(entries.find(([key]) => key === trustKey)?.[1] ?? '');
  return { leaves: new Map(leaves), trusted: bundle.ok ? bundle.value.map(({ pem }) => pem) : [] };
}

/** Kafka and Cassandra read key and certificates from one file. */
function leafOf(text: string): Partial<KeyPair> {
  const block = (what: string): string | undefined =>
    new RegExp(`-----BEGIN ${what}-----[^-]+-----END ${what}-----\n?`).exec(text)?.[0];
  const [key, certificate] = [block('PRIVATE KEY'), block('CERTIFICATE')];
  return { ...(key === undefined ? {} : { key }), ...(certificate === undefined ? {} : { certificate }) };
}

export function groupSecret(
  service: ServiceIdentity,
  name: string,
  leaves: ReadonlyMap<string, KeyPair>,
  record: AuthorityRecord,
): Secret {
  const files = [...leaves].map(([pod, { key, certificate }]) => [
    leafKey(pod),
    bundleOf([key, certificate, ...sentWith(certificate, record)]),
  ]);
  return secretOf(service, name, { ...Object.fromEntries(files), [trustKey]: bundleOf(trustedBy(record)) });
}

export function trustMap(service: ServiceIdentity, trusted: readonly string[]): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: configMaps.kind,
    metadata: ownedMeta(service, certificateNames.trust(service)),
    data: { [trustKey]: bundleOf(trusted) },
  } as ConfigMap;
}

function secretOf(service: ServiceIdentity, name: string, texts: Record<string, string | undefined>): Secret {
  const data = Object.entries(texts).flatMap(([key, text]): [string, string][] =>
    text === undefined ? [] : [[key, Buffer.from(`${text.trim()}\n`).toString('base64')]],
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: ownedMeta(service, name),
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}

function decoded(value: string | undefined): string {
  return Buffer.from(value ?? '', 'base64').toString('utf8');
}
