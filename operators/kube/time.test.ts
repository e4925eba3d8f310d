import assert from 'node:assert/strict';
import { microTime } from './time.ts';

describe('time', () => {
  it('has exactly six fraction digits', () => {
    assert.equal(microTime(Date.UTC(2030, 0, 2, 3, 4, 5, 67)), '2030-01-02T03:04:05.067000Z');
    assert.equal(microTime(0), '1970-01-01T00:00:00.000000Z');
  });
});
