import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { askAgent } from './agent.ts';

describe("the agent's answer", () => {
  let server: Server;
  let answer: { status: number; body: string } | undefined;
  let asked: string[];
  const never = new AbortController().signal;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (answer !== undefined) response.writeHead(answer.status).end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function ask(signal = never): ReturnType<typeof askAgent> {
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    return askAgent('127.0.0.1', address.port, signal);
  }

  it('says everything', async () => {
    const word = { operationMode: 'NORMAL', hostId: 'h', live: ['1'], unreachable: ['2'], joining: ['3'] };
    answer = { status: 200, body: JSON.stringify({ ...word, more: 1 }) };
    assert.deepEqual(await ask(), word);
    assert.deepEqual(asked, ['GET /state']);
  });

  for (const body of ['{"operationMode":"STARTING"}', '{"operationMode":"STARTING","hostId":null}']) {
    it(`may leave things out: ${body}`, async () => {
      answer = { status: 200, body };
      const nothing = { hostId: undefined, live: [], unreachable: [], joining: [] };
      assert.deepEqual(await ask(), { operationMode: 'STARTING', ...nothing });
    });
  }

  const refused: [string, number, string][] = [
    ['an error', 503, '{"operationMode":"NORMAL"}'],
    ['another object', 200, '{"mode":"NORMAL"}'],
    ['another type', 200, '{"operationMode":1}'],
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
