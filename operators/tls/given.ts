/**
 * A CA that the user gives: read with care, because everybody's connections will hang on it. A chain of checks each of
 * which says what is wrong with which file.
 */
// See issue.ts.
import 'reflect-metadata';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type Certificate, isKeyOf, isSignedBy, type Read, readBundle } from './certificate.ts';
import { type KeyPair, signingOf } from './issue.ts';

/** The keys of a Secret of the type `kubernetes.io/tls`. */
export const certificateFile = 'tls.crt';
export const keyFile = 'tls.key';

/** RFC 5280 §4.2.1.10: which names a CA may vouch for. */
const nameConstraints = '2.5.29.30';

/** As PEM; the key as PKCS#8, however it was written. The first certificate is that of the CA. */
export function readAuthority(files: Partial<Record<string, string>>, now: number): Read<KeyPair> {
  const bundle = readBundle(files[certificateFile] ?? '');
  if (!bundle.ok) return { ok: false, problem: `${certificateFile} ${bundle.problem}` };
  const key = privateKeyOf(files[keyFile] ?? '');
  const [certificate] = bundle.value;
  if (key === undefined || certificate === undefined)
    return { ok: false, problem: `${keyFile} is no private key in PEM, or is encrypted` };
  const pair = { certificate: certificate.pem, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
  const problem = problemOfKey(key, pair) ?? problemOfCertificate(certificate, now);
  return problem === undefined ? { ok: true, value: pair } : { ok: false, problem };
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

function problemOfCertificate(certificate: Certificate, now: number): string | undefined {
  const { pem, isAuthority, notBefore, notAfter } = certificate;
  if (!isAuthority)
    return `${certificateFile} is not the certificate of a CA (CA:TRUE, and keyCertSign among its usages)`;
  if (notBefore > now) return `${certificateFile} is valid only from ${new Date(notBefore).toISOString()}`;
  if (notAfter <= now) return `${certificateFile} has ended at ${new Date(notAfter).toISOString()}`;
  // Whom that one has signed besides would be let in, too; and many clients trust no CA without its root.
  if (!isSignedBy(pem, pem)) return `${certificateFile} is signed by another CA; give one that is signed by itself`;
  return problemOfLimits(new x509.X509Certificate(pem));
}

/** Members would find out only when they meet. */
function problemOfLimits(certificate: x509.X509Certificate): string | undefined {
  if (certificate.getExtension(nameConstraints) !== null)
    return `${certificateFile} limits the names that it vouches for (name constraints); give one without`;
  if (certificate.getExtension(x509.ExtendedKeyUsageExtension) !== null)
    return `${certificateFile} limits what its certificates are for (extended key usage); give one without`;
  return undefined;
}
