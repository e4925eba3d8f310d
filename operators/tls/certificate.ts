/** Certificates as they are found: in a Secret that anybody may have edited, or presented in a handshake. */
import { createPrivateKey, hash, X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export interface Certificate {
  /** PEM of this one alone. */
  pem: string;
  /** SHA-256 of the whole certificate, in hexadecimal. */
  fingerprint: string;
  /** As OpenSSL writes it, one part on each line. */
  subject: string;
  commonName: string;
  isAuthority: boolean;
  notBefore: number;
  /** Milliseconds since the epoch. */
  notAfter: number;
  dnsNames: string[];
  addresses: string[];
}

export type Read<T> = { ok: true; value: T } | { ok: false; problem: string };

/** Each look finds the same texts again: to read them, and to compare keys and signatures, took half of the operator's time. */
const most = { max: 2_048 };
const parsed = new LRUCache<string, { x509: X509Certificate; certificate: Certificate }>(most);
const signatures = new LRUCache<string, boolean>(most);
const pairs = new LRUCache<string, boolean>(most);

/** What is in the cache, or else what `find` comes to, from then on. */
export function remembered<Value extends object | boolean>(
  cache: LRUCache<string, Value>,
  key: string,
  find: () => Value,
): Value {
  const known = cache.get(key) ?? find();
  cache.set(key, known);
  return known;
}

function parse(pem: string): { x509: X509Certificate; certificate: Certificate } {
  return remembered(parsed, pem, () => {
    const x509 = new X509Certificate(pem);
    return { x509, certificate: described(x509) };
  });
}

/** The first certificate of a PEM text, e.g. of a chain. */
export function readCertificate(pem: string): Read<Certificate> {
  try {
    return { ok: true, value: parse(pem).certificate };
  } catch (error) {
    return { ok: false, problem: `is no PEM certificate: ${(error as Error).message}` };
  }
}

/** Every certificate of a PEM bundle. */
export function readBundle(pem: string): Read<Certificate[]> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const read = blocks.map(readCertificate);
  const bad = read.find((each) => !each.ok);
  if (bad !== undefined && !bad.ok) return bad;
  if (read.length === 0) return { ok: false, problem: 'holds no certificate' };
  return { ok: true, value: read.flatMap((each) => (each.ok ? [each.value] : [])) };
}

export function isKeyOf(key: string, certificate: string): boolean {
  // By digest: no key stays in memory for the sake of this.
  return remembered(pairs, hash('sha256', JSON.stringify([key, certificate])), () => fits(key, certificate));
}

function fits(key: string, certificate: string): boolean {
  try {
    return parse(certificate).x509.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

export function isSignedBy(certificate: string, authority: string): boolean {
  try {
    const [issued, issuer] = [parse(certificate), parse(authority)];
    const key = `${issued.certificate.fingerprint} ${issuer.certificate.fingerprint}`;
    const holds = () => issued.x509.checkIssued(issuer.x509) && issued.x509.verify(issuer.x509.publicKey);
    return remembered(signatures, key, holds);
  } catch {
    return false;
  }
}

function described(found: X509Certificate): Certificate {
  const names = (found.subjectAltName ?? '').split(', ').map((entry) => entry.split(':'));
  const of = (type: string): string[] => names.flatMap(([kind, ...value]) => (kind === type ? [value.join(':')] : []));
  return {
    pem: found.toString(),
    fingerprint: found.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: found.subject,
    commonName: /^CN=(.*)$/m.exec(found.subject)?.[1] ?? '',
    isAuthority: found.ca,
    notBefore: found.validFromDate.getTime(),
    notAfter: found.validToDate.getTime(),
    dnsNames: of('DNS'),
    addresses: of('IP Address'),
  };
}
