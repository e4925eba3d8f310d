/** Certificates are dear, and thousands of worlds ask for the same. */
import { type Issuer, issuer, type KeyPair } from '../../../operators/tls/issue.ts';

const made = new Map<string, Promise<KeyPair>>();

function once(key: string, make: () => Promise<KeyPair>): Promise<KeyPair> {
  const known = made.get(key);
  if (known !== undefined) return known;
  const pair = make();
  made.set(key, pair);
  return pair;
}

/** Of one world, in which no two CAs are the same. */
export function worldIssuer(): Issuer {
  let authorities = 0;
  return {
    createAuthority: (name, validity) => {
      authorities += 1;
      const key = `${authorities} ${JSON.stringify([name, validity])}`;
      return once(key, () => issuer.createAuthority(name, validity));
    },
    issueLeaf: (wish, authority) =>
      once(JSON.stringify([wish, authority.certificate]), () => issuer.issueLeaf(wish, authority)),
  };
}
