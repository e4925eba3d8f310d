import assert from 'node:assert/strict';
import fc from 'fast-check';
import { authoritiesAbove, signsItself } from './chain.ts';
import type { KeyPair } from './issue.ts';
import { crossSigned, foreignAuthority } from './testing/authorities.ts';

const day = 86_400_000;
const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };

describe('the CAs above a CA', () => {
  let root: KeyPair;
  let stranger: KeyPair;
  let middle: string;
  let low: string;

  before(async () => {
    [root, stranger] = [await foreignAuthority('root', validity), await foreignAuthority('other', validity)];
    const between = await foreignAuthority('middle', validity, { signedBy: root });
    middle = between.certificate;
    low = (await foreignAuthority('low', validity, { signedBy: between })).certificate;
  });

  it('are found up to the root, in whatever order they are known', () => {
    const all = [root.certificate, middle, low, stranger.certificate];
    const known = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(fc.property(known, (some) => assert.deepEqual(authoritiesAbove(low, some), [middle, root.certificate])));
  });

  it('are none above one that signs itself', () => {
    assert.ok(signsItself(root.certificate));
    assert.deepEqual(authoritiesAbove(root.certificate, [root.certificate, stranger.certificate, middle]), []);
  });

  it('are those that are known', () => {
    assert.deepEqual(authoritiesAbove(low, [middle, stranger.certificate]), [middle]);
    assert.deepEqual(authoritiesAbove(low, [root.certificate]), []);
    assert.deepEqual(authoritiesAbove('nothing', ['nothing', root.certificate]), []);
  });

  it('end at the nearest root, and end where two have signed each other', async () => {
    const [one, other] = [await crossSigned(root, stranger), await crossSigned(stranger, root)];
    assert.deepEqual(authoritiesAbove(middle, [one, root.certificate]), [root.certificate]);
    assert.deepEqual(authoritiesAbove(middle, [one, stranger.certificate]), [one, stranger.certificate]);
    assert.deepEqual(authoritiesAbove(middle, [other, one, middle]), [one, other]);
  });
});
