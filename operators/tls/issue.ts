/** New certificates: of keys on P-256, as PEM. What they are to say is decided elsewhere. */
// The library's dependency injection asks for it, and does not bring it.
import 'reflect-metadata';
import { createPrivateKey, hash, type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { LRUCache } from 'lru-cache';
import { remembered } from './certificate.ts';

/** PEM: a certificate and its PKCS#8 key. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/**
 * What a certificate entitles to: the organisation in its subject, in the words of Kubernetes' own certificates. The one
 * of users does not look like the others, so that no rule for those can let a user in.
 */
export type Role = 'stateward:member' | 'stateward:operator' | 'stateward-user';

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

/** Nobody may take a user for a member. */
const usages: Record<Role, string[]> = {
  'stateward:member': [serverAuth, clientAuth],
  'stateward:operator': [serverAuth, clientAuth],
  'stateward-user': [clientAuth],
};

/** The organisation in the subject of each CA that is made here. */
export const maker = 'Stateward';

/** A CA that signs leaves and no other CA. */
export async function createAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys();
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }, { O: [maker] }],
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
  const [issuer, keys] = [new x509.X509Certificate(authority.certificate), await newKeys()];
  const certificate = await x509.X509CertificateGenerator.create({
    // Kafka reads it from its end: CN=…,O=…
    subject: [{ O: [wish.role] }, { CN: [wish.name] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    ...signingBy(authority.key),
    ...wish.validity,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages[wish.role]),
      ...alternativeNames(wish),
      ...issuerIdentifier(issuer),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** None where there is no name: an empty list is not allowed (RFC 5280 §4.2.1.6), and some clients refuse it. */
function alternativeNames({ dnsNames, addresses }: LeafWish): x509.Extension[] {
  const dns = dnsNames.map((value) => ({ type: 'dns' as const, value }));
  const names = [...dns, ...addresses.map((value) => ({ type: 'ip' as const, value }))];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** As the CA names its key itself: it may have counted it another way than we would, and names that differ are refused. */
function issuerIdentifier(issuer: x509.X509Certificate): x509.Extension[] {
  const own = issuer.getExtension(x509.SubjectKeyIdentifierExtension);
  return own === null ? [] : [new x509.AuthorityKeyIdentifierExtension(own.keyId)];
}

/** How a CA's key signs: with a hash as strong as itself. */
const signings = {
  prime256v1: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const;

/** Undefined for a key that no CA is to have. */
export function signingOf(key: KeyObject): (typeof signings)[keyof typeof signings] | undefined {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return modulusLength >= 2048 && modulusLength <= 8192 ? signings.rsa : undefined;
  if (key.asymmetricKeyType !== 'ec') return undefined;
  return namedCurve === 'prime256v1' || namedCurve === 'secp384r1' ? signings[namedCurve] : undefined;
}

/** By digest, as in `certificate.ts`. */
const signers = new LRUCache<string, boolean>({ max: 2_048 });

/** Whether certificates can be issued by this CA. */
export function canSign({ certificate, key }: KeyPair): boolean {
  const digest = hash('sha256', JSON.stringify([certificate, key]));
  return remembered(signers, digest, () => hasSigning(key) && isReadable(certificate));
}

function hasSigning(key: string): boolean {
  try {
    return signingOf(createPrivateKey(key)) !== undefined;
  } catch {
    return false;
  }
}

/** Also its extensions, which nobody reads before he needs them. */
export function isReadable(certificate: string): boolean {
  try {
    return new x509.X509Certificate(certificate).extensions.length > 0;
  } catch {
    return false;
  }
}

function signingBy(pem: string): { signingKey: webcrypto.CryptoKey; signingAlgorithm: webcrypto.Algorithm } {
  const key = createPrivateKey(pem);
  const signing = signingOf(key);
  if (signing === undefined) throw new TypeError(`a CA cannot sign with a key of type ${key.asymmetricKeyType}`);
  return { signingKey: key.toCryptoKey(signing, false, ['sign']), signingAlgorithm: signing };
}

export const issuer: Issuer = { createAuthority, issueLeaf };
