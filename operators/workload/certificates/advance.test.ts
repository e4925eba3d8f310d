import assert from 'node:assert/strict';
import type { KeyPair } from '../../tls/issue.ts';
import { type Advance, advance } from './advance.ts';
import type { AuthorityRecord } from './secrets.ts';

function pair(name: string): KeyPair {
  return { certificate: name, key: `key of ${name}` };
}

const [one, two, three] = [pair('one'), pair('two'), pair('three')];

describe('a step by which a CA takes the place of another', () => {
  const table: [Advance, AuthorityRecord, AuthorityRecord][] = [
    ['Introduce', { signer: one }, { signer: one, next: three }],
    ['Switch', { signer: one, next: two }, { signer: two, former: ['one'] }],
    ['Retire', { signer: two, former: ['one'] }, { signer: two }],
  ];
  for (const [step, from, to] of table) {
    it(`${step} does its part`, async () => assert.deepEqual(await advance(step, from, async () => three), to));
  }

  const late: [Advance, AuthorityRecord][] = [
    ['Introduce', { signer: one, next: two }],
    ['Introduce', { signer: two, former: ['one'] }],
    ['Switch', { signer: two, former: ['one'] }],
    ['Retire', { signer: one, next: two }],
  ];
  for (const [step, record] of late) {
    it(`${step} changes nothing where it does not fit: ${Object.keys(record).join(', ')}`, async () =>
      assert.deepEqual(await advance(step, record, async () => three), record));
  }
});
