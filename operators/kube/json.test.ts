import assert from 'node:assert/strict';
import { canonicalJson, deepFreeze, isDeeper } from './json.ts';

describe('json', () => {
  it('writes the same text whatever the order of keys', () => {
    assert.equal(canonicalJson({ b: [{ d: 1, c: undefined }], a: null }), '{"a":null,"b":[{"d":1}]}');
    assert.equal(canonicalJson({ x: { b: 1, a: 2 } }), canonicalJson({ x: { a: 2, b: 1 } }));
    assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
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
