import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson, deepFreeze, isDeeper, isRecord } from './json.ts';

/** What hashes on running services were made of: by any other text they would all look changed. */
function byReplacer(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

describe('json', () => {
  it('writes the same text whatever the order of keys', () => {
    assert.equal(canonicalJson({ b: [{ d: 1, c: undefined }], a: null }), '{"a":null,"b":[{"d":1}]}');
    assert.equal(canonicalJson({ x: { b: 1, a: 2 } }), canonicalJson({ x: { a: 2, b: 1 } }));
    assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
  });

  it('writes the text that hashes were made of before, whatever the keys', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', '10', '9', 'toString'));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.array(tie('value')), tie('record')),
      record: fc.dictionary(key, tie('value'), { noNullPrototype: false }),
    }));
    fc.assert(fc.property(value, (any) => assert.equal(canonicalJson(any), byReplacer(any))));
  });

  it('knows how deep a value is, however deep it is', () => {
    assert.deepEqual(
      [1, [], { a: [] }, { a: [{}] }].map((value) => isDeeper(value, 2)),
      [false, false, false, true],
    );
    assert.ok(isDeeper(JSON.parse(`${'['.repeat(9000)}${']'.repeat(9000)}`), 100));
  });

  it('freezes all the way down', () => {
    const value = deepFreeze({ a: [{ b: 1 }] });
    assert.throws(() => value.a.push({ b: 2 }), TypeError);
    assert.throws(() => Object.assign(value.a[0] ?? {}, { b: 2 }), TypeError);
  });
});
