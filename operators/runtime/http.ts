/** `/healthz`, `/readyz` and `/metrics` for kubelet and Prometheus. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Log } from '../kube/log.ts';

/** Probes and scrapes are small and quick; whoever is slower than this is not one of them. */
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;

export interface HttpOptions {
  /** 0: any free one. */
  port: number;
  /** What is wrong; empty when all is well. */
  unhealthy(): string[];
  unready(): string[];
  registry: Pick<Registry, 'metrics' | 'contentType'>;
  log: Log;
  /** Closes the server and every connection. */
  signal: AbortSignal;
}

export interface HttpServer {
  port: number;
  closed: Promise<void>;
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

/** Resolves when the port is open; rejects when it cannot be opened. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => void respond(options, request, response));
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.timeout = IDLE_TIMEOUT_MS;
  server.listen(options.port);
  await once(server, 'listening', { signal: options.signal });
  const closed = once(server, 'close').then(() => {});
  options.signal.addEventListener('abort', () => close(server), { once: true });
  const port = portOf(server);
  options.log.info('health and metrics served', { port });
  return { port, closed };
}

async function respond(options: HttpOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, type, body } = await answer(options, request).catch((error: unknown): Answer => {
    options.log.error('request failed', { path: request.url, error });
    return text(500, 'internal error');
  });
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

async function answer(options: HttpOptions, { method, url }: IncomingMessage): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'method not allowed');
  switch (url?.split('?')[0]) {
    case '/healthz':
      return verdict(options.unhealthy());
    case '/readyz':
      return verdict(options.unready());
    case '/metrics':
      return { status: 200, type: options.registry.contentType, body: await options.registry.metrics() };
    default:
      return text(404, 'not found');
  }
}

function verdict(problems: string[]): Answer {
  return problems.length === 0 ? text(200, 'ok') : text(503, problems.join('\n'));
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port is open');
  return address.port;
}
