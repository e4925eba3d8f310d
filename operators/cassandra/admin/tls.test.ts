import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer as createPlain, type Server } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import type { KeyPair } from '../../tls/issue.ts';
import { accessBy, authorityOf, leafOf } from '../testing/tls.ts';
import type { Protocol } from './admin.ts';
import { presented, speaksTls } from './tls.ts';

const name = 'demo-r1-0.members';

describe('a handshake with a member', () => {
  const { signal } = new AbortController();
  const open: Server[] = [];
  let authority: KeyPair;
  let leaf: KeyPair;

  before(async () => {
    authority = await authorityOf('ring');
    leaf = await leafOf(name, authority);
  });

  afterEach(() => {
    for (const server of open.splice(0)) server.close();
  });

  async function serve(server: Server) {
    open.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, name };
  }

  /** Answers what it is told, if that is anything. */
  function member(answer: string | undefined, { ca = authority.certificate, ...options }: TlsOptions = {}) {
    const mutual = { requestCert: true, rejectUnauthorized: true, ca };
    const server = createServer({ key: leaf.key, cert: leaf.certificate, ...mutual, ...options }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => void socket.end(answer ?? ''));
    });
    return serve(server.on('tlsClientError', () => {}));
  }

  const protocols: [Protocol, string | undefined][] = [
    ['Internode', undefined],
    ['Cql', 'SUPPORTED'],
    ['Agent', 'HTTP/1.1 200'],
  ];
  for (const [protocol, answer] of protocols) {
    it(`shows what it presents: ${protocol}`, async () => {
      const pem = await presented(await member(answer), protocol, await accessBy(authority), signal);
      assert.equal(pem.trim(), leaf.certificate.trim());
    });

    it(`fails where the member does not let in who asks: ${protocol}`, async () => {
      const { certificate: ca } = await authorityOf('other');
      const address = await member(answer, { ca: ca as string });
      await assert.rejects(presented(address, protocol, await accessBy(authority), signal));
    });

    it(`fails where another service answers: ${protocol}`, async () => {
      const other = await accessBy(await authorityOf('other'));
      await assert.rejects(presented(await member(answer), protocol, other, signal));
    });
  }

  it('shows what a member presents that asks for no certificate, as Cassandra does where clients have passwords', async () => {
    const address = await member('SUPPORTED', { requestCert: false });
    const pem = await presented(address, 'Cql', await accessBy(authority), signal);
    assert.equal(pem.trim(), leaf.certificate.trim());
  });

  it('fails where nothing is answered', async () => {
    const address = await member(undefined, { requestCert: false });
    await assert.rejects(presented(address, 'Cql', await accessBy(authority), signal), /answers nothing/);
  });

  it('tells who speaks TLS from who does not', async () => {
    assert.equal(await speaksTls(await member(undefined, { requestCert: false }), signal), true);
    const plain = createPlain((socket) => void socket.on('error', () => {}).end('what?'));
    assert.equal(await speaksTls(await serve(plain), signal), false);
  });

  it('is not waited for once nobody wants it', async () => {
    const address = await serve(createPlain((socket) => void socket.on('error', () => {})));
    const ending = new AbortController();
    setTimeout(() => ending.abort(new Error('enough')), 20);
    await assert.rejects(speaksTls(address, ending.signal), /enough/);
  });
});
