/** Somebody who gives out tokens (OAuth 2.0), and whose public keys brokers fetch from this machine. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { clusterHost } from '../../../hack/clients/dns.ts';
import { createAuthority, issueLeaf } from '../../../operators/tls/issue.ts';
import { cluster } from './cluster.ts';

export interface Claims {
  sub?: string;
  iss?: string;
  aud?: string | string[];
  /** Seconds since the epoch. */
  exp?: number;
}

export interface TokenIssuer {
  /** As a listener is told of it. */
  oauth: { issuer: string; jwksUri: string; audience: string; ca: string };
  /** Good for five minutes, unless the claims say otherwise. */
  token(claims: Claims, key?: KeyObject): string;
  /** Gives out its keys from now on. */
  open(): void;
  close(): Promise<void>;
}

const name = 'https://id.example.com/realm';
const audience = 'kafka';
const lifeSeconds = 300;

export function newKey(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** At an address that pods reach. Answers nobody until it is told to. */
export async function startIssuer(): Promise<TokenIssuer> {
  const host = clusterHost(cluster.kubeconfig);
  const { privateKey, publicKey } = newKey();
  const { ca, cert, key } = await identityOf(host);
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'ES256' }];
  let isOpen = false;
  const server = createServer({ cert, key }, (_, response) => {
    response.writeHead(isOpen ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    oauth: { issuer: name, jwksUri: `https://${host}:${port}/keys`, audience, ca },
    token: (claims, by = privateKey) => signed(claims, by),
    open: () => {
      isOpen = true;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function identityOf(host: string): Promise<{ ca: string; cert: string; key: string }> {
  const hour = 3_600_000;
  const validity = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + 24 * hour) };
  const authority = await createAuthority('issuer', validity);
  const wish = { name: 'issuer', role: 'stateward:member' as const, dnsNames: [], addresses: [host], validity };
  const { certificate, key } = await issueLeaf(wish, authority);
  return { ca: authority.certificate, cert: certificate, key };
}

/** RFC 7515, ES256. */
function signed(claims: Claims, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: name, aud: audience, iat: now, exp: now + lifeSeconds, ...claims };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'ES256', kid: 'one' })}.${part(all)}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
