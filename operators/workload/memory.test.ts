import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mebibyte } from './bytes.ts';
import { type HeapRule, heapFor } from './memory.ts';

const mi = (count: number): bigint => BigInt(count) * mebibyte;
const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** Half of the limit, at most 6 GiB; a quarter of it goes to other things. */
const rule: HeapRule = { derive: (limit) => smaller(limit / 2n, mi(6144)), minimum: mi(256), overhead: mi(384) };

function heap(limit: string, given?: string): string {
  const found = heapFor(rule, limit, given, 'spec');
  return found.ok ? `${found.bytes / mebibyte}Mi` : found.rejection.message;
}

describe('the heap', () => {
  const table: [string, string | undefined, string | RegExp][] = [
    ['2Gi', undefined, '1024Mi'],
    ['768Mi', undefined, '384Mi'],
    ['32Gi', undefined, '6144Mi'],
    ['2Gi', '1Gi', '1024Mi'],
    ['640Mi', '256Mi', '256Mi'],
    ['1408Mi', '1Gi', '1024Mi'],
    [
      '400Mi',
      undefined,
      /^spec: a memory limit of 400Mi leaves a heap of 200Mi; raise resources.limits.memory to 768Mi or more/,
    ],
    [
      '700Mi',
      undefined,
      /^spec: a memory limit of 700Mi leaves a heap of 350Mi; raise resources.limits.memory to 768Mi or more/,
    ],
    ['4Gi', '128Mi', /^spec: a heap of 128Mi is below the 256Mi that the process needs; raise jvm.heap$/],
    [
      '1407Mi',
      '1Gi',
      /do not fit in the memory limit 1407Mi; raise resources.limits.memory to 1408Mi or lower jvm.heap$/,
    ],
  ];
  for (const [limit, given, expected] of table) {
    it(`in ${limit}${given === undefined ? '' : `, given as ${given}`}`, () =>
      expected instanceof RegExp
        ? assert.match(heap(limit, given), expected)
        : assert.equal(heap(limit, given), expected));
  }

  it('always fits, and is refused with an advice that works', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.option(fc.integer({ min: 256, max: 20_000 }), { nil: undefined }),
        (limit, wanted) => {
          const given = wanted === undefined ? undefined : `${wanted}Mi`;
          const found = heapFor(rule, `${limit}Mi`, given, 'spec');
          if (found.ok) return assert.ok(found.bytes >= rule.minimum && found.bytes + rule.overhead <= mi(limit));
          const advice = /memory to (\d+Mi)/.exec(found.rejection.message)?.[1];
          assert.ok(advice !== undefined && heapFor(rule, advice, given, 'spec').ok, found.rejection.message);
          assert.equal(found.rejection.reason, 'MemoryTooSmall');
        },
      ),
    ));
});
