import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jaasText } from './jaas.ts';

/** As `java.io.StreamTokenizer` reads what stands in quotes. */
function optionsOf(text: string): Record<string, string> {
  const option = / (\w+)="((?:\\.|[^"\\\r\n])*)"/g;
  assert.equal(text.replace(option, ''), 'org.example.Module required;');
  const plain = (value: string): string =>
    value.replace(/\\(.)/g, (_, unit: string) => ({ n: '\n', r: '\r' })[unit] ?? unit);
  return Object.fromEntries([...text.matchAll(option)].map(([, name = '', value = '']) => [name, plain(value)]));
}

describe('a login of JAAS', () => {
  it('has the options that were given, whatever is in them', () => {
    const odd = fc.constantFrom('"', '\\', '\n', '\r\n', '\\n', '";', 'a" b="c');
    const anything = fc.oneof(
      fc.stringMatching(/^[ -~]{0,40}$/),
      fc.array(odd).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anything, anything, (username, password) =>
        assert.deepEqual(optionsOf(jaasText('org.example.Module', { username, password })), { username, password }),
      ),
    );
  });

  it('needs no options', () => assert.equal(jaasText('org.example.Module'), 'org.example.Module required;'));
});
