/** The little of the Kubernetes API that the cluster's own start and its provisioner need. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Agent, type Dispatcher } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';

const credentials = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ]),
  users: z.tuple([
    z.object({ user: z.object({ 'client-certificate-data': z.string(), 'client-key-data': z.string() }) }),
  ]),
});

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface CallOptions {
  signal: AbortSignal;
  timeoutMs?: number;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface Kube {
  call(method: Method, path: string, body: object | undefined, options: CallOptions): Promise<unknown>;
  /** One JSON document per item, until the server ends the stream. */
  stream(path: string, options: CallOptions): AsyncIterable<unknown>;
  close(): Promise<void>;
}

function decode(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

function agentOf(kubeconfig: string): { server: string; agent: Agent } {
  const config = credentials.parse(parse(readFileSync(kubeconfig, 'utf8')));
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const ca = decode(cluster['certificate-authority-data']);
  const cert = decode(user['client-certificate-data']);
  const connect = { ca, cert, key: decode(user['client-key-data']), timeout: 5000 };
  return { server: cluster.server, agent: new Agent({ connect, connections: 16, bodyTimeout: 0 }) };
}

async function answerOf(response: Dispatcher.ResponseData, request: string): Promise<unknown> {
  const text = await response.body.text();
  if (response.statusCode >= 300) throw new KubeError(response.statusCode, `${request}: ${text.slice(0, 500)}`);
  return response.headers['content-type']?.includes('json') ? JSON.parse(text) : text;
}

export function connectKube(kubeconfig: string): Kube {
  const { server, agent } = agentOf(kubeconfig);
  const origin = { origin: server };

  async function call(method: Method, path: string, body: object | undefined, options: CallOptions): Promise<unknown> {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? 10_000)]);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } };
    return answerOf(await agent.request({ ...origin, method, path, signal, ...content }), `${method} ${path}`);
  }

  async function* stream(path: string, options: CallOptions): AsyncGenerator<unknown> {
    const { signal } = options;
    const headersTimeout = options.timeoutMs ?? 10_000;
    const response = await agent.request({ ...origin, method: 'GET', path, signal, headersTimeout });
    if (response.statusCode !== 200) await answerOf(response, `GET ${path}`);
    for await (const line of createInterface({ input: response.body })) yield JSON.parse(line);
  }

  return { call, stream, close: () => agent.destroy() };
}

/** Creates an object; one that exists already is as good. Answers whether it is new. */
export async function createOnce(kube: Kube, path: string, body: object, options: CallOptions): Promise<boolean> {
  try {
    await kube.call('POST', path, body, options);
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 409) return false;
    throw error;
  }
}
