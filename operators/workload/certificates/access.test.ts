import assert from 'node:assert/strict';
import { createAuthority, type Issuer, issuer } from '../../tls/issue.ts';
import { Identities } from './access.ts';

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
