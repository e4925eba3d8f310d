/** CAs, operators that come by them, and the files of nodes. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, issueLeaf, issuer, type KeyPair } from '../../operators/tls/issue.ts';
import { type ForeignAuthority, foreignAuthority } from '../../operators/tls/testing/authorities.ts';
import { type Access, Identities } from '../../operators/workload/certificates/access.ts';
import { bundleOf, sentWith } from '../../operators/workload/certificates/secrets.ts';

const hour = 3_600_000;

/** Of this day. */
function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - hour), notAfter: new Date(now + 24 * hour) };
}

export function newAuthority(name: string): Promise<KeyPair> {
  return createAuthority(name, validity());
}

/** As a company has it. */
export function corporateAuthority(name: string, parts: ForeignAuthority): Promise<KeyPair> {
  return foreignAuthority(name, validity(), parts);
}

/** Who trusts all of them, and comes by the first. */
export async function operatorOf(signer: KeyPair, ...others: KeyPair[]): Promise<Access> {
  const access = await new Identities(issuer).access(
    { signer, former: others.map(({ certificate }) => certificate) },
    Date.now(),
  );
  if (access === undefined) throw new Error('the CA has no key');
  return access;
}

/** One of a CA that nobody trusts, and which it shows: of the same root, for instance. */
export async function strangerOf(signer: KeyPair, trusted: KeyPair): Promise<Access> {
  const { identity, ...access } = await operatorOf(signer, trusted);
  return { ...access, identity: { ...identity, certificate: bundleOf([identity.certificate, signer.certificate]) } };
}

/** As a client of Kafka takes it. */
export function tlsOf({ identity, trusted }: Access): { ca: string; cert: string; key: string } {
  return { ca: trusted, cert: identity.certificate, key: identity.key };
}

/** What nodes present, and whom they trust. */
export interface Certificates {
  /** Signs the certificates of the nodes. */
  signer: KeyPair;
  /** PEM of every CA that they trust. */
  trusted: readonly string[];
  /** PEM of what has signed these. */
  above?: readonly string[];
}

/** PEM of the key and the certificates of a node. */
export async function newLeaf(
  name: string,
  addresses: readonly string[],
  { signer, above }: Certificates,
): Promise<string> {
  const about = { name, role: 'stateward:member' as const, dnsNames: [name], addresses };
  const { key, certificate } = await issueLeaf({ ...about, validity: validity() }, signer);
  return bundleOf([key, certificate, ...sentWith(certificate, { signer, above })]);
}

/** Nobody reads half of it. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

let mounts = 0;

/** As the kubelet brings a Secret: each name leads to a folder by a link, and the link is replaced. */
export function mountFiles(folder: string, files: Record<string, string>): void {
  mounts += 1;
  const [data, last] = [`..${mounts}`, `..${mounts - 1}`];
  mkdirSync(join(folder, data), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, data, name), text);
  symlinkSync(data, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  rmSync(join(folder, last), { recursive: true, force: true });
  for (const name of Object.keys(files)) {
    rmSync(join(folder, name), { force: true });
    symlinkSync(join('..data', name), join(folder, name));
  }
}
