import assert from 'node:assert/strict';
import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { javaAddress } from './address.ts';

function isSame(one: string, other: string): boolean {
  const family = (text: string) => (isIPv4(text) ? 'ipv4' : 'ipv6');
  const list = new BlockList();
  list.addAddress(one, family(one));
  return family(one) === family(other) && list.check(other, family(other));
}

describe('an address as Java writes it', () => {
  const table: [string, string | undefined][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['2001:DB8::00ff', '2001:db8:0:0:0:0:0:ff'],
    ['fd00:1:2:3:4:5:6:7', 'fd00:1:2:3:4:5:6:7'],
    ['64:ff9b::10.0.0.1', '64:ff9b:0:0:0:0:a00:1'],
    ['::ffff:10.0.0.1', undefined],
    ['fe80::1%eth0', undefined],
    ['10.0.0.0/8', undefined],
    ['10.0.0', undefined],
    ['010.0.0.1', undefined],
    ['dead.beef', undefined],
    ['*', undefined],
    ['', undefined],
  ];
  for (const [text, java] of table)
    it(`${text === '' ? 'nothing' : text}: ${java ?? 'is none'}`, () => assert.equal(javaAddress(text), java));

  it('is the same address, in one form', () =>
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const java = javaAddress(text);
        fc.pre(java !== undefined);
        assert.ok(isSame(text, java), `${text} became ${java}`);
        assert.equal(javaAddress(java), java);
      }),
    ));
});
