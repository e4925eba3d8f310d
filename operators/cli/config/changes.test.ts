import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../kube/json.ts';
import { changedFields } from './changes.ts';

describe('changedFields', () => {
  const table: [string, unknown, unknown, string[]][] = [
    ['finds nothing in the same content', { a: 1, b: [2] }, { b: [2], a: 1 }, []],
    ['names the deepest field', { a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, ['a.b.c']],
    ['names a field that came and one that went', { a: 1 }, { b: 1 }, ['a', 'b']],
    ['names items of a list by their names', pools(['kafka', 3]), pools(['kafka', 5]), ['pools[kafka].replicas']],
    ['names an item that came', pools(['a', 1]), pools(['a', 1], ['b', 1]), ['pools[b]']],
    ['names a list whose items only changed places', pools(['a', 1], ['b', 1]), pools(['b', 1], ['a', 1]), ['pools']],
    ['names a list without named items as a whole', { a: [1, 2] }, { a: [1, 3] }, ['a']],
    ['names a field that became something else', { a: { b: 1 } }, { a: 'b' }, ['a']],
  ];
  for (const [name, before, after, expected] of table) {
    it(name, () => assert.deepEqual(changedFields(before, after), expected));
  }

  it('finds something exactly where there is a difference', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        assert.equal(changedFields(one, other).length > 0, canonicalJson(one) !== canonicalJson(other));
      }),
    );
  });
});

function pools(...items: [string, number][]): object {
  return { pools: items.map(([name, replicas]) => ({ name, replicas })) };
}
