/** New certificates: ECDSA on P-256, as PEM. What they are to say is decided elsewhere. */
// The library's dependency injection asks for it, and does not bring it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** PEM: a certificate and its PKCS#8 key. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/** What a certificate entitles to: the organisation in its subject, in the words of Kubernetes' own certificates. */
export type Role = 'stateward:member' | 'stateward:operator';

export interface LeafWish {
  /** The common name: who it is. */
  name: string;
  role: Role;
  /** Every name and address that it is reached by. */
  dnsNames: readonly string[];
  addresses: readonly string[];
  validity: Validity;
}

/** Makes certificates; see below for the errors. */
export interface Issuer {
  createAuthority(name: string, validity: Validity): Promise<KeyPair>;
  issueLeaf(wish: LeafWish, authority: KeyPair): Promise<KeyPair>;
}

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** RFC 5280 §4.2.1.12. */
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

/** A CA that signs leaves and no other CA. */
export async function createAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys();
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }, { O: ['Stateward'] }],
    keys,
    ...validity,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usage, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** Rejects if the authority's key is none that can sign. */
export async function issueLeaf(wish: LeafWish, authority: KeyPair): Promise<KeyPair> {
  const [issuer, signingKey, keys] = await Promise.all([
    new x509.X509Certificate(authority.certificate),
    importKey(authority.key),
    newKeys(),
  ]);
  const certificate = await x509.X509CertificateGenerator.create({
    // Kafka reads it from its end: CN=…,O=…
    subject: [{ O: [wish.role] }, { CN: [wish.name] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    ...wish.validity,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      new x509.SubjectAlternativeNameExtension(namesOf(wish)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

function namesOf({ dnsNames, addresses }: LeafWish): { type: 'dns' | 'ip'; value: string }[] {
  const dns = dnsNames.map((value) => ({ type: 'dns' as const, value }));
  return [...dns, ...addresses.map((value) => ({ type: 'ip' as const, value }))];
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  if (der === undefined) throw new TypeError('the key is no PEM');
  return webcrypto.subtle.importKey('pkcs8', der, curve, false, ['sign']);
}

export const issuer: Issuer = { createAuthority, issueLeaf };
