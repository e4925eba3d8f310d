import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createSecureContext, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { createAuthority, type Issuer, issuer, type KeyPair } from '../../tls/issue.ts';
import { foreignAuthority } from '../../tls/testing/authorities.ts';
import { type Access, Identities, trustOf } from './access.ts';
import type { AuthorityRecord } from './secrets.ts';

const hour = 3_600_000;
const now = Date.now();
const validity = { notBefore: new Date(now - hour), notAfter: new Date(now + 100 * hour) };

/** Says how often it was asked, and fails the first so many times. */
function counting(failures: number) {
  let asked = 0;
  const issueLeaf: Issuer['issueLeaf'] = async (...wish) => {
    asked += 1;
    if (asked <= failures) throw new Error('out of memory');
    return issuer.issueLeaf(...wish);
  };
  return { identities: new Identities({ ...issuer, issueLeaf }), asked: () => asked };
}

describe("the operator's own certificate", () => {
  it('is made once, and anew when half of its life is over', async () => {
    const record = { signer: await createAuthority('demo.ns', validity) };
    const { identities, asked } = counting(0);
    for (const at of [0, hour, 11 * hour, 13 * hour, 14 * hour]) await identities.access(record, now + at);
    assert.equal(asked(), 2);
  });

  it('is asked for again where it could not be made', async () => {
    const record = { signer: await createAuthority('demo.ns', validity) };
    const { identities } = counting(1);
    await assert.rejects(identities.access(record, now), /out of memory/);
    assert.ok(await identities.access(record, now));
  });
});

describe('the operator', () => {
  const identities = new Identities(issuer);
  let company: KeyPair;
  let below: KeyPair;
  let leaf: KeyPair;
  let record: AuthorityRecord;

  before(async () => {
    company = await foreignAuthority('company', validity);
    below = await foreignAuthority('below', validity, { signedBy: company });
    leaf = await issuer.issueLeaf(
      { name: 'member', role: 'stateward:member', dnsNames: ['member'], addresses: [], validity },
      company,
    );
    record = { signer: company, next: { ...below, since: now } };
  });

  /** By a member that trusts one CA, and nobody else for what that has signed. */
  async function isLetIn(access: Access | undefined, authority: KeyPair): Promise<boolean> {
    assert.ok(access);
    const { certificate: cert, key } = leaf;
    const context = createSecureContext({ cert, key, ...trustOf({ trusted: authority.certificate }) });
    // A server itself knows no option for a chain that ends below a root.
    const SNICallback: TlsOptions['SNICallback'] = (_, choose) => choose(null, context);
    const member = createServer({ SNICallback, requestCert: true, rejectUnauthorized: false });
    member.listen(0, '127.0.0.1');
    await once(member, 'listening');
    const { port } = member.address() as AddressInfo;
    const { certificate, key: own } = access.identity;
    const client = connect({ port, cert: certificate, key: own, servername: 'member', ...trustOf(access) });
    try {
      const [[socket]] = (await Promise.all([once(member, 'secureConnection'), once(client, 'secureConnect')])) as [
        [TLSSocket],
        unknown,
      ];
      return socket.authorized;
    } finally {
      client.destroy();
      member.close();
    }
  }

  it('comes by the next CA to whoever trusts that, and to nobody who trusts just the one above it', async () => {
    const access = await identities.accessByNext(record, now);
    assert.equal(await isLetIn(access, below), true);
    assert.equal(await isLetIn(access, company), false);
  });

  it('comes by the present CA', async () => {
    assert.equal(await isLetIn(await identities.access(record, now), company), true);
    assert.equal(await identities.accessByNext({ signer: company }, now), undefined);
  });
});
