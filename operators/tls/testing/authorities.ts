/** CAs as other tools make them, for tests: of other keys, with other names for them, written in other ways. */
import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair, Validity } from '../issue.ts';

const algorithms = {
  P256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  P384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  P521: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  Rsa: rsa(2048),
  ShortRsa: rsa(1024),
} as const;

function rsa(modulusLength: number) {
  return {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  };
}

const limitations = {
  /** To DNS names below `corp`. */
  Names: new x509.Extension('2.5.29.30', true, Buffer.from('300aa00830068204636f7270', 'hex')),
  /** To mail. */
  Uses: new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.4']),
  /** To whoever knows what that is. */
  Unknown: new x509.Extension('1.3.6.1.4.1.55555.1', true, Buffer.from('0500', 'hex')),
  /** To nobody: a number of an extension that there is not, and no ASN.1. */
  Garbled: new x509.Extension('2.5.29.96', false, Buffer.from('308200ff', 'hex')),
};

export interface ForeignAuthority {
  algorithm?: keyof typeof algorithms;
  /** Whether its key is for signing certificates. */
  signs?: boolean;
  isAuthority?: boolean;
  /** What its certificates are limited to. */
  limits?: keyof typeof limitations;
  /** As `openssl` before 3.0 and cert-manager write it: `BEGIN RSA PRIVATE KEY`, `BEGIN EC PRIVATE KEY`. */
  legacyKey?: boolean;
  /** Itself if left out; a CA with a key on P-256. */
  signedBy?: KeyPair;
  /** How many CAs may stand below it. */
  pathLength?: number;
}

/** A CA whose name, and whose name for its key, are none that we would choose. */
export async function foreignAuthority(
  name: string,
  validity: Validity,
  parts: ForeignAuthority = {},
): Promise<KeyPair> {
  const { algorithm = 'P256', legacyKey = false, signedBy } = parts;
  const keys = await webcrypto.subtle.generateKey(algorithms[algorithm], true, ['sign', 'verify']);
  const subject = [{ C: ['CH'] }, { O: ['Example'] }, { CN: [name] }];
  const issuer = signedBy && {
    name: new x509.X509Certificate(signedBy.certificate).subjectName,
    key: createPrivateKey(signedBy.key).toCryptoKey(algorithms.P256, false, ['sign']),
  };
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.name ?? subject,
    publicKey: keys.publicKey,
    signingKey: issuer?.key ?? keys.privateKey,
    ...validity,
    signingAlgorithm: algorithms[signedBy === undefined ? algorithm : 'P256'],
    extensions: extensionsOf(parts),
  });
  return { certificate: certificate.toString('pem'), key: written(keys.privateKey, legacyKey) };
}

/** The same CA, as another one has signed it; PEM. Both have keys on P-256. */
export async function crossSigned(authority: KeyPair, signer: KeyPair): Promise<string> {
  const own = new x509.X509Certificate(authority.certificate);
  const other = new x509.X509Certificate(signer.certificate);
  const { subjectName: subject, publicKey, notBefore, notAfter, extensions } = own;
  const signingKey = createPrivateKey(signer.key).toCryptoKey(algorithms.P256, false, ['sign']);
  const signingAlgorithm = algorithms.P256;
  const about = { subject, issuer: other.subjectName, publicKey, notBefore, notAfter, extensions };
  return (await x509.X509CertificateGenerator.create({ ...about, signingKey, signingAlgorithm })).toString('pem');
}

/** A CA whose policies are none: OpenSSL looks at them only when it is asked to. Its signature is of what it was before. */
export async function garbledAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const { certificate, key } = await foreignAuthority(name, validity, { limits: 'Garbled' });
  const der = Buffer.from(x509.PemConverter.decodeFirst(certificate));
  const policies = Buffer.from('0603551d20', 'hex');
  policies.copy(der, der.indexOf('0603551d60', 'hex'));
  return { certificate: x509.PemConverter.encode(der, 'CERTIFICATE'), key };
}

function extensionsOf({ signs = true, isAuthority = true, limits, pathLength }: ForeignAuthority): x509.Extension[] {
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
  return [
    new x509.BasicConstraintsExtension(isAuthority, pathLength, true),
    new x509.KeyUsagesExtension(signs ? keyCertSign : digitalSignature, true),
    new x509.SubjectKeyIdentifierExtension(randomBytes(20).toString('hex')),
    ...(limits === undefined ? [] : [limitations[limits]]),
  ];
}

function written(key: webcrypto.CryptoKey, legacy: boolean): string {
  const object = KeyObject.from(key);
  if (!legacy) return object.export({ type: 'pkcs8', format: 'pem' }).toString();
  const type = object.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
  return object.export({ type, format: 'pem' }).toString();
}
