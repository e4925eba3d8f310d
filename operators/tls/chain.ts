/** Pure: what stands above a CA that another one has signed. Certificates are PEM, each of one alone. */
import { isSignedBy } from './certificate.ts';

export function signsItself(certificate: string): boolean {
  return isSignedBy(certificate, certificate);
}

/** Up to the root, the nearest first, as far as they are among those that are known; none above one that signs itself. */
export function authoritiesAbove(certificate: string, known: readonly string[]): string[] {
  if (signsItself(certificate)) return [];
  // Without it, so that two that have signed each other lead nowhere.
  const others = known.filter((other) => other !== certificate);
  const signers = others.filter((other) => isSignedBy(certificate, other));
  const next = signers.find(signsItself) ?? signers[0];
  return next === undefined ? [] : [next, ...authoritiesAbove(next, others)];
}
