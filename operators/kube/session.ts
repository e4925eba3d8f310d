/**
 * The way to one API server: two shared connection pools and the credentials that go with each request. The client
 * library makes a new pool for every request, which costs a TLS handshake each; it is asked for credentials only.
 */
import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Clock } from './clock.ts';

/** Watches last for minutes; they get a pool of their own so that they never keep a request waiting. */
export type Lane = 'request' | 'watch';

export interface Access {
  dispatcher: Dispatcher;
  headers: Record<string, string>;
}

export interface Session {
  /** Base address of the API server, without a slash at the end. */
  readonly server: string;
  /** The configuration in force, for `Exec` and `PortForward` of the client library. */
  kubeConfig(): KubeConfig;
  access(lane: Lane): Promise<Access>;
  /** Reads the configuration anew and asks its plug-ins again; for use after an answer 401. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  load: () => KubeConfig;
  userAgent: string;
  clock: Clock;
}

/** How long credentials are reused before their files are looked at again. */
const CREDENTIALS_MS = 10_000;
const REQUEST_CONNECTIONS = 12;
const KEEP_ALIVE_MS = 60_000;
const ANSWER_MS = 30_000;
/** Under the idle limit of common load balancers, as client-go has it. */
const TCP_KEEP_ALIVE_MS = 30_000;

type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

interface Credentials {
  headers: Record<string, string>;
  tls: TlsOptions;
  fingerprint: string;
  readAt: number;
}

/** From `file` if given, else as kubectl finds it: KUBECONFIG, ~/.kube/config, then the pod's service account. */
export function loadKubeConfig(file?: string): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  return config;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const session = new KubeSession(options);
  await session.access('request');
  return session;
}

class KubeSession implements Session {
  readonly server: string;
  readonly #options: SessionOptions;
  readonly #retired = new Set<Dispatcher>();
  #config: KubeConfig;
  #credentials: Credentials | undefined;
  #reading: Promise<Credentials> | undefined;
  #lanes: Record<Lane, Dispatcher> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#config = options.load();
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new Error('The kubeconfig names no current cluster');
    this.server = cluster.server.replace(/\/+$/, '');
  }

  kubeConfig(): KubeConfig {
    return this.#config;
  }

  async access(lane: Lane): Promise<Access> {
    const credentials = await this.#current();
    const lanes = this.#lanes ?? openLanes(this.#config, credentials.tls);
    this.#lanes = lanes;
    return { dispatcher: lanes[lane], headers: { ...credentials.headers, 'user-agent': this.#options.userAgent } };
  }

  async renew(): Promise<void> {
    const now = this.#options.clock.now();
    // Many requests fail together when a token ends; a plug-in should run once for all of them.
    if (Math.abs(now - this.#renewedAt) < CREDENTIALS_MS) return;
    this.#renewedAt = now;
    this.#config = this.#options.load();
    this.#credentials = undefined;
    this.#reading = undefined;
    await this.#current();
  }

  async close(): Promise<void> {
    const open = [...this.#retired, ...Object.values(this.#lanes ?? {})];
    this.#lanes = undefined;
    await Promise.all(open.map((dispatcher) => dispatcher.destroy()));
  }

  async #current(): Promise<Credentials> {
    const now = this.#options.clock.now();
    const known = this.#credentials;
    if (known !== undefined && Math.abs(now - known.readAt) < CREDENTIALS_MS) return known;
    this.#reading ??= this.#read(now).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(now: number): Promise<Credentials> {
    const fresh = await readCredentials(this.#config, now);
    if (this.#credentials?.fingerprint !== fresh.fingerprint) this.#retire();
    this.#credentials = fresh;
    return fresh;
  }

  /** Running requests and watches end by themselves on the old connections; new ones use the new certificates. */
  #retire(): void {
    for (const dispatcher of Object.values(this.#lanes ?? {})) {
      this.#retired.add(dispatcher);
      const forget = () => this.#retired.delete(dispatcher);
      dispatcher.close().then(forget, forget);
    }
    this.#lanes = undefined;
  }
}

async function readCredentials(config: KubeConfig, readAt: number): Promise<Credentials> {
  const options: RequestOptions & { servername?: string } = {};
  await config.applyToHTTPSOptions(options);
  const tls = tlsOf(options);
  return { headers: headersOf(options), tls, fingerprint: fingerprintOf(tls), readAt };
}

function tlsOf(options: RequestOptions & { servername?: string }): TlsOptions {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

function fingerprintOf(tls: TlsOptions): string {
  const hash = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized]) {
    hash.update(`${String(part)}\0`);
  }
  return hash.digest('hex');
}

function openLanes(config: KubeConfig, tls: TlsOptions): Record<Lane, Dispatcher> {
  const common = { pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: ANSWER_MS, allowH2: false };
  return {
    request: openLane(config, tls, { ...common, connections: REQUEST_CONNECTIONS, bodyTimeout: ANSWER_MS }),
    watch: openLane(config, tls, { ...common, bodyTimeout: 0 }),
  };
}

function openLane(config: KubeConfig, tls: TlsOptions, options: Agent.Options): Dispatcher {
  // The client library decides about proxies and refuses plain HTTP; only its pools are not used.
  const wanted = config.createDispatcherOptions(config.getCurrentCluster(), tls);
  const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
  switch (wanted.type) {
    case 'proxy':
      return new ProxyAgent({ ...options, uri: wanted.uri, requestTls: tls });
    case 'socks':
      return new Socks5ProxyAgent(wanted.uri, { requestTls: tls });
    case 'agent':
    case 'none':
      return new Agent({ ...options, connect });
  }
}
