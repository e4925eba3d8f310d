import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { silentLog } from '../kube/log.ts';
import { type HttpOptions, serveHttp } from './http.ts';
import { createMetrics } from './metrics.ts';

describe('http', () => {
  let stop: AbortController;
  let base: string;
  let port: number;
  let closed: Promise<void>;
  const problems: { unhealthy: string[]; unready: string[] } = { unhealthy: [], unready: [] };
  const registry = createMetrics().registry;

  async function serve(options: Partial<HttpOptions> = {}): Promise<void> {
    stop = new AbortController();
    const defaults: HttpOptions = {
      port: 0,
      unhealthy: () => problems.unhealthy,
      unready: () => problems.unready,
      registry,
      log: silentLog,
      signal: stop.signal,
    };
    ({ port, closed } = await serveHttp({ ...defaults, ...options }));
    base = `http://127.0.0.1:${port}`;
  }

  afterEach(async () => {
    Object.assign(problems, { unhealthy: [], unready: [] });
    stop.abort();
    await closed;
  });

  async function get(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
    const response = await fetch(base + path, { method, signal: AbortSignal.timeout(5_000) });
    return { status: response.status, body: await response.text() };
  }

  it('answers ok when all is well', async () => {
    await serve();
    assert.deepEqual(await get('/healthz'), { status: 200, body: 'ok\n' });
    assert.deepEqual(await get('/readyz?verbose'), { status: 200, body: 'ok\n' });
  });

  it('answers 503 with every problem, each probe its own', async () => {
    await serve();
    problems.unhealthy = ['one', 'two'];
    problems.unready = ['three'];
    assert.deepEqual(await get('/healthz'), { status: 503, body: 'one\ntwo\n' });
    assert.deepEqual(await get('/readyz'), { status: 503, body: 'three\n' });
  });

  it('serves the metrics', async () => {
    await serve();
    const { status, body } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(body, /^process_cpu_seconds_total /m);
  });

  it('answers 500, and goes on, when metrics cannot be collected', async () => {
    const broken = { contentType: registry.contentType, metrics: () => Promise.reject(new Error('broken')) };
    await serve({ registry: broken });
    assert.equal((await get('/metrics')).status, 500);
    assert.equal((await get('/healthz')).status, 200);
  });

  it('refuses other paths and methods', async () => {
    await serve();
    assert.equal((await get('/')).status, 404);
    assert.equal((await get('/healthz', 'POST')).status, 405);
    assert.deepEqual(await get('/healthz', 'HEAD'), { status: 200, body: '' });
  });

  it('closes idle connections when stopped', async () => {
    await serve();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    stop.abort();
    await closed;
    await ended;
  });

  it('rejects when the port is taken', async () => {
    await serve();
    await assert.rejects(
      serveHttp({ port, unhealthy: () => [], unready: () => [], registry, log: silentLog, signal: stop.signal }),
      /EADDRINUSE/,
    );
  });
});
