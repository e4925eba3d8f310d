/** With what the operator comes to the members of a service, and whom it takes for one. */
import type { SecureContextOptions } from 'node:tls';
import type { Issuer, KeyPair } from '../../tls/issue.ts';
import { type AuthorityRecord, bundleOf, trustedBy, whole } from './secrets.ts';

export interface Access {
  identity: KeyPair;
  /** PEM of every CA. */
  trusted: string;
}

/** Whoever has one of these CAs, also where another has signed it; nobody whom only that one vouches for. */
export function trustOf({ trusted }: Pick<Access, 'trusted'>): SecureContextOptions {
  return { ca: trusted, allowPartialTrustChain: true };
}

const hour = 3_600_000;
const lifeMs = 24 * hour;

interface Issued {
  pair: Promise<KeyPair>;
  at: number;
}

/**
 * The operator's own certificates, one for each CA: made when they are needed and kept nowhere else, so that nobody can
 * find them in the API.
 */
export class Identities {
  readonly #issued = new Map<string, Issued>();
  readonly #issuer: Issuer;

  constructor(issuer: Issuer) {
    this.#issuer = issuer;
  }

  /** Undefined while the service has no CA that could sign. */
  async access(record: AuthorityRecord | undefined, now: number): Promise<Access | undefined> {
    const authority = record && (whole(record.signer) ?? record.next);
    if (record === undefined || authority === undefined) return undefined;
    return { identity: await this.#of(authority, now), trusted: bundleOf(trustedBy(record)) };
  }

  /**
   * As whom the operator will come: by the CA that is not the signer yet. It shows nothing but its own certificate, so
   * that whoever lets it in trusts that CA itself: OpenSSL adds what it finds above a certificate among the CAs that it
   * trusts, by which one would do that trusts the CA which has signed the next; and adds nothing where there is a chain.
   */
  async accessByNext({ next, ...record }: AuthorityRecord, now: number): Promise<Access | undefined> {
    if (next === undefined) return undefined;
    const { certificate, key } = await this.#of(next, now);
    const identity = { certificate: bundleOf([certificate, certificate]), key };
    return { identity, trusted: bundleOf(trustedBy({ ...record, next })) };
  }

  #of(authority: KeyPair, now: number): Promise<KeyPair> {
    const known = this.#issued.get(authority.certificate);
    if (known !== undefined && Math.abs(now - known.at) < lifeMs / 2) return known.pair;
    for (const [certificate, { at }] of this.#issued) if (Math.abs(now - at) > lifeMs) this.#issued.delete(certificate);
    const validity = { notBefore: new Date(now - hour), notAfter: new Date(now + lifeMs) };
    const wish = { name: 'stateward', role: 'stateward:operator' as const, dnsNames: [], addresses: [], validity };
    const pair = this.#issuer.issueLeaf(wish, authority);
    this.#issued.set(authority.certificate, { pair, at: now });
    // Whoever waits for it is told; the next one asks again.
    pair.catch(() => this.#issued.delete(authority.certificate));
    return pair;
  }
}
