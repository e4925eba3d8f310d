import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  compareQuantities,
  formatBytes,
  formatMilli,
  milliOf,
  parseQuantity,
  sameQuantity,
  unitsOf,
} from './quantity.ts';

describe('quantity', () => {
  it('reads every form that the API takes', () => {
    const bytes = {
      '1Gi': 2n ** 30n,
      '1.5Ki': 1536n,
      '2E': 2n * 10n ** 18n,
      '3e2': 300n,
      '1E3': 1000n,
      '.5k': 500n,
      '5.': 5n,
    };
    for (const [text, expected] of Object.entries(bytes)) assert.equal(unitsOf(text), expected, text);
    assert.equal(milliOf('250m'), 250n);
    assert.equal(milliOf(2), 2000n);
    assert.equal(parseQuantity('1n'), 1n);
    assert.equal(parseQuantity('-1u'), -1000n);
  });

  it('refuses everything else', () => {
    for (const text of ['', '.', '1ki', '1 Gi', 'Gi', '1e', '1.2.3', '0x1', '1KI', '١']) {
      assert.equal(parseQuantity(text), undefined, text);
    }
  });

  it('rounds up what is smaller than a step', () => {
    assert.equal(unitsOf('1m'), 1n);
    assert.equal(parseQuantity('0.0000000001'), 1n);
    assert.equal(unitsOf('-1500m'), -1n);
  });

  it('knows equal amounts in different clothes', () => {
    assert.ok(sameQuantity('1Gi', '1024Mi'));
    assert.ok(sameQuantity('1', '1000m'));
    assert.ok(!sameQuantity('1G', '1Gi'));
    assert.ok(!sameQuantity('x', 'x'));
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), (amount) => {
        assert.equal(unitsOf(formatBytes(amount)), amount);
        assert.equal(milliOf(formatMilli(amount)), amount);
      }),
    );
  });

  it('sorts as the numbers do', () => {
    const scale = fc.constantFrom<[string, bigint]>(
      ['Ki', 1024n],
      ['Mi', 2n ** 20n],
      ['k', 1000n],
      ['', 1n],
      ['G', 10n ** 9n],
    );
    const quantity = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), scale);
    fc.assert(
      fc.property(quantity, quantity, ([a, [aSuffix, aScale]], [b, [bSuffix, bScale]]) => {
        const expected = a * aScale === b * bScale ? 0 : a * aScale < b * bScale ? -1 : 1;
        assert.equal(compareQuantities(`${a}${aSuffix}`, `${b}${bSuffix}`), expected);
      }),
    );
  });
});
