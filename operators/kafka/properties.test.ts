import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jaasText, propertiesText } from './properties.ts';
import { javaProperties } from './testing/java-properties.ts';

const key = fc.stringMatching(/^[a-z][a-z.]{0,20}$/);
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '\n', 'a\nb=c', '\\', '\\u0041', '#x', '!x', 'a=b', ' a ', '${env:HOME}', '\u2028', '"'),
);

describe('properties', () => {
  it('say what was given, whatever it is, and nothing else', () => {
    fc.assert(
      fc.property(fc.dictionary(key, anything), (entries) => {
        assert.deepEqual(Object.fromEntries(javaProperties(propertiesText(entries))), { ...entries });
      }),
    );
  });
});

/** As `java.io.StreamTokenizer` reads what stands in quotes. */
function optionsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/ (\w+)="((?:\\.|[^"\\])*)"/gs)];
  assert.equal(text.replace(/ (\w+)="((?:\\.|[^"\\])*)"/gs, ''), 'org.example.Module required;');
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value.replace(/\\(.)/gs, '$1')]));
}

describe('a login of JAAS', () => {
  it('has the options that were given, whatever is in them', () => {
    const printable = fc.stringMatching(/^[ -~]{0,40}$/);
    fc.assert(
      fc.property(printable, printable, (username, password) =>
        assert.deepEqual(optionsOf(jaasText('org.example.Module', { username, password })), { username, password }),
      ),
    );
  });

  it('needs no options', () => assert.equal(jaasText('org.example.Module'), 'org.example.Module required;'));
});
