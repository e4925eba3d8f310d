import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createSecureContext, createServer, type SecureContext, type SecureContextOptions } from 'node:tls';
import { isSignedBy } from './certificate.ts';
import { readAuthority } from './given.ts';
import { issueLeaf, type KeyPair } from './issue.ts';
import { type ForeignAuthority, foreignAuthority, garbledAuthority } from './testing/authorities.ts';

const day = 86_400_000;
const now = Date.now();
const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 90 * day) };

function filesOf({ certificate, key }: KeyPair): Record<string, string> {
  return { 'tls.crt': certificate, 'tls.key': key };
}

function leafOf(authority: KeyPair, name: string): Promise<KeyPair> {
  return issueLeaf({ name, role: 'stateward:member', dnsNames: [name], addresses: [], validity }, authority);
}

describe('a CA that the user gives', function () {
  // RSA keys take their time.
  this.timeout(20_000);
  const good: [string, ForeignAuthority][] = [
    ['ECDSA on P-256', {}],
    ['ECDSA on P-384', { algorithm: 'P384' }],
    ['RSA, its key as PKCS#1', { algorithm: 'Rsa', legacyKey: true }],
    ['ECDSA, its key as SEC 1', { algorithm: 'P384', legacyKey: true }],
  ];
  for (const [what, parts] of good) {
    it(`of ${what} signs what both sides of a connection take`, async () => {
      const given = await foreignAuthority('corporate', validity, parts);
      const read = readAuthority(filesOf(given), now);
      assert.ok(read.ok, read.ok ? '' : read.problem);
      assert.match(read.value.key, /^-----BEGIN PRIVATE KEY-----/);
      const [server, client] = [await leafOf(read.value, 'server'), await leafOf(read.value, 'client')];
      assert.ok(isSignedBy(server.certificate, given.certificate));
      const trust = { ca: given.certificate };
      assert.equal(await greet(server, client, { server: trust, client: trust }), 'client');
    });
  }

  it('is the first certificate of its file', async () => {
    const [first, second] = [await foreignAuthority('a', validity), await foreignAuthority('b', validity)];
    const read = readAuthority({ ...filesOf(first), 'tls.crt': `${first.certificate}\n${second.certificate}` }, now);
    assert.ok(read.ok);
    assert.ok(isSignedBy((await leafOf(read.value, 'm')).certificate, first.certificate));
  });

  it('is known to who trusts no more than its root', async () => {
    const { root, middle, given } = await chain();
    const read = readAuthority(
      { ...filesOf(given), 'tls.crt': `${given.certificate}${middle.certificate}`, 'ca.crt': root.certificate },
      now,
    );
    assert.ok(read.ok, read.ok ? '' : read.problem);
    assert.equal(read.value.above.length, 2);
    const [server, client] = [await leafOf(read.value, 'server'), await leafOf(read.value, 'client')];
    const sent = [server.certificate, given.certificate, middle.certificate].join('\n');
    const trust = { server: { ca: given.certificate, allowPartialTrustChain: true }, client: { ca: root.certificate } };
    assert.equal(await greet({ ...server, certificate: sent }, client, trust), 'client');
    await assert.rejects(greet(server, client, trust), /unable to verify/);
  });

  it('has what is above it wherever that stands in its files', async () => {
    const { root, middle, given } = await chain();
    const all = [given, root, middle].map(({ certificate }) => certificate).join('\n');
    const read = readAuthority({ ...filesOf(given), 'tls.crt': all }, now);
    assert.ok(read.ok, read.ok ? '' : read.problem);
    const expected = [middle, root].map(({ certificate }) => certificate.trim());
    assert.deepEqual(
      read.value.above.map((pem) => pem.trim()),
      expected,
    );
  });

  it('has nothing above it if it signs itself, whatever else is in its files', async () => {
    const [given, other] = [await foreignAuthority('a', validity), await foreignAuthority('b', validity)];
    for (const more of [other.certificate, given.certificate, 'nothing']) {
      const read = readAuthority({ ...filesOf(given), 'ca.crt': more }, now);
      assert.deepEqual(read.ok && read.value.above, []);
    }
  });

  const life = (from: number, to: number) => ({
    notBefore: new Date(now + from * day),
    notAfter: new Date(now + to * day),
  });
  const bad: [string, RegExp, () => Promise<Record<string, string>>][] = [
    ['nothing', /^tls.crt holds no certificate$/, async () => ({})],
    ['no key', /^tls.key is no private key/, async () => ({ ...(await files()), 'tls.key': '' })],
    ['a key cut short', /^tls.key is no private key/, async () => cut(await files(), 'tls.key')],
    ['a certificate cut short', /^tls.crt holds no certificate/, async () => cut(await files(), 'tls.crt')],
    ['the key of another', /^tls.key is not the key of tls.crt/, () => mixed()],
    ['an encrypted key', /^tls.key is no private key in PEM, or is encrypted/, () => encrypted()],
    ['a leaf', /^tls.crt is not the certificate of a CA/, () => leafFiles()],
    ['no CA', /^tls.crt is not the certificate of a CA/, () => files({ isAuthority: false })],
    ['one that may not sign', /^tls.crt is not the certificate of a CA/, () => files({ signs: false })],
    ['one that has ended', /^tls.crt has ended at 20/, () => files({}, life(-10, -1))],
    ['one that is yet to begin', /^tls.crt is valid only from 20/, () => files({}, life(1, 10))],
    ['a curve that few know', /^tls.key is none of ECDSA/, () => files({ algorithm: 'P521' })],
    ['too short a key', /^tls.key is none of ECDSA/, () => files({ algorithm: 'ShortRsa' })],
    ['one without its root', /^tls.crt is signed by another CA, which is not there; add every CA/, () => below({}, '')],
    ['one without a CA in between', /^the CA middle above tls.crt is signed by another CA/, () => orphaned()],
    [
      'below one that has ended',
      /^the CA root above tls.crt has ended at 20/,
      () => below({}, undefined, life(-10, -1)),
    ],
    [
      'below one that is no CA',
      /^the CA root above tls.crt is not the certificate of a CA/,
      () => below({ isAuthority: false }),
    ],
    ['below one for some names only', /^the CA root above .* \(name constraints\)/, () => below({ limits: 'Names' })],
    ['below one for some uses only', /^the CA root above .* \(extended key usage\)/, () => below({ limits: 'Uses' })],
    [
      'deeper than one above it allows',
      /^the CA root above .* \(path length\), and there would be 1/,
      () => below({ pathLength: 0 }),
    ],
    ['one for some names only', /name constraints/, () => files({ limits: 'Names' })],
    ['one for some uses only', /extended key usage/, () => files({ limits: 'Uses' })],
    ['one for those who know more', /^tls.crt has the critical extension 1\.3\.6/, () => files({ limits: 'Unknown' })],
    [
      'one that cannot be read to its end',
      /^tls.crt has an extension that cannot be read/,
      async () => filesOf(await garbledAuthority('a', validity)),
    ],
  ];
  for (const [what, problem, made] of bad) {
    it(`is refused if it is ${what}`, async () => {
      const read = readAuthority(await made(), now);
      assert.ok(!read.ok);
      assert.match(read.problem, problem);
      assert.doesNotMatch(read.problem, /BEGIN|MII|MHc/);
    });
  }

  async function files(parts: ForeignAuthority = {}, of = validity): Promise<Record<string, string>> {
    return filesOf(await foreignAuthority('corporate', of, parts));
  }

  async function mixed(): Promise<Record<string, string>> {
    const [one, other] = [await foreignAuthority('a', validity), await foreignAuthority('a', validity)];
    return { 'tls.crt': one.certificate, 'tls.key': other.key };
  }

  async function encrypted(): Promise<Record<string, string>> {
    const { certificate, key } = await foreignAuthority('a', validity);
    const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
    return { 'tls.crt': certificate, 'tls.key': createPrivateKey(key).export(locked).toString() };
  }

  async function leafFiles(): Promise<Record<string, string>> {
    return filesOf(await leafOf(await foreignAuthority('a', validity), 'member'));
  }

  /** As cert-manager writes it, of a root with these parts. */
  async function below(parts: ForeignAuthority, root?: string, of = validity): Promise<Record<string, string>> {
    const signer = await foreignAuthority('root', of, parts);
    const given = await foreignAuthority('corporate', validity, { signedBy: signer });
    return { ...filesOf(given), 'ca.crt': root ?? signer.certificate };
  }

  async function orphaned(): Promise<Record<string, string>> {
    const { middle, given } = await chain();
    return { ...filesOf(given), 'tls.crt': given.certificate + middle.certificate };
  }
});

function cut(files: Record<string, string>, name: string): Record<string, string> {
  return { ...files, [name]: (files[name] ?? '').slice(0, 120) };
}

/** A CA two below a root. */
async function chain(): Promise<Record<'root' | 'middle' | 'given', KeyPair>> {
  const root = await foreignAuthority('root', validity, { pathLength: 2 });
  const middle = await foreignAuthority('middle', validity, { signedBy: root });
  return { root, middle, given: await foreignAuthority('corporate', validity, { signedBy: middle }) };
}

type Done = (error: null, context: SecureContext) => void;
type Trust = Pick<SecureContextOptions, 'ca' | 'allowPartialTrustChain'>;

/** Who came, as the server saw it. */
async function greet(own: KeyPair, client: KeyPair, trust: { server: Trust; client: Trust }): Promise<string> {
  const of = ({ certificate, key }: KeyPair) => ({ cert: certificate, key });
  // A server of Node takes fewer options than a context.
  const context = createSecureContext({ ...of(own), ...trust.server });
  const asks = { SNICallback: (_: string, done: Done) => done(null, context), requestCert: true };
  const server = createServer({ ...of(own), ...asks, rejectUnauthorized: true }, (socket) => {
    socket.end(String(socket.getPeerCertificate().subject.CN));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const socket = connect({ ...of(client), ...trust.client, host: '127.0.0.1', port, servername: 'server' });
    const [answer] = await once(socket, 'data');
    return String(answer);
  } finally {
    server.close();
  }
}
