/**
 * Pure: whether a leaf must be issued anew, as a chain of checks each of which says why (as cert-manager's
 * certificates/policies do).
 */
import { isKeyOf, isSignedBy, readCertificate } from './certificate.ts';
import type { KeyPair } from './issue.ts';

export interface LeafCheck {
  /** As found; undefined where there is none. */
  leaf: Partial<KeyPair> | undefined;
  name: string;
  dnsNames: readonly string[];
  addresses: readonly string[];
  /** The certificate that is to have signed it. */
  authority: string;
  /** How long before its end it is renewed; ms. */
  renewBeforeMs: number;
  now: number;
}

export type LeafReason =
  | 'Missing'
  | 'Unreadable'
  | 'KeyMismatch'
  | 'IssuerChanged'
  | 'NamesChanged'
  | 'NotYetValid'
  | 'Expiring';

/** Undefined if the leaf may stay. */
export function leafReason(check: LeafCheck): LeafReason | undefined {
  const { leaf, name, dnsNames, addresses, authority, renewBeforeMs, now } = check;
  if (!leaf?.certificate || !leaf.key) return 'Missing';
  const read = readCertificate(leaf.certificate);
  if (!read.ok) return 'Unreadable';
  const { value } = read;
  if (!isKeyOf(leaf.key, leaf.certificate)) return 'KeyMismatch';
  if (!isSignedBy(leaf.certificate, authority)) return 'IssuerChanged';
  if (value.commonName !== name) return 'NamesChanged';
  if (!isSame(value.dnsNames, dnsNames) || !isSame(value.addresses, addresses)) return 'NamesChanged';
  if (value.notBefore > now) return 'NotYetValid';
  return value.notAfter - renewBeforeMs <= now ? 'Expiring' : undefined;
}

function isSame(found: readonly string[], wanted: readonly string[]): boolean {
  return found.length === wanted.length && new Set([...found, ...wanted]).size === new Set(wanted).size;
}
