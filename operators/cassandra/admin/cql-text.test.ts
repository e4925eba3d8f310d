import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identifier, literal, mapLiteral } from './cql-text.ts';

/** As Cassandra's lexer reads it (Lexer.g): up to the first mark that does not stand twice. */
function read(mark: string, text: string): { value: string; rest: string } {
  assert.equal(text[0], mark);
  let value = '';
  for (let at = 1; at < text.length; at++) {
    if (text[at] !== mark) value += text[at];
    else if (text[at + 1] === mark) value += text[++at];
    else return { value, rest: text.slice(at + 1) };
  }
  assert.fail(`${text} does not end`);
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom("'", '"', '\\', ';', '--', '$$', '/*', '\n', '\0', 'a') }),
);

describe('text of CQL', () => {
  it('is one identifier, whatever the name is', () => {
    fc.assert(
      fc.property(hostile, hostile, (name, rest) => {
        fc.pre(!rest.startsWith('"'));
        assert.deepEqual(read('"', identifier(name) + rest), { value: name, rest });
      }),
    );
  });

  it('is one literal, whatever the text is', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, rest) => {
        fc.pre(!rest.startsWith("'"));
        assert.deepEqual(read("'", literal(text) + rest), { value: text, rest });
      }),
    );
  });

  it('is a map of literals', () => {
    const entries = [
      ['class', 'NetworkTopologyStrategy'],
      ["d'c", 3],
    ] as const;
    assert.equal(mapLiteral(entries), "{'class': 'NetworkTopologyStrategy', 'd''c': 3}");
  });
});
