import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createOutput, printable, tableLines } from './output.ts';
import { recordedStreams } from './testing/context.ts';

describe('tables', () => {
  it('have columns as wide as their widest cell, and no space at the end', () => {
    const lines = tableLines(
      ['NAME', 'READY', 'PLAN'],
      [
        ['orders', 'True', ''],
        ['a', '', 'deploy InProgress 1/3'],
      ],
    );
    assert.deepEqual(lines, ['NAME     READY   PLAN', 'orders   True    -', 'a        -       deploy InProgress 1/3']);
  });

  it('are nothing without rows', () => assert.deepEqual(tableLines(['NAME'], []), []));

  it('keep a row on one line', () => assert.deepEqual(tableLines(['A'], [['one\ntwo']]), ['A', 'one two']));

  it('have one line for each row, whatever is in it', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '-', '\n', '\t', '\u001b') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        assert.equal(tableLines(['A', 'B', 'C'], rows).length, rows.length + 1);
      }),
    );
  });
});

describe('text', () => {
  it('cannot move the cursor of who reads it', () => {
    assert.equal(printable('log: \u001b[2Jgone\r\u0007 \u009b1A\ttab'), 'log:  [2Jgone    1A tab');
  });

  it('keeps its lines and its letters', () => assert.equal(printable('├─ größer\nnext'), '├─ größer\nnext'));
});

describe('show', () => {
  const value = { name: 'orders', list: [1] };
  const table: ['text' | 'json' | 'yaml', string][] = [
    ['text', 'in words\n'],
    ['json', '{\n  "name": "orders",\n  "list": [\n    1\n  ]\n}\n'],
    ['yaml', 'name: orders\nlist:\n  - 1\n'],
  ];
  for (const [format, expected] of table) {
    it(`writes ${format}`, () => {
      const { streams, written } = recordedStreams();
      const out = createOutput(streams, format);
      out.show(value, () => out.line('in words'));
      assert.deepEqual(written, { out: expected, err: '' });
    });
  }
});

describe('draw', () => {
  it('takes the place of what was drawn on a terminal', () => {
    const { streams, written } = recordedStreams({ columns: 80, rows: 24 });
    const out = createOutput(streams, 'text');
    for (const picture of ['a\nb', 'a\nb', 'c']) out.draw(picture);
    assert.equal(written.out, 'a\nb\n\u001b[2A\u001b[Jc\n');
  });

  it('writes below each other elsewhere, what differs', () => {
    const { streams, written } = recordedStreams();
    const out = createOutput(streams, 'text');
    for (const picture of ['a', 'a', 'b']) out.draw(picture);
    assert.equal(written.out, 'a\nb\n');
  });

  const fits: [string, string, string][] = [
    ['wraps what is wider than the terminal', 'abcdefgh\n2', 'abcde\nfgh\n2\n'],
    ['cuts what is higher than the terminal', '1\n2\n3\n4\n5', '1\n2\n… 3 more lines\n'],
    ['keeps what just fits', 'abcde\n\n3', 'abcde\n\n3\n'],
  ];
  for (const [name, picture, expected] of fits) {
    it(`${name}, or the cursor would not find its way back`, () => {
      const { streams, written } = recordedStreams({ columns: 6, rows: 4 });
      createOutput(streams, 'text').draw(picture);
      assert.equal(written.out, expected);
    });
  }
});
