import assert from 'node:assert/strict';
import type { KeyPair } from '../../tls/issue.ts';
import { type Advance, advance } from './advance.ts';
import type { AuthorityRecord } from './secrets.ts';

function pair(name: string): KeyPair {
  return { certificate: name, key: `key of ${name}` };
}

const [one, two, three] = [pair('one'), pair('two'), pair('three')];
const [next, made] = [
  { ...two, since: 7 },
  { ...three, since: 9 },
];
const given = { ...two, secret: 'corporate' };
const sources = { create: async () => three, now: 9 };

describe('a step by which a CA takes the place of another', () => {
  const table: [Advance, AuthorityRecord, AuthorityRecord][] = [
    ['Introduce', { signer: one, given }, { signer: one, given, next: made }],
    ['Withdraw', { signer: one, given, next }, { signer: one, given, former: ['two'] }],
    ['Withdraw', { signer: one, next, former: ['zero'] }, { signer: one, former: ['two', 'zero'] }],
    ['Switch', { signer: one, given, next }, { signer: two, given, former: ['one'] }],
    ['Retire', { signer: two, given, former: ['one'] }, { signer: two, given }],
  ];
  for (const [step, from, to] of table) {
    it(`${step} does its part: ${Object.keys(from).join(', ')}`, async () =>
      assert.deepEqual(await advance(step, from, sources), to));
  }

  const late: [Advance, AuthorityRecord][] = [
    ['Introduce', { signer: one, next }],
    ['Introduce', { signer: two, former: ['one'] }],
    ['Withdraw', { signer: two, former: ['one'] }],
    ['Switch', { signer: two, former: ['one'] }],
    ['Retire', { signer: one, next }],
  ];
  for (const [step, record] of late) {
    it(`${step} changes nothing where it does not fit: ${Object.keys(record).join(', ')}`, async () =>
      assert.deepEqual(await advance(step, record, sources), record));
  }
});
