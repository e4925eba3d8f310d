/** CAs, and operators that come by them. */
import { createAuthority, issuer, type KeyPair } from '../../operators/tls/issue.ts';
import { type Access, Identities } from '../../operators/workload/certificates/access.ts';

const hour = 3_600_000;

export function newAuthority(name: string): Promise<KeyPair> {
  const now = Date.now();
  return createAuthority(name, { notBefore: new Date(now - hour), notAfter: new Date(now + 24 * hour) });
}

/** Who trusts all of them, and comes by the first. */
export async function operatorOf(signer: KeyPair, ...others: KeyPair[]): Promise<Access> {
  const access = await new Identities(issuer).access(
    { signer, former: others.map(({ certificate }) => certificate) },
    Date.now(),
  );
  if (access === undefined) throw new Error('the CA has no key');
  return access;
}

/** As a client of Kafka takes it. */
export function tlsOf({ identity, trusted }: Access): { ca: string; cert: string; key: string } {
  return { ca: trusted, cert: identity.certificate, key: identity.key };
}
