import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ApiError, ConnectionError, type KubeApi, type WatchEvent } from './api.ts';
import { createClient } from './client.ts';
import type { RequestObservation } from './request.ts';
import { type ConfigMap, configMaps, nodes, pods } from './resource.ts';
import { openSession, type Session } from './session.ts';
import { EagerClock, settle } from './testing/fake-clock.ts';
import {
  type Answer,
  configFor,
  json,
  pieces,
  reset,
  type ScriptServer,
  scriptServer,
  silence,
  status,
} from './testing/script-server.ts';

const object: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'n', resourceVersion: '7' },
};
const ref = { namespace: 'n', name: 'a' };
const { signal } = new AbortController();

interface World extends AsyncDisposable {
  api: KubeApi;
  server: ScriptServer;
  clock: EagerClock;
  seen: RequestObservation[];
}

async function world(...script: Answer[]): Promise<World> {
  const server = await scriptServer(...script);
  const clock = new EagerClock();
  const session: Session = await openSession({ load: server.load, userAgent: 'stateward/test', clock });
  const seen: RequestObservation[] = [];
  const onRequest = (observation: RequestObservation) => seen.push(observation);
  const api = createClient({ session, clock, random: () => 0, watchIdleMs: 50, onRequest });
  const dispose = async () => {
    await session.close();
    await server[Symbol.asyncDispose]();
  };
  return { api, server, clock, seen, [Symbol.asyncDispose]: dispose };
}

async function deafServer(): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dispose = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: dispose };
}

function line(type: string, name: string, resourceVersion: string): string {
  return `${JSON.stringify({ type, object: { metadata: { name, resourceVersion } } })}\n`;
}

async function watchAll(api: KubeApi, until = signal): Promise<WatchEvent<ConfigMap>[]> {
  const all: WatchEvent<ConfigMap>[] = [];
  const options = { signal: until, resourceVersion: '1', timeoutSeconds: 5 };
  for await (const event of api.watch(configMaps, options)) all.push(event);
  return all;
}

describe('client', () => {
  it('says who it is and asks for what it needs', async () => {
    await using w = await world(
      json(object),
      json({ metadata: { resourceVersion: '9', continue: 'c' }, items: [object] }),
    );
    await w.api.read(configMaps, ref, { signal, timeoutMs: 1500 });
    const page = await w.api.list(pods, { namespace: 'n', labelSelector: 'a=b', limit: 5, continueToken: 't', signal });
    const [read, list] = w.server.received;
    assert.equal(read?.path, '/api/v1/namespaces/n/configmaps/a');
    assert.equal(read.headers.authorization, 'Bearer secret');
    assert.equal(read.headers['user-agent'], 'stateward/test');
    assert.equal(read.query.get('timeout'), '2s');
    assert.equal(String(list?.query), 'labelSelector=a%3Db&limit=5&continue=t&timeout=30s');
    assert.deepEqual([page.resourceVersion, page.continueToken], ['9', 'c']);
  });

  it('drops managed fields and gives items of lists their kind', async () => {
    const item = { metadata: { name: 'x', managedFields: [{ manager: 'm' }] } };
    await using w = await world(json({ metadata: { resourceVersion: '9' }, items: [item] }));
    const page = await w.api.list(nodes, { signal });
    assert.deepEqual(page.items, [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'x' } }]);
  });

  it('applies with force and strict validation', async () => {
    await using w = await world(json(object));
    await w.api.apply(configMaps, object, { manager: 'me', subresource: 'status', dryRun: true, signal });
    const [sent] = w.server.received;
    assert.equal(sent?.path, '/api/v1/namespaces/n/configmaps/a/status');
    assert.equal(String(sent?.query), 'fieldManager=me&force=true&dryRun=All&fieldValidation=Strict&timeout=30s');
    assert.equal(sent?.headers['content-type'], 'application/apply-patch+yaml');
  });

  it('sends what YAML would take for something else in the escapes of JSON', async () => {
    await using w = await world(json(object));
    const odd = { ...object, data: { odd: 'a\u007f\u0085\u2028\ufeff\u{1d41a}' } };
    await w.api.apply(configMaps, odd, { manager: 'me', signal });
    const [{ body = '' } = {}] = w.server.received;
    assert.ok(body.includes('a\\u007f\\u0085\\u2028\\ufeff\u{1d41a}'), body);
    assert.deepEqual(JSON.parse(body).data, odd.data);
  });

  it('reads "not there" only where the server says so', async () => {
    await using w = await world(
      status(404, { reason: 'NotFound' }),
      (_request, response) => void response.writeHead(404).end('404 page not found'),
    );
    assert.equal(await w.api.read(configMaps, ref, { signal }), undefined);
    await assert.rejects(w.api.read(configMaps, ref, { signal }), { status: 404, reason: 'Unknown' });
  });

  it('keeps what a refusal says', async () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'too long', field: 'spec.x' }];
    await using w = await world(status(422, { reason: 'Invalid', message: 'bad', details: { causes } }));
    await assert.rejects(w.api.update(configMaps, object, { signal }), { reason: 'Invalid', message: 'bad', causes });
  });

  it('waits as long as the server asks, also before a create', async () => {
    await using w = await world(status(429, {}, { 'retry-after': '3' }), json(object, 201));
    await w.api.create(configMaps, object, { signal });
    assert.deepEqual(w.clock.slept, [3000]);
    assert.deepEqual(
      w.seen.map(({ status, attempt }) => [status, attempt]),
      [
        [429, 1],
        [201, 2],
      ],
    );
  });

  it('leaves a long wait to its caller', async () => {
    await using w = await world(status(429, { details: { retryAfterSeconds: 60 } }));
    await assert.rejects(w.api.read(configMaps, ref, { signal }), { status: 429, retryAfterMs: 60_000 });
    assert.equal(w.server.received.length, 1);
  });

  it('takes no longer than twice its timeout', async () => {
    const busy = status(429, {}, { 'retry-after': '3' });
    await using w = await world(busy, busy, busy, busy);
    await assert.rejects(w.api.read(configMaps, ref, { signal, timeoutMs: 8000 }), { status: 429 });
    assert.deepEqual(w.clock.slept, [3000, 3000]);
  });

  it('repeats reads, applies and fenced deletes through server trouble', async () => {
    const calls = [
      (api: KubeApi) => api.read(configMaps, ref, { signal }),
      (api: KubeApi) => api.apply(configMaps, object, { manager: 'm', signal }),
      (api: KubeApi) => api.remove(configMaps, ref, { preconditions: { uid: 'u' }, propagation: 'Background', signal }),
    ];
    for (const call of calls) {
      await using w = await world(
        status(503),
        reset,
        status(504),
        status(500, { reason: 'InternalError' }),
        json(object),
      );
      await call(w.api);
      assert.deepEqual(
        w.seen.map(({ status }) => status),
        [503, 0, 504, 500, 200],
      );
      assert.deepEqual(w.clock.slept, [100, 200, 400, 800]);
    }
  });

  it('gives up after five attempts', async () => {
    await using w = await world(...Array.from({ length: 9 }, () => status(503)));
    await assert.rejects(w.api.read(configMaps, ref, { signal }), { status: 503 });
    assert.equal(w.server.received.length, 5);
  });

  it('never repeats a write whose outcome is open', async () => {
    const calls = [
      (api: KubeApi) => api.create(configMaps, object, { signal }),
      (api: KubeApi) => api.update(configMaps, object, { signal }),
      (api: KubeApi) => api.patch(configMaps, ref, {}, { signal }),
    ];
    for (const call of calls) {
      for (const trouble of [reset, status(503), status(500, { reason: 'InternalError' })]) {
        await using w = await world(trouble, json(object));
        await assert.rejects(call(w.api));
        assert.equal(w.server.received.length, 1);
      }
    }
  });

  it('does not repeat what strict validation refuses', async () => {
    await using w = await world(status(500, { message: '.nonsense: field not declared in schema' }));
    await assert.rejects(w.api.apply(configMaps, object, { manager: 'm', signal }), /not declared/);
    assert.equal(w.server.received.length, 1);
  });

  it('gives up on a silent server, at the deadline and at the signal', async () => {
    await using w = await world(silence, silence);
    await assert.rejects(w.api.create(configMaps, object, { signal, timeoutMs: 20 }), (error) => {
      return error instanceof ConnectionError && /no answer in 20 ms/.test(error.message) && !error.unsent;
    });
    const controller = new AbortController();
    const call = w.api.read(configMaps, ref, { signal: controller.signal });
    const reason = new Error('stop');
    controller.abort(reason);
    await assert.rejects(call, reason);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  it('gives up while it has no connection, at the deadline and at the signal', async () => {
    // TLS with a server that never answers the handshake.
    await using deaf = await deafServer();
    const load = () => configFor(`https://127.0.0.1:${deaf.port}`);
    const clock = new EagerClock();
    const session = await openSession({ load, userAgent: 'x', clock });
    const api = createClient({ session, clock, random: () => 0 });
    await assert.rejects(api.create(configMaps, object, { signal, timeoutMs: 20 }), /no answer in 20 ms/);
    const controller = new AbortController();
    const watch = watchAll(api, controller.signal);
    const reason = new Error('stop');
    setImmediate(() => controller.abort(reason));
    await assert.rejects(watch, reason);
    await session.close();
  });

  it('asks for new credentials once after 401', async () => {
    await using w = await world(status(401), json(object), status(401), status(401));
    await w.api.create(configMaps, object, { signal });
    await assert.rejects(w.api.create(configMaps, object, { signal }), { status: 401 });
    assert.equal(w.server.received.length, 4);
  });

  it('deletes many on few connections', async () => {
    const ports = new Set<number | undefined>();
    const answer: Answer = (request, response) => {
      ports.add(request.socket.remotePort);
      json(object)(request, response);
    };
    const many = 40;
    await using w = await world(...Array.from({ length: many }, () => answer));
    const options = { preconditions: { uid: 'u' }, propagation: 'Background', signal } as const;
    for (let i = 0; i < many; i += 1) await w.api.remove(configMaps, ref, options);
    assert.ok(ports.size <= many / 2, `${ports.size} connections for ${many} requests one after another`);
  });

  it('tells a deleted object from one that lingers', async () => {
    const gone = { metadata: { name: 'a' } };
    const lingering = { metadata: { name: 'a', deletionTimestamp: '2030-01-01T00:00:00Z' } };
    await using w = await world(
      json({ kind: 'Status' }),
      json(gone),
      json(lingering),
      status(404, { reason: 'NotFound' }),
    );
    const options = { preconditions: { uid: 'u', resourceVersion: '7' }, propagation: 'Orphan', signal } as const;
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push(await w.api.remove(configMaps, ref, options));
    assert.deepEqual(
      answers.map((answer) => answer?.metadata.deletionTimestamp),
      [undefined, undefined, '2030-01-01T00:00:00Z', undefined],
    );
    assert.deepEqual(JSON.parse(w.server.received[0]?.body ?? ''), {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: options.preconditions,
      propagationPolicy: 'Orphan',
    });
  });

  describe('watch', () => {
    it('joins events split anywhere, even within a character', async () => {
      const bytes = Buffer.from(line('ADDED', 'größe', '2') + line('DELETED', 'b', '3') + line('BOOKMARK', '', '9'));
      await using w = await world(
        pieces(
          [...bytes].map((byte) => Uint8Array.of(byte)),
          'close',
        ),
      );
      const got = await watchAll(w.api);
      assert.deepEqual(
        got.map((event) => (event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.name)),
        ['größe', 'b', '9'],
      );
      assert.equal(w.server.received[0]?.query.get('allowWatchBookmarks'), 'true');
    });

    it('throws on 410 in the stream', async () => {
      const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
      await using w = await world(pieces([line('ADDED', 'a', '2'), `${JSON.stringify(expired)}\n`], 'open'));
      await assert.rejects(watchAll(w.api), (error) => error instanceof ApiError && error.isExpired);
    });

    it('throws on what it cannot read instead of skipping it', async () => {
      const broken = ['{"type":"ADDED","obj\n', '[]\n', '{"type":"NEWS"}\n', '{"type":"ADDED","object":{}}\n'];
      for (const garbage of [...broken, '{"type":"ADDED"']) {
        await using w = await world(pieces([line('ADDED', 'a', '2'), garbage], 'close'));
        await assert.rejects(watchAll(w.api), ConnectionError, garbage);
      }
    });

    it('throws when the connection breaks or falls silent', async () => {
      for (const end of ['reset', 'open'] as const) {
        await using w = await world(pieces([line('ADDED', 'a', '2')], end));
        await assert.rejects(watchAll(w.api), ConnectionError);
      }
    });

    it('lets go of connection and signal, however it ends', async () => {
      const controller = new AbortController();
      const rounds = 300;
      const answers = Array.from({ length: rounds }, () => pieces([line('ADDED', 'a', '2')], 'close'));
      await using w = await world(...answers, pieces([line('ADDED', 'a', '2')], 'open'));
      for (let i = 0; i < rounds; i += 1) await watchAll(w.api, controller.signal);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
      const watch = w.api.watch(configMaps, { signal: controller.signal, resourceVersion: '1', timeoutSeconds: 5 });
      for await (const _event of watch) break;
      await settle();
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    });
  });
});
