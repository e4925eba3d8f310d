/**
 * Makes the certificates of a service: a CA where there is none, a leaf for each member where there is none that may
 * stay. How one CA takes the place of another is the plan's business; here is only what cannot wait for anybody.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Cache } from '../../kube/cache.ts';
import { type KubeObject, refOf, type Secret, secrets } from '../../kube/resource.ts';
import { type Certificate, readCertificate } from '../../tls/certificate.ts';
import type { KeyPair, Validity } from '../../tls/issue.ts';
import { leafReason } from '../../tls/leaf.ts';
import { collisions } from '../apply-desired.ts';
import type { ServiceIdentity } from '../identity.ts';
import type { Turn } from '../io.ts';
import type { Prepared } from '../product.ts';
import {
  type AuthorityRecord,
  authoritySecret,
  certificateNames,
  groupFilesOf,
  groupSecret,
  recordOf,
  trustedBy,
  trustMap,
  whole,
} from './secrets.ts';

const day = 86_400_000;
/** Clocks differ. */
const backdateMs = 3_600_000;
const authorityDays = 3 * 365;
const leafDays = 90;
export const leafRenewBeforeMs = 30 * day;
export const authorityRenewBeforeMs = 180 * day;

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
}

export async function prepareCertificates(wish: CertificateWish, turn: Turn): Promise<Prepared> {
  const { service, groups } = wish;
  const taken = await collisions(placesOf(wish), service, turn);
  if (taken.length > 0) return { rejections: taken, objects: [] };
  const present = groups.map(({ set }) => memberSecret(service, set, turn));
  const record = await prepareAuthority(service, present, turn);
  const kept = [authoritySecret(service, record)];
  for (const [index, group] of groups.entries())
    kept.push(await prepareGroup(service, group, present[index], record, turn));
  return { rejections: [], objects: [trustMap(service, trustedBy(record))], kept };
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

function memberSecret({ namespace }: ServiceIdentity, set: string, { cache }: Turn): Secret | undefined {
  return cache.get(secrets, { namespace, name: certificateNames.members(set) });
}

async function prepareAuthority(
  service: ServiceIdentity,
  present: readonly (Secret | undefined)[],
  turn: Turn,
): Promise<AuthorityRecord> {
  const ref = { namespace: service.namespace, name: certificateNames.authority(service) };
  const secret = turn.cache.get(secrets, ref) ?? (await turn.api.read(secrets, ref, { signal: turn.signal }));
  const known = present.flatMap((group) => groupFilesOf(group).trusted);
  const record = await mended(recordOf(secret), known, () => newAuthority(service, turn), turn.clock.now());
  await write(secret, authoritySecret(service, record), turn);
  return record;
}

export function newAuthority({ namespace, name }: ServiceIdentity, { clock, issuer }: Turn): Promise<KeyPair> {
  return issuer.createAuthority(`${name}.${namespace}`, validityOf(clock.now(), authorityDays));
}

/** When a CA of ours was made; milliseconds since the epoch. */
export function madeAt(certificate: string): number {
  const read = readCertificate(certificate);
  return read.ok ? read.value.notBefore + backdateMs : 0;
}

function validityOf(now: number, days: number): Validity {
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(now + days * day) };
}

/**
 * A CA whose key is lost is followed by another one in good order, because its certificate is known still; one that has
 * ended is trusted by nobody, so that there is nothing to wait for.
 */
export async function mended(
  record: AuthorityRecord | undefined,
  known: readonly string[],
  create: () => Promise<KeyPair>,
  now: number,
): Promise<AuthorityRecord> {
  const [lost, ...others] = [...new Set(known)].filter((pem) => isValid(pem, now));
  const found = lost === undefined ? undefined : { signer: { certificate: lost, key: undefined }, former: others };
  // Put there by hand: no member has heard of it, and each would refuse the next that presents what it has signed.
  if (record !== undefined && found !== undefined && !known.includes(record.signer.certificate))
    return { ...found, next: validPair(whole(record.signer), now) ?? (await create()) };
  const kept: AuthorityRecord | undefined = record ?? found;
  if (kept === undefined) return { signer: await create() };
  if (!isValid(kept.signer.certificate, now)) return { signer: validPair(kept.next, now) ?? (await create()) };
  if (whole(kept.signer) !== undefined || kept.next !== undefined) return kept;
  return { ...kept, next: await create() };
}

function validPair(pair: KeyPair | undefined, now: number): KeyPair | undefined {
  return pair !== undefined && isValid(pair.certificate, now) ? pair : undefined;
}

function isValid(pem: string, now: number): boolean {
  const read = readCertificate(pem);
  return read.ok && isCurrent(read.value, now);
}

function isCurrent({ notBefore, notAfter }: Certificate, now: number): boolean {
  return notBefore <= now && now < notAfter;
}

async function prepareGroup(
  service: ServiceIdentity,
  { set, members }: GroupNames,
  present: Secret | undefined,
  record: AuthorityRecord,
  turn: Turn,
): Promise<Secret> {
  const { leaves } = groupFilesOf(present);
  const issued = await Promise.all(
    members.map(async (member): Promise<[string, KeyPair][]> => {
      const leaf = await prepareLeaf(member, leaves.get(member.pod), record, turn);
      return leaf === undefined ? [] : [[member.pod, leaf]];
    }),
  );
  const secret = groupSecret(service, certificateNames.members(set), new Map(issued.flat()), trustedBy(record));
  await write(present, secret, turn);
  return secret;
}

/** While nobody can sign what is there stays; a member that has nothing yet gets what the next CA signs. */
async function prepareLeaf(
  { pod, dnsNames }: MemberNames,
  leaf: Partial<KeyPair> | undefined,
  { signer, next }: AuthorityRecord,
  { clock, issuer, log }: Turn,
): Promise<KeyPair | undefined> {
  const now = clock.now();
  const check = { leaf, name: pod, dnsNames, addresses: [], renewBeforeMs: leafRenewBeforeMs, now };
  const reason = leafReason({ ...check, authority: signer.certificate });
  const found = leaf?.certificate && leaf.key ? { certificate: leaf.certificate, key: leaf.key } : undefined;
  if (reason === undefined) return found;
  const authority = whole(signer) ?? (found === undefined ? next : undefined);
  if (authority === undefined) return found;
  log.info(`issues a certificate for ${pod}: ${reason}`, { step: 'certificates', reason });
  const wish = { name: pod, role: 'stateward:member' as const, dnsNames, addresses: [] };
  return issuer.issueLeaf({ ...wish, validity: validityOf(now, leafDays) }, authority);
}

async function write(present: Secret | undefined, wanted: Secret, { api, log, signal }: Turn): Promise<void> {
  if (present === undefined) {
    await api.create(secrets, wanted, { signal });
    return log.info(`created Secret ${wanted.metadata.name}`, { step: 'certificates' });
  }
  if (isDeepStrictEqual(present.data, wanted.data)) return;
  await replaceSecret(present, wanted, { api, signal });
  log.info(`updated Secret ${refOf(wanted).name}`, { step: 'certificates' });
}

/** With the version that was seen: what somebody else has written meanwhile is not undone (Conflict). */
export async function replaceSecret(
  { metadata: { resourceVersion, uid } }: Secret,
  wanted: Secret,
  { api, signal }: Pick<Turn, 'api' | 'signal'>,
): Promise<void> {
  const metadata = { ...wanted.metadata, ...(resourceVersion && { resourceVersion }), ...(uid && { uid }) };
  await api.update(secrets, { ...wanted, metadata }, { signal });
}
