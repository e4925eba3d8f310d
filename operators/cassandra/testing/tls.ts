/** Certificates of servers and of who comes to them, for tests. */
import { createAuthority, issueLeaf, issuer, type KeyPair } from '../../tls/issue.ts';
import { type Access, Identities } from '../../workload/certificates/access.ts';

const hour = 3_600_000;
const now = Date.now();
const validity = { notBefore: new Date(now - hour), notAfter: new Date(now + 24 * hour) };

export type Authority = KeyPair;

export function authorityOf(name: string): Promise<Authority> {
  return createAuthority(name, validity);
}

export function leafOf(name: string, authority: Authority): Promise<KeyPair> {
  return issueLeaf({ name, role: 'stateward:member', dnsNames: [name], addresses: [], validity }, authority);
}

/** As the operator comes to members of this CA. */
export async function accessBy(signer: Authority): Promise<Access> {
  const access = await new Identities(issuer).access({ signer }, now);
  if (access === undefined) throw new Error('the CA has no key');
  return access;
}
