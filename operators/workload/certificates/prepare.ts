/**
 * Makes the certificates of a service: a CA where there is none, a leaf for each member where there is none that may
 * stay. How one CA takes the place of another is the plan's business; here is only what cannot wait for anybody.
 */
import type { Cache } from '../../kube/cache.ts';
import { configMaps, type KubeObject, refOf, type Secret, secrets } from '../../kube/resource.ts';
import { readBundle } from '../../tls/certificate.ts';
import type { KeyPair, Validity } from '../../tls/issue.ts';
import { leafReason } from '../../tls/leaf.ts';
import { collisions } from '../apply-desired.ts';
import type { ServiceIdentity } from '../identity.ts';
import type { Turn } from '../io.ts';
import type { Prepared } from '../product.ts';
import type { Rejection } from '../rejection.ts';
import { isAsWanted, readSecret, replaceSecret } from '../secrets.ts';
import type { Given } from './given.ts';
import type { CertificatePolicy, Life } from './policy.ts';
import {
  type AuthorityRecord,
  aboveOf,
  authoritySecret,
  certificateNames,
  groupFilesOf,
  groupSecret,
  lostNextOf,
  pairOf,
  recordOf,
  trustedByClients,
  trustKey,
  trustMap,
  whole,
} from './secrets.ts';
import { readSource } from './source.ts';
import { authorityName, givenNow, isValid, signingNow } from './wanted.ts';

/** Clocks differ. */
const backdateMs = 3_600_000;

export interface MemberNames {
  pod: string;
  /** Every name by which it is reached. */
  dnsNames: readonly string[];
}

export interface GroupNames {
  /** The name of its StatefulSet. */
  set: string;
  members: readonly MemberNames[];
}

export interface CertificateWish {
  service: ServiceIdentity;
  groups: readonly GroupNames[];
  policy: CertificatePolicy;
}

export async function prepareCertificates(wish: CertificateWish, turn: Turn): Promise<Prepared> {
  const { service, groups } = wish;
  const taken = await collisions(placesOf(wish), service, turn);
  if (taken.length > 0) return { rejections: taken, objects: [] };
  const present = await Promise.all(groups.map(({ set }) => memberSecret(service, set, turn)));
  const stored = await readSecret({ namespace: service.namespace, name: certificateNames.authority(service) }, turn);
  const known = present.flatMap((group) => groupFilesOf(group).trusted);
  const before = recordOf(stored);
  const given = await readSource(wish, before, turn);
  const complaints = complaintsOf(given, before);
  if (given.kind === 'Unusable' && before === undefined && known.length === 0)
    return { rejections: [given.problem], objects: [] };
  const record = await prepareAuthority(wish, { stored, before, known, given }, turn);
  const kept = [authoritySecret(service, record)];
  for (const [index, group] of groups.entries())
    kept.push(await prepareGroup(wish, group, present[index], record, turn));
  return { ...complaints, objects: [trustMap(service, trustedByClients(record))], kept };
}

/** What was in use once is on record; what never was is a mistake in the spec. Certificates are renewed in any case. */
function complaintsOf(
  given: Given,
  record: AuthorityRecord | undefined,
): Pick<Prepared, 'rejections'> & { warnings: Rejection[] } {
  if (given.kind !== 'Unusable') return { rejections: [], warnings: [] };
  const { problem, secret } = given;
  if (record?.given?.secret !== secret) return { rejections: [problem], warnings: [] };
  const message = `${problem.message}; members go on with the CA that they have`;
  return { rejections: [], warnings: [{ ...problem, message }] };
}

function placesOf({ service, groups }: CertificateWish): KubeObject[] {
  const { namespace } = service;
  const at = (kind: string, name: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name, namespace } });
  const members = groups.map(({ set }) => at('Secret', certificateNames.members(set)));
  return [
    at('Secret', certificateNames.authority(service)),
    at('ConfigMap', certificateNames.trust(service)),
    ...members,
  ];
}

/** As it is now. */
export function authorityOf(service: ServiceIdentity, cache: Cache): AuthorityRecord | undefined {
  const { namespace } = service;
  return recordOf(cache.get(secrets, { namespace, name: certificateNames.authority(service) }));
}

function memberSecret({ namespace }: ServiceIdentity, set: string, turn: Turn): Promise<Secret | undefined> {
  return readSecret({ namespace, name: certificateNames.members(set) }, turn);
}

interface AuthorityFound {
  stored: Secret | undefined;
  /** What is in that. */
  before: AuthorityRecord | undefined;
  /** What members trust. */
  known: readonly string[];
  given: Given;
}

async function prepareAuthority(
  { service, policy }: CertificateWish,
  { stored, before, known, given }: AuthorityFound,
  turn: Turn,
): Promise<AuthorityRecord> {
  const now = turn.clock.now();
  const recorded = recordedOf(given, before);
  const create = () => newAuthority(service, policy.authority.durationMs, turn);
  const found = before && { ...before, given: recorded };
  const sources = { given: givenNow({ given: recorded }, now), create, lostNext: lostNextOf(stored), now };
  const settled = await mended(found, known, sources);
  const above = [
    ...(given.kind === 'Usable' ? given.above : []),
    ...(before?.above ?? []),
    ...publishedBy(service, turn),
  ];
  const certificate = policy.source.kind === 'Issuer' ? certificateNames.issued(service) : undefined;
  const parts = { ...settled, given: recorded, certificate };
  const record = { ...parts, above: aboveOf({ ...parts, above }) };
  await write(stored, authoritySecret(service, record), turn);
  return record;
}

/** What clients trust: all that is left of what stands above a CA whose Secrets are lost. */
function publishedBy(service: ServiceIdentity, { cache }: Turn): string[] {
  const { namespace } = service;
  const map = cache.get(configMaps, { namespace, name: certificateNames.trust(service) });
  const read = readBundle(map?.data?.[trustKey] ?? '');
  return read.ok ? read.value.map(({ pem }) => pem) : [];
}

/** What cannot be used takes nothing from what could. */
function recordedOf(given: Given, before: AuthorityRecord | undefined): AuthorityRecord['given'] {
  switch (given.kind) {
    case 'None':
      return undefined;
    case 'Usable':
      return given.authority;
    case 'Unusable':
      return before?.given;
    default:
      return given satisfies never;
  }
}

export function newAuthority(
  service: ServiceIdentity,
  lifeMs: number,
  { clock, issuer }: Pick<Turn, 'clock' | 'issuer'>,
): Promise<KeyPair> {
  return issuer.createAuthority(authorityName(service), validityOf(clock.now(), lifeMs));
}

export function validityOf(now: number, lifeMs: number): Validity {
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(now + lifeMs) };
}

export interface Sources {
  /** The user's, if it will do now. */
  given: KeyPair | undefined;
  create: () => Promise<KeyPair>;
  /** The certificate of a next CA whose key is gone. */
  lostNext?: string | undefined;
  now: number;
}

/**
 * A CA whose key is lost is followed by another one in good order, because its certificate is known still: one that was
 * to sign, too, since users may have certificates of it already. One that has ended is trusted by nobody, so that there
 * is nothing to wait for.
 */
export async function mended(
  record: AuthorityRecord | undefined,
  known: readonly string[],
  { given, create, lostNext, now }: Sources,
): Promise<AuthorityRecord> {
  const [lost, ...others] = [...new Set(known)].filter((pem) => isValid(pem, now));
  const found = lost === undefined ? undefined : { signer: { certificate: lost, key: undefined }, former: others };
  // Put there by hand: no member has heard of it, and each would refuse the next that presents what it has signed.
  const isStrange = record !== undefined && found !== undefined && !known.includes(record.signer.certificate);
  const kept: AuthorityRecord | undefined = isStrange ? found : (record ?? found);
  if (kept === undefined) return { signer: given ?? (await create()) };
  const { signer, next } = kept;
  if (!isValid(signer.certificate, now)) return { signer: validPair(next, now) ?? given ?? (await create()) };
  if (given?.certificate === signer.certificate) return { ...kept, signer: given };
  if (next !== undefined || (whole(signer) !== undefined && lostNext === undefined)) return kept;
  const introduced = { ...(given ?? (await create())), since: now };
  const former = new Set([...(lostNext === undefined ? [] : [lostNext]), ...(kept.former ?? [])]);
  former.delete(introduced.certificate);
  return { ...kept, next: introduced, former: [...former] };
}

function validPair(pair: KeyPair | undefined, now: number): KeyPair | undefined {
  return pair !== undefined && isValid(pair.certificate, now) ? pairOf(pair) : undefined;
}

async function prepareGroup(
  { service, policy }: CertificateWish,
  { set, members }: GroupNames,
  present: Secret | undefined,
  record: AuthorityRecord,
  turn: Turn,
): Promise<Secret> {
  const { leaves } = groupFilesOf(present);
  const issued = await Promise.all(
    members.map(async (member): Promise<[string, KeyPair][]> => {
      const leaf = await prepareLeaf(member, leaves.get(member.pod), { record, life: policy.members }, turn);
      return leaf === undefined ? [] : [[member.pod, leaf]];
    }),
  );
  const secret = groupSecret(service, certificateNames.members(set), new Map(issued.flat()), record);
  await write(present, secret, turn);
  return secret;
}

async function prepareLeaf(
  { pod, dnsNames }: MemberNames,
  leaf: Partial<KeyPair> | undefined,
  { record, life }: { record: AuthorityRecord; life: Life },
  { clock, issuer, log }: Turn,
): Promise<KeyPair | undefined> {
  const now = clock.now();
  const check = { leaf, name: pod, dnsNames, addresses: [], renewBeforeMs: life.renewBeforeMs, now };
  const reason = leafReason({ ...check, authority: record.signer.certificate });
  const found = leaf?.certificate && leaf.key ? { certificate: leaf.certificate, key: leaf.key } : undefined;
  if (reason === undefined) return found;
  const authority = signingNow(record, found, now);
  if (authority === undefined) return found;
  log.info(`issues a certificate for ${pod}: ${reason}`, { step: 'certificates', reason });
  const wish = { name: pod, role: 'stateward:member' as const, dnsNames, addresses: [] };
  return issuer.issueLeaf({ ...wish, validity: validityOf(now, life.durationMs) }, authority);
}

async function write(present: Secret | undefined, wanted: Secret, { api, log, signal }: Turn): Promise<void> {
  if (present === undefined) {
    await api.create(secrets, wanted, { signal });
    return log.info(`created Secret ${wanted.metadata.name}`, { step: 'certificates' });
  }
  if (isAsWanted(present, wanted)) return;
  await replaceSecret(present, wanted, { api, signal });
  log.info(`updated Secret ${refOf(wanted).name}`, { step: 'certificates' });
}
