/** An HTTP server that answers from a script, one entry for each request. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface ScriptServer extends AsyncDisposable {
  readonly received: Received[];
  load(): KubeConfig;
  next(...answers: Answer[]): void;
}

export async function scriptServer(...script: Answer[]): Promise<ScriptServer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = '', headers } = request;
    const body = Buffer.concat(chunks).toString();
    received.push({ method, path: url.pathname, query: url.searchParams, headers, body });
    const answer = script.shift() ?? status(500, { reason: 'Unscripted' });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    load: () => configFor(`http://127.0.0.1:${port}`),
    next: (...answers) => void script.push(...answers),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function configFor(server: string, user: object = { token: 'secret' }): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: true }, { name: 'u', ...user });
  return config;
}

export function json(body: unknown, code = 200): Answer {
  return (_request, response) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

export function status(code: number, fields: object = {}, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: `scripted ${code}`, ...fields };
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** Cuts the connection without an answer. */
export const reset: Answer = (request) => void request.socket.destroy();

/** Accepts and stays silent. */
export const silence: Answer = () => {};

/** Sends these pieces of a body as they are, then ends as told. */
export function pieces(parts: (string | Uint8Array)[], end: 'close' | 'reset' | 'open'): Answer {
  return async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const part of parts) {
      await new Promise<void>((resolve) => response.write(part, () => resolve()));
    }
    if (end === 'close') response.end();
    if (end === 'reset') response.socket?.destroy();
  };
}
