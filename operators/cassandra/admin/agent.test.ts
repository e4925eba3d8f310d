import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Access } from '../../workload/certificates/access.ts';
import { type Authority, accessBy, authorityOf, leafOf } from '../testing/tls.ts';
import { askAgent } from './agent.ts';
import { contextOf } from './tls.ts';

describe("the agent's answer", () => {
  let server: Server;
  let answer: { status: number; body: string } | undefined;
  let asked: string[];
  let authority: Authority;
  let access: Access;
  const never = new AbortController().signal;

  before(async () => {
    authority = await authorityOf('ring');
    access = await accessBy(authority);
  });

  beforeEach(async () => {
    asked = [];
    const { key, certificate } = await leafOf('demo-r1-0.members', authority);
    const options = { key, cert: certificate, ca: authority.certificate, requestCert: true };
    server = createServer(options, (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      asked.push(`${subject.O} ${request.method} ${request.url}`);
      if (answer !== undefined) response.writeHead(answer.status).end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function ask(signal = never, name = 'demo-r1-0.members', as = access): ReturnType<typeof askAgent> {
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    return askAgent({ host: '127.0.0.1', port: address.port, name }, contextOf(as), signal);
  }

  const nothing = {
    hostId: undefined,
    generation: undefined,
    schema: undefined,
    live: [],
    unreachable: [],
    joining: [],
    leaving: [],
    moving: [],
    peers: [],
    hints: undefined,
    load: undefined,
    disk: undefined,
    leave: undefined,
    maintenance: undefined,
  };

  it('says everything', async () => {
    const same = { operationMode: 'NORMAL', hostId: 'h', generation: 7, live: ['1'], unreachable: ['2'] };
    const moves = { joining: ['3'], leaving: ['4'], moving: ['5'] };
    const peers = {
      '1': { hostId: 'g', status: 'NORMAL', alive: true, generation: 6, dc: 'dc1', rack: 'r1', seesMe: null },
      '2': { hostId: null, status: 'LEFT', alive: false, generation: 5, member: false, rack: null, seesMe: null },
    };
    const leaves = { load: 9, disk: { totalBytes: 8, usableBytes: 7 }, leave: { kind: 'Failed', message: 'why' } };
    const maintenance = { kind: 'Failed', id: 'a1', message: 'down' };
    const page = {
      ...same,
      ...moves,
      ...leaves,
      maintenance,
      schemaVersion: 's',
      peers,
      hints: { g: 2, f: 1 },
      more: 1,
    };
    answer = { status: 200, body: JSON.stringify(page) };
    assert.deepEqual(await ask(), {
      ...same,
      ...moves,
      schema: 's',
      peers: [
        { address: '1', hostId: 'g', status: 'NORMAL', alive: true, generation: 6, member: true },
        { address: '2', hostId: undefined, status: 'LEFT', alive: false, generation: 5, member: false },
      ],
      hints: [
        { hostId: 'g', files: 2 },
        { hostId: 'f', files: 1 },
      ],
      ...leaves,
      maintenance,
    });
    assert.deepEqual(asked, ['stateward:operator GET /state']);
  });

  const nulls = '"hostId":null,"hints":null,"load":null,"disk":null,"leave":null,"maintenance":null';
  for (const body of ['{"operationMode":"STARTING"}', `{"operationMode":"STARTING",${nulls}}`]) {
    it(`may leave things out: ${body}`, async () => {
      answer = { status: 200, body };
      assert.deepEqual(await ask(), { operationMode: 'STARTING', ...nothing });
    });
  }

  const refused: [string, number, string][] = [
    ['an error', 503, '{"operationMode":"NORMAL"}'],
    ['another object', 200, '{"mode":"NORMAL"}'],
    ['another type', 200, '{"operationMode":1}'],
    ['a peer without a generation', 200, '{"operationMode":"NORMAL","peers":{"1":{"status":"NORMAL","alive":true}}}'],
    ['maintenance of nothing', 200, '{"operationMode":"NORMAL","maintenance":{"kind":"Done"}}'],
    ['another wish', 200, '{"operationMode":"NORMAL","leave":{"kind":"Other","message":""}}'],
    ['no object', 200, '[]'],
    ['no JSON', 200, 'NORMAL'],
    ['nothing', 200, ''],
  ];
  for (const [name, status, body] of refused) {
    it(`is none when it is ${name}`, async () => {
      answer = { status, body };
      await assert.rejects(ask());
    });
  }

  it('is nothing when it comes from another member', async () => {
    answer = { status: 200, body: '{"operationMode":"NORMAL"}' };
    await assert.rejects(ask(never, 'demo-r1-1.members'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is nothing when it comes from another service', async () => {
    answer = { status: 200, body: '{"operationMode":"NORMAL"}' };
    const other = await accessBy(await authorityOf('other'));
    await assert.rejects(ask(never, 'demo-r1-0.members', other), /verify|self-signed/);
    assert.deepEqual(asked, []);
  });

  it('is not waited for once nobody wants it', async () => {
    answer = undefined;
    const { signal, abort } = (() => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: () => controller.abort(new Error('enough')) };
    })();
    server.once('request', abort);
    await assert.rejects(ask(signal), /enough/);
  });
});
