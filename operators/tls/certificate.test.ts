import assert from 'node:assert/strict';
import { isKeyOf } from './certificate.ts';
import { canSign, createAuthority, type KeyPair } from './issue.ts';
import { foreignAuthority } from './testing/authorities.ts';

const validity = { notBefore: new Date('2026-01-01'), notAfter: new Date('2027-01-01') };

/** Answers are remembered: all are asked for twice, and each between others. */
const rounds = [1, 2];

describe('a private key', () => {
  let one: KeyPair;
  let other: KeyPair;
  let short: KeyPair;

  before(async () => {
    [one, other] = await Promise.all([createAuthority('demo', validity), createAuthority('demo', validity)]);
    short = await foreignAuthority('short', validity, { algorithm: 'ShortRsa' });
  });

  it('is that of one certificate and of no other', () => {
    for (const _ of rounds) {
      for (const [key, certificate, expected] of [
        [one.key, one.certificate, true],
        [one.key, other.certificate, false],
        [other.key, other.certificate, true],
        [other.key, one.certificate, false],
        ['', one.certificate, false],
        [one.key, '', false],
        [one.certificate, one.key, false],
        [`${one.key} `, one.certificate, true],
      ] as const)
        assert.equal(isKeyOf(key, certificate), expected);
    }
  });

  it('can sign if it is one that a CA is to have', () => {
    for (const _ of rounds)
      for (const [pair, expected] of [
        [one, true],
        [short, false],
        [other, true],
        [{ ...one, key: '' }, false],
        [{ ...one, key: one.certificate }, false],
        [{ ...one, certificate: '' }, false],
      ] as const)
        assert.equal(canSign(pair), expected);
  });
});
