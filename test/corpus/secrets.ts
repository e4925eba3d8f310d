/** Secrets that people write or damage: passwords, superusers, and the CAs of services. */
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { createAuthority, issueLeaf, type KeyPair } from '../../operators/tls/issue.ts';
import { garbledAuthority } from '../../operators/tls/testing/authorities.ts';
import { many } from './hostile.ts';

/** In clear text; undefined for a Secret that there is not. */
export type Texts = Readonly<Record<string, string | Buffer>>;

interface HostilePassword {
  what: string;
  /** Of the Secret given. */
  data: Texts;
  /** The key that is asked for. */
  key?: string;
  /** Of the Secret; those of one for passwords if left out. */
  labels?: Record<string, string>;
  says: RegExp;
}

export const passwords: readonly HostilePassword[] = [
  {
    what: 'what nobody has given',
    data: { password: 'secret' },
    labels: {},
    says: /label it stateward\.dev\/password=true/,
  },
  {
    what: 'what somebody keeps back',
    data: { password: 'secret' },
    labels: { 'stateward.dev/password': 'false' },
    says: /label it stateward\.dev\/password=true/,
  },
  { what: 'nothing', data: {}, says: /no key password/ },
  { what: 'no text', data: { password: '' }, says: /no key password, or it is empty/ },
  { what: 'another key', data: { pass: 'secret' }, says: /no key password/ },
  { what: 'a key of every object', data: {}, key: 'constructor', says: /no key constructor/ },
  { what: 'the prototype', data: {}, key: '__proto__', says: /no key __proto__/ },
  { what: 'a line break at its end', data: { password: 'secret\n' }, says: /ends with a newline/ },
  { what: 'a line break of Windows', data: { password: 'secret\r\n' }, says: /ends with a newline/ },
  { what: 'two lines', data: { password: 'a\nb' }, says: /printable ASCII/ },
  { what: 'a zero', data: { password: 'a\0b' }, says: /printable ASCII/ },
  { what: 'bytes that are no text', data: { password: Buffer.from([0xff, 0xfe, 0x00]) }, says: /printable ASCII/ },
  { what: 'text from right to left', data: { password: 'a\u202eb' }, says: /printable ASCII/ },
  { what: 'no width', data: { password: 'a\u200bb' }, says: /printable ASCII/ },
  { what: 'a tab', data: { password: 'a\tb' }, says: /printable ASCII/ },
  { what: 'an escape sequence', data: { password: '\u001b[2J' }, says: /printable ASCII/ },
  { what: '1025 characters', data: { password: 'x'.repeat(1025) }, says: /1025 characters/ },
  { what: 'half a mebibyte', data: { password: 'x'.repeat(524_288) }, says: /524288 characters/ },
];

interface HostileSuperuser {
  what: string;
  data: Texts | undefined;
  says: RegExp;
}

const both = /must have the keys username and password, and neither may be empty/;

export const superusers: readonly HostileSuperuser[] = [
  { what: 'is not there', data: undefined, says: /^True: spec\.superuserSecretName: there is no Secret given/ },
  { what: 'has nothing', data: {}, says: both },
  { what: 'has no password', data: { username: 'admin' }, says: both },
  { what: 'has no user', data: { password: 'secret' }, says: both },
  { what: 'has an empty user', data: { username: '', password: 'secret' }, says: both },
  { what: 'has an empty password', data: { username: 'admin', password: '' }, says: both },
  { what: 'has its keys in capitals', data: { USERNAME: 'admin', PASSWORD: 'secret' }, says: both },
  {
    what: 'names the role of the factory',
    data: { username: 'cassandra', password: 'x' },
    says: /built-in role cassandra/,
  },
  { what: 'has a zero in its user', data: { username: 'a\0b', password: 'x' }, says: /username .*zero byte/ },
  { what: 'has a zero in its password', data: { username: 'admin', password: 'a\0b' }, says: /password .*zero byte/ },
];

/** What somebody does to the Secret of a CA, in clear text. */
export interface Damage {
  what: string;
  damage: (data: Record<string, string>, now: number) => Promise<Texts> | Texts;
}

const day = 86_400_000;

export const damages: readonly Damage[] = [
  { what: 'everything gone', damage: () => ({}) },
  { what: 'the key gone', damage: ({ 'ca.key': _, ...data }) => data },
  { what: 'the certificate gone', damage: ({ 'ca.crt': _, ...data }) => data },
  { what: 'the key cut short', damage: (data) => ({ ...data, 'ca.key': data['ca.key']?.slice(0, 90) ?? '' }) },
  { what: 'the certificate cut short', damage: (data) => ({ ...data, 'ca.crt': data['ca.crt']?.slice(0, 300) ?? '' }) },
  { what: 'bytes for a key', damage: (data) => ({ ...data, 'ca.key': Buffer.from([0, 255, 1, 254]) }) },
  { what: 'bytes for a certificate', damage: (data) => ({ ...data, 'ca.crt': Buffer.from([0x30, 0x82, 0, 255]) }) },
  {
    what: 'key and certificate exchanged',
    damage: (data) => ({ 'ca.crt': data['ca.key'] ?? '', 'ca.key': data['ca.crt'] ?? '' }),
  },
  { what: 'a public key for a certificate', damage: (data) => ({ ...data, 'ca.crt': publicOf(data['ca.key'] ?? '') }) },
  {
    what: 'a request for a certificate',
    damage: (data) => ({ ...data, 'ca.crt': (data['ca.crt'] ?? '').replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST') }),
  },
  { what: 'the key as SEC 1', damage: (data) => ({ ...data, 'ca.key': keyAs(data['ca.key'] ?? '', 'sec1') }) },
  {
    what: 'an encrypted key',
    damage: (data) => ({
      ...data,
      'ca.key': keyAs(data['ca.key'] ?? '', 'pkcs8', { cipher: 'aes-256-cbc', passphrase: 'secret' }),
    }),
  },
  { what: 'the key of another', damage: async (data, now) => ({ ...data, 'ca.key': (await authority(now)).key }) },
  { what: 'a CA that has ended', damage: async (_, now) => filesOf(await authority(now, -10, -1)) },
  { what: 'a CA that is yet to begin', damage: async (_, now) => filesOf(await authority(now, 5, 100)) },
  { what: 'a leaf for a CA', damage: async (_, now) => filesOf(await leaf(now)) },
  { what: 'an RSA key', damage: async (data, now) => ({ ...data, ...filesOf(await foreign(now, rsa)) }) },
  {
    what: 'a key on a curve that few know',
    damage: async (data, now) => ({ ...data, ...filesOf(await foreign(now, p521)) }),
  },
  { what: 'another CA in good order', damage: async (_, now) => filesOf(await authority(now)) },
  {
    what: 'a next one without its key',
    damage: async (data, now) => ({ ...data, 'next.crt': (await authority(now)).certificate }),
  },
  {
    what: 'a next one that cannot sign',
    damage: async (data, now) => ({ ...data, ...filesOf(await foreign(now, p521), 'next') }),
  },
  {
    what: 'a next one that nobody can read to its end',
    damage: async (data, now) => ({
      ...data,
      ...filesOf(await garbledAuthority('demo.ns', life(now, -1, 400)), 'next'),
    }),
  },
  { what: 'no text for those before', damage: (data) => ({ ...data, 'former.crt': Buffer.from([255, 254, 0]) }) },
  {
    what: 'a leaf among those before',
    damage: async (data, now) => ({ ...data, 'former.crt': (await leaf(now)).certificate }),
  },
  {
    what: 'fifty before',
    damage: async (data, now) => ({
      ...data,
      'former.crt': (await Promise.all(many(50, () => authority(now)))).map(({ certificate }) => certificate).join(''),
    }),
  },
  {
    what: 'something above it that has not signed it',
    damage: async (data, now) => ({ ...data, 'above.crt': (await authority(now)).certificate }),
  },
  { what: 'a Certificate that nobody has asked for', damage: (data) => ({ ...data, certificate: 'demo' }) },
  { what: 'keys of every object', damage: (data) => ({ ...data, constructor: 'x', toString: 'x' }) },
];

function filesOf({ certificate, key }: KeyPair, name = 'ca'): Texts {
  return { [`${name}.crt`]: certificate, [`${name}.key`]: key };
}

function publicOf(key: string): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

function keyAs(key: string, type: 'sec1' | 'pkcs8', lock: { cipher?: string; passphrase?: string } = {}): string {
  return createPrivateKey(key)
    .export({ type, format: 'pem', ...lock })
    .toString();
}

function life(now: number, from: number, to: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now + from * day), notAfter: new Date(now + to * day) };
}

function authority(now: number, from = -1, to = 400): Promise<KeyPair> {
  return createAuthority('demo.ns', life(now, from, to));
}

async function leaf(now: number): Promise<KeyPair> {
  const wish = {
    name: 'demo',
    role: 'stateward:member',
    dnsNames: [],
    addresses: [],
    validity: life(now, -1, 90),
  } as const;
  return issueLeaf(wish, await authority(now));
}

const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
const p521 = { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' };

/** A CA of another algorithm than ours. */
async function foreign(now: number, algorithm: typeof rsa | typeof p521): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=demo.ns',
    keys,
    ...life(now, -1, 400),
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}
