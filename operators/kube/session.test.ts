import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { loadKubeConfig, openSession } from './session.ts';
import { EagerClock } from './testing/fake-clock.ts';
import { configFor } from './testing/script-server.ts';

const SERVER = 'http://127.0.0.1:1';

function openSessionOf(load: () => KubeConfig, clock = new EagerClock()) {
  return openSession({ load, userAgent: 'stateward/test', clock });
}

function certificate(folder: string, name: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  return { key, cert };
}

describe('session', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('shares one pool for each lane', async () => {
    const session = await openSessionOf(() => configFor(SERVER));
    const first = await session.access('request');
    const second = await session.access('request');
    const watch = await session.access('watch');
    assert.equal(first.dispatcher, second.dispatcher);
    assert.notEqual(first.dispatcher, watch.dispatcher);
    assert.deepEqual(first.headers, { authorization: 'Bearer secret', 'user-agent': 'stateward/test' });
    await session.close();
  });

  it('follows a token file', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'one\n');
    const clock = new EagerClock();
    const user = { authProvider: { name: 'tokenFile', config: { tokenFile } } };
    const session = await openSessionOf(() => configFor(SERVER, user), clock);
    assert.equal((await session.access('request')).headers['authorization'], 'Bearer one');
    writeFileSync(tokenFile, 'two\n');
    await session.renew();
    assert.equal((await session.access('request')).headers['authorization'], 'Bearer two');
    await session.close();
  });

  it('runs a plug-in once, and again after 401', async () => {
    const log = join(folder, 'log');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 't' },
    };
    const script = `echo run >> ${log}; echo '${JSON.stringify(credential)}'`;
    const exec = { command: 'sh', args: ['-c', script] };
    const clock = new EagerClock();
    const session = await openSessionOf(() => configFor(SERVER, { exec }), clock);
    for (let i = 0; i < 5; i += 1) await session.access('request');
    clock.pass(60_000);
    assert.equal((await session.access('request')).headers['authorization'], 'Bearer t');
    assert.equal(readFileSync(log, 'utf8'), 'run\n');
    await Promise.all([session.renew(), session.renew(), session.renew()]);
    assert.equal(readFileSync(log, 'utf8'), 'run\nrun\n');
    await session.close();
  });

  it('takes up new certificates without dropping what runs', async () => {
    const [first, second] = [certificate(folder, 'first'), certificate(folder, 'second')];
    const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
    const names: string[] = [];
    const tls = {
      key: readFileSync(first.key),
      cert: readFileSync(first.cert),
      requestCert: true,
      rejectUnauthorized: false,
    };
    const server = createServer(tls, (request, response) => {
      const socket = request.socket as TLSSocket;
      names.push(String(socket.getPeerCertificate().subject?.CN));
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const use = (pair: { key: string; cert: string }) => {
      writeFileSync(key, readFileSync(pair.key));
      writeFileSync(cert, readFileSync(pair.cert));
    };
    use(first);
    const load = () => {
      const config = new KubeConfig();
      const cluster = { name: 'c', server: origin, caFile: first.cert, skipTLSVerify: false };
      config.loadFromClusterAndUser(cluster, { name: 'u', certFile: cert, keyFile: key });
      return config;
    };
    const clock = new EagerClock();
    const session = await openSessionOf(load, clock);
    const call = async () => {
      const { dispatcher } = await session.access('request');
      const answer = await dispatcher.request({ origin, path: '/', method: 'GET' });
      await answer.body.dump();
    };
    await call();
    use(second);
    await call();
    clock.pass(11_000);
    const running = call();
    await call();
    await running;
    assert.deepEqual(names, ['first', 'first', 'second', 'second']);
    await session.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('reads a kubeconfig file, with paths relative to it', () => {
    const file = join(folder, 'kubeconfig');
    writeFileSync(
      file,
      `clusters: [{name: c, cluster: {server: "https://k:6443/", certificate-authority: ca.crt}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`,
    );
    assert.equal(loadKubeConfig(file).getCurrentCluster()?.caFile, join(folder, 'ca.crt'));
  });

  it('refuses plain HTTP unless the kubeconfig allows it', async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'c', server: SERVER, skipTLSVerify: false }, { name: 'u' });
    await assert.rejects(
      openSessionOf(() => config),
      /HTTP protocol is not allowed/,
    );
  });
});
