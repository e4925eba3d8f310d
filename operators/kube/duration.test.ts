import assert from 'node:assert/strict';
import { durationMs } from './duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('durationMs', () => {
  const table: [string, number | undefined][] = [
    ['90s', 90 * second],
    ['30m', 30 * minute],
    ['4h', 4 * hour],
    ['2h30m', 150 * minute],
    ['1h1m1s', hour + minute + second],
    ['0s', 0],
    ['', undefined],
    ['4', undefined],
    ['h', undefined],
    ['30m2h', undefined],
    ['-1h', undefined],
    ['1.5h', undefined],
    ['4 h', undefined],
  ];
  for (const [text, expected] of table) {
    it(`reads ${JSON.stringify(text)} as ${expected}`, () => assert.equal(durationMs(text), expected));
  }
});
