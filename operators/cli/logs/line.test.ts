import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readLogLine } from './line.ts';

describe('readLogLine', () => {
  const second = BigInt(Date.UTC(2030, 0, 1)) * 1_000_000n;
  const table: [string, string, [bigint, string, string]][] = [
    [
      'reads time and text',
      '2030-01-01T00:00:00.000000012Z a  b',
      [second + 12n, '2030-01-01T00:00:00.000000012Z', 'a  b'],
    ],
    ['reads a time zone', '2030-01-01T02:00:00.5+02:00 x', [second + 500_000_000n, '2030-01-01T02:00:00.5+02:00', 'x']],
    ['reads an empty line', '2030-01-01T00:00:00Z', [second, '2030-01-01T00:00:00Z', '']],
    ['reads a line of spaces', '2030-01-01T00:00:00Z   ', [second, '2030-01-01T00:00:00Z', '  ']],
    ['leaves a line without a time as it is', 'no 2030-01-01T00:00:00Z here', [0n, '', 'no 2030-01-01T00:00:00Z here']],
  ];
  for (const [name, line, [time, stamp, text]] of table) {
    it(name, () => assert.deepEqual(readLogLine(line), { time, stamp, text }));
  }

  it('keeps every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(readLogLine(`2030-01-01T00:00:00.123456789Z ${text}`).text, text);
      }),
    );
  });
});
