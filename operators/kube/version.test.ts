import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareVersions, newest } from './version.ts';

describe('version', () => {
  it('orders as the numbers do', () => {
    const version = fc.bigInt({ min: 0n, max: 2n ** 64n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        assert.equal(Math.sign(compareVersions(String(a), String(b))), a === b ? 0 : a < b ? -1 : 1);
        assert.equal(newest(String(a), String(b)), [b, a].find((v) => v >= a && v >= b)?.toString());
      }),
    );
  });
});
