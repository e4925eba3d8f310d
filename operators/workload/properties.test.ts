import assert from 'node:assert/strict';
import fc from 'fast-check';
import { propertiesText } from './properties.ts';
import { javaProperties } from './testing/java-properties.ts';

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '\n',
    'a\nb=c',
    '\\',
    '\\u0041',
    '#x',
    '!x',
    'a=b',
    'a:b',
    ' a ',
    '${env:HOME}',
    '\u2028',
    '"',
  ),
);

describe('properties', () => {
  it('say what was given, whatever it is, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anything, anything)), (pairs) => {
        const entries = new Map(pairs);
        assert.deepEqual(javaProperties(propertiesText(Object.fromEntries(entries))), new Map([...entries].sort()));
      }),
    );
  });

  it('are as plain as what they say', () =>
    assert.equal(propertiesText({ dc: 'dc1', 'log.dirs': '/a,/b' }), 'dc=dc1\nlog.dirs=/a,/b\n'));
});
