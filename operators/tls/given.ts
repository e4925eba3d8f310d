/**
 * A CA that the user gives: read with care, because everybody's connections will hang on it. A chain of checks each of
 * which says what is wrong with which file.
 */
// See issue.ts.
import 'reflect-metadata';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type Certificate, isKeyOf, type Read, readBundle } from './certificate.ts';
import { authoritiesAbove, signsItself } from './chain.ts';
import { isReadable, type KeyPair, signingOf } from './issue.ts';

/** The keys of a Secret of the type `kubernetes.io/tls`, and the one that cert-manager adds. */
export const certificateFile = 'tls.crt';
export const keyFile = 'tls.key';
const rootFile = 'ca.crt';

/** RFC 5280 §4.2.1.10: which names a CA may vouch for. */
const nameConstraints = '2.5.29.30';

/**
 * RFC 5280 §4.2: key usage, alternative names, basic constraints, policies, their mappings, and whether any will do.
 * Whoever checks a certificate refuses it for a critical extension that he does not know.
 */
const knownToAll = ['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.32', '2.5.29.33', '2.5.29.54'];

/** More are looked at by nobody: a Secret has room for thousands. */
const mostAbove = 16;

export interface FoundAuthority extends KeyPair {
  /** The CAs above it, the nearest first, up to the root; none if it signs itself. */
  above: string[];
}

/** As PEM; the key as PKCS#8, however it was written. The first certificate is that of the CA. */
export function readAuthority(files: Partial<Record<string, string>>, now: number): Read<FoundAuthority> {
  const bundle = readBundle(files[certificateFile] ?? '');
  if (!bundle.ok) return { ok: false, problem: `${certificateFile} ${bundle.problem}` };
  const key = privateKeyOf(files[keyFile] ?? '');
  const [certificate, ...others] = bundle.value;
  if (key === undefined || certificate === undefined)
    return { ok: false, problem: `${keyFile} is no private key in PEM, or is encrypted` };
  const pair = { certificate: certificate.pem, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
  const above = foundAbove(certificate, [...others, ...certificatesIn(files[rootFile])]);
  const problem =
    problemOfKey(key, pair) ??
    problemOfCertificate(certificate, certificateFile, now) ??
    problemOfChain([certificate, ...above], now);
  return problem === undefined
    ? { ok: true, value: { ...pair, above: above.map(({ pem }) => pem) } }
    : { ok: false, problem };
}

function certificatesIn(text = ''): Certificate[] {
  const read = readBundle(text);
  return read.ok ? read.value : [];
}

function foundAbove({ pem }: Certificate, others: readonly Certificate[]): Certificate[] {
  const known = new Map(others.slice(0, mostAbove).map((other) => [other.pem, other]));
  return authoritiesAbove(pem, [...known.keys()]).flatMap((found) => known.get(found) ?? []);
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function problemOfKey(key: KeyObject, pair: KeyPair): string | undefined {
  if (signingOf(key) === undefined) return `${keyFile} is none of ECDSA on P-256 or P-384, or RSA of 2048 to 8192 bits`;
  return isKeyOf(pair.key, pair.certificate) ? undefined : `${keyFile} is not the key of ${certificateFile}`;
}

/** @param what - the certificate, as the message calls it */
function problemOfCertificate(certificate: Certificate, what: string, now: number): string | undefined {
  const { pem, isAuthority, notBefore, notAfter } = certificate;
  if (!isAuthority) return `${what} is not the certificate of a CA (CA:TRUE, and keyCertSign among its usages)`;
  if (notBefore > now) return `${what} is valid only from ${new Date(notBefore).toISOString()}`;
  if (notAfter <= now) return `${what} has ended at ${new Date(notAfter).toISOString()}`;
  return problemOfLimits(pem, what);
}

/** Members would find out only when they meet. */
function problemOfLimits(pem: string, what: string): string | undefined {
  if (!isReadable(pem)) return `${what} has an extension that cannot be read; give one without`;
  const certificate = new x509.X509Certificate(pem);
  if (certificate.getExtension(nameConstraints) !== null)
    return `${what} limits the names that it vouches for (name constraints); give one without`;
  if (certificate.getExtension(x509.ExtendedKeyUsageExtension) !== null)
    return `${what} limits what its certificates are for (extended key usage); give one without`;
  const unknown = certificate.extensions.find(({ critical, type }) => critical && !knownToAll.includes(type));
  return unknown && `${what} has the critical extension ${unknown.type}, which not everybody knows; give one without`;
}

/** Members trust the CA itself; most clients trust none without its root. */
function problemOfChain(chain: readonly Certificate[], now: number): string | undefined {
  const [top, ...above] = [chain.at(-1), ...chain.slice(1)];
  if (top !== undefined && !signsItself(top.pem))
    return `${above.length === 0 ? certificateFile : nameOf(top)} is signed by another CA, which is not there; add every CA above it, up to the root, to ${certificateFile} or ${rootFile}`;
  for (const [below, certificate] of above.entries()) {
    const what = nameOf(certificate);
    const problem = problemOfCertificate(certificate, what, now) ?? problemOfDepth(certificate, what, below + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** @param below - how many CAs stand between it and the certificate of a member */
function problemOfDepth({ pem }: Certificate, what: string, below: number): string | undefined {
  const { pathLength } = new x509.X509Certificate(pem).getExtension(x509.BasicConstraintsExtension) ?? {};
  return pathLength === undefined || pathLength >= below
    ? undefined
    : `${what} allows no more than ${pathLength} CAs below it (path length), and there would be ${below}`;
}

function nameOf({ commonName, fingerprint }: Certificate): string {
  const name = commonName === '' ? fingerprint.slice(0, 16) : commonName.slice(0, 64);
  return `the CA ${name} above ${certificateFile}`;
}
