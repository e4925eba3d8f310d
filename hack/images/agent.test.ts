import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Socket, connect as tcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { Client, request } from 'undici';
import { createAuthority, issueLeaf, type KeyPair, type Role } from '../../operators/tls/issue.ts';
import { eventually } from '../../test/lib/eventually.ts';
import { testAgent } from './contents.ts';
import { jdk } from './prerequisites.ts';
import { command, here, type Workshop } from './workshop.ts';

const hour = 3_600_000;
const validity = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + 24 * hour) };
const host = '127.93.20.1';
const [port, tlsPort] = [8778, 8779];

interface Patience {
  headersTimeout?: number;
}

const names = { dnsNames: ['node-0'], addresses: [], validity };

describe('the member agent', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  const { signal } = new AbortController();
  const workshop: Workshop = { signal, say: () => {}, cache: folder };
  const classes = join(folder, 'classes');
  const waiting = { signal, timeoutMs: 30_000 };
  let first: KeyPair;
  let second: KeyPair;
  let member: ChildProcess | undefined;
  const log: string[] = [];

  before(async () => {
    [first, second] = [await createAuthority('first', validity), await createAuthority('second', validity)];
  });

  after(async () => {
    member?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('passes its own checks', async () => assert.match(await testAgent(workshop, classes), /^\d+ checks, 0 failed\n$/));

  /** Of a Cassandra that has left its ring: then the agent alone runs. */
  async function start(): Promise<void> {
    const jar = join(folder, 'agent.jar');
    await command(workshop, join(jdk, 'bin/jar'), ['cfm', jar, join(here, 'agents/manifest.mf'), '-C', classes, '.']);
    writeFileSync(join(folder, 'left'), 'host-1\n');
    const files = `own=${join(folder, 'own.pem')},trusted=${join(folder, 'ca.crt')},joined=${join(folder, 'joined')}`;
    const options = `cassandra,address=${host},port=${port},tls=${tlsPort},${files}`;
    const args = [`-javaagent:${jar}=${options}`, '-Xmx32m', '-cp', jar, 'dev.stateward.agent.Paused'];
    const child = spawn(join(jdk, 'bin/java'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => void log.push(text));
    await once(child, 'spawn');
    member = child;
  }

  async function certify(signer: KeyPair, ...trusted: KeyPair[]): Promise<void> {
    const { key, certificate } = await leafOf('stateward:member', signer);
    replace('ca.crt', trusted.map((authority) => authority.certificate).join('\n'));
    replace('own.pem', `${key}\n${certificate}\n`);
  }

  function replace(name: string, text: string): void {
    writeFileSync(join(folder, `${name}.new`), text);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }

  function leafOf(role: Role, signer: KeyPair): Promise<KeyPair> {
    return issueLeaf({ name: 'node-0', role, ...names }, signer);
  }

  /** Who comes by a certificate of this CA, and trusts the others. */
  async function bearer(role: Role, signer: KeyPair, ...trusted: KeyPair[]): Promise<SecureContextOptions> {
    const { certificate, key } = await leafOf(role, signer);
    return { cert: certificate, key, ca: trusted.map((authority) => authority.certificate) };
  }

  async function get(
    path: string,
    tls: SecureContextOptions,
    method: 'GET' | 'POST' = 'GET',
    patience: Patience = {},
  ): Promise<string> {
    const connection = { ...tls, servername: 'node-0', maxCachedSessions: 0 };
    const client = new Client(`https://${host}:${tlsPort}`, { connect: connection });
    try {
      const { statusCode, body } = await client.request({ path, method, ...patience });
      return `${statusCode} ${(await body.text()).trim()}`;
    } finally {
      await client.destroy();
    }
  }

  async function probe(path: string, patience: Patience = {}): Promise<string> {
    const { statusCode, body } = await request(`http://${host}:${port}${path}`, patience);
    return `${statusCode} ${(await body.text()).trim()}`;
  }

  it('tells the kubelet in clear whether it is alive and ready, and nothing else', async () => {
    await certify(first, first);
    await start();
    assert.equal(await eventually(() => probe('/live'), waiting), '200 live');
    assert.equal(await probe('/ready'), '503 has left the ring');
    for (const path of ['/', '/state', '/view?address=1', '/ready/', '/lives'])
      assert.match(await probe(path), /^404 /, path);
  });

  it('tells the operator its state, and members what they ask of each other', async () => {
    const operator = await bearer('stateward:operator', first, first);
    assert.match(await eventually(() => get('/state', operator), waiting), /^200 .*"hostId":"host-1"/);
    assert.equal(await get('/view?address=1', operator), '503 not known yet');
    assert.equal(await get('/ready', operator), '404 no such page');
    assert.equal(await get('/state', operator, 'POST'), '405 GET only');
    const other = await bearer('stateward:member', first, first);
    assert.match(await get('/state', other), /^403 /);
    assert.equal(await get('/view?address=1', other), '503 not known yet');
  });

  it('tells nobody else anything', async () => {
    const { ca } = await bearer('stateward:operator', first, first);
    await assert.rejects(get('/state', { ca }));
    await assert.rejects(get('/state', await bearer('stateward:operator', second, first)));
  });

  /** Strangers who connect and never say what they want, or not all of it. */
  function beset(at: number, word: string): Socket[] {
    return Array.from({ length: 24 }, () => {
      const socket = tcp({ host, port: at }, () => void socket.write(word));
      return socket.on('error', () => {});
    });
  }

  it('answers while others keep it waiting', async () => {
    const operator = await bearer('stateward:operator', first, first);
    const strangers = [...beset(tlsPort, ''), ...beset(port, 'G')];
    await Promise.all(strangers.map((socket) => once(socket, 'connect')));
    const inTime = { headersTimeout: 1_500 };
    assert.equal(await probe('/live', inTime), '200 live');
    assert.match(await get('/state', operator, 'GET', inTime), /^200 /);
    for (const socket of strangers) socket.destroy();
  });

  it('goes by what its files say, when they change', async () => {
    const byFirst = await bearer('stateward:operator', first, first, second);
    const bySecond = await bearer('stateward:operator', second, first, second);
    await assert.rejects(get('/state', bySecond));
    await certify(first, first, second);
    await eventually(async () => assert.match(await get('/state', bySecond), /^200 /), waiting);
    await certify(second, second);
    await eventually(async () => assert.rejects(get('/state', byFirst)), waiting);
    assert.match(await get('/state', await bearer('stateward:operator', second, second)), /^200 /);
  });

  it('keeps what it has where its files are no certificates', async () => {
    replace('own.pem', 'nonsense');
    const operator = await bearer('stateward:operator', second, second);
    await eventually(async () => {
      assert.match(await get('/state', operator), /^200 /);
      assert.match(log.join(''), /keeps its former certificates, .*own\.pem is refused/);
    }, waiting);
  });
});
