/**
 * Pure: how a CA takes the place of another while everybody goes on trusting everybody. A new one is trusted first, by
 * all; then it signs; the former one is trusted until nobody presents what it has signed.
 */

/** What is kept of the CAs of a service; certificates by fingerprint. */
export interface Authorities {
  /** Signs the leaves. */
  signer: string;
  /** To be the signer once everybody trusts it. */
  next?: string | undefined;
  /** Trusted still: one, or more where a CA was lost while it took the place of another. */
  former?: readonly string[] | undefined;
}

/** What is seen of one member in handshakes; undefined where it does not answer. */
export interface Handshake {
  member: string;
  /** Whose leaf it presents. */
  presents: string | undefined;
  /** Whose leaves it accepts, as far as they were tried. */
  accepts: ReadonlySet<string> | undefined;
}

export type AuthorityStep =
  | { kind: 'Keep' }
  /** `next` is written beside the signer, and is part of what everybody trusts. */
  | { kind: 'Introduce' }
  /** `next` is not to sign after all; it is trusted as a former one is, because a member may present it already. */
  | { kind: 'Withdraw' }
  /** `next` becomes the signer, the signer a former one; all leaves are issued anew. */
  | { kind: 'Switch' }
  /** Those before it are trusted no longer. */
  | { kind: 'Retire' }
  | { kind: 'Wait'; message: string };

export interface AuthorityWish {
  authorities: Authorities;
  /** Whether the signer is to be replaced: it ends soon, or the user has given another. */
  replace: boolean;
  /** Whether `next` is not wanted any more. */
  withdraw: boolean;
  /** Members that run; one that does not reads what is there when it starts. */
  handshakes: readonly Handshake[];
}

/** One step at a time: each is written before the next is thought of, so that a crash loses nothing. */
export function authorityStep({ authorities, replace, withdraw, handshakes }: AuthorityWish): AuthorityStep {
  const { signer, next, former = [] } = authorities;
  if (next !== undefined && withdraw) return { kind: 'Withdraw' };
  if (next !== undefined)
    return inTurn(handshakes, ({ accepts }) => accepts?.has(next), 'trusts the next CA', 'Switch');
  if (former.length > 0)
    return inTurn(
      handshakes,
      ({ presents }) => presents && presents === signer,
      'presents its new certificate',
      'Retire',
    );
  return { kind: replace ? 'Introduce' : 'Keep' };
}

function inTurn(
  handshakes: readonly Handshake[],
  isDone: (handshake: Handshake) => boolean | '' | undefined,
  what: string,
  kind: 'Switch' | 'Retire',
): AuthorityStep {
  const open = handshakes.find((handshake) => isDone(handshake) !== true);
  return open === undefined ? { kind } : { kind: 'Wait', message: `waits until ${open.member} ${what}` };
}

/** What everybody is to trust. */
export function trusted({ signer, next, former = [] }: Authorities): string[] {
  return [signer, next, ...former].filter((authority) => authority !== undefined);
}
