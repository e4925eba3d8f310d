import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseSeeds } from './seeds.ts';

type Order = { pod: string; rack: string }[];

function order(...racks: string[]): Order {
  const seen: Record<string, number> = {};
  return racks.map((rack) => {
    const ordinal = seen[rack] ?? 0;
    seen[rack] = ordinal + 1;
    return { pod: `${rack}-${ordinal}`, rack };
  });
}

const anyOrder = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 12 })
  .map((racks) => order(...racks));
const some = anyOrder.chain((members) =>
  fc.tuple(
    fc.constant(members),
    fc.subarray(
      members.map(({ pod }) => pod),
      { minLength: 1 },
    ),
  ),
);

describe('seeds', () => {
  const table: [string, Order, string[], string[]][] = [
    ['are the first member alone at the start', order('a', 'b', 'c'), [], ['a-0']],
    ['are nobody where there is nobody', [], [], []],
    ['are only those who have joined', order('a', 'b', 'c'), ['b-0'], ['b-0']],
    [
      'are of distinct racks',
      order('a', 'b', 'c', 'a', 'b', 'c'),
      ['a-0', 'a-1', 'b-0', 'b-1', 'c-1'],
      ['a-0', 'b-0', 'c-1'],
    ],
    [
      'are of the same rack where there are no others',
      order('a', 'a', 'b', 'a'),
      ['a-0', 'a-1', 'a-2', 'b-0'],
      ['a-0', 'b-0', 'a-1'],
    ],
    ['are three at most', order('a', 'b', 'c', 'd'), ['a-0', 'b-0', 'c-0', 'd-0'], ['a-0', 'b-0', 'c-0']],
    ['are no strangers', order('a'), ['x-9'], ['a-0']],
  ];
  for (const [name, members, joined, expected] of table)
    it(name, () => assert.deepEqual(chooseSeeds(members, joined), expected));

  it('are as many as there can be, of as many racks as there can be, and have all joined', () =>
    fc.assert(
      fc.property(some, ([members, joined]) => {
        const seeds = chooseSeeds(members, joined);
        const rackOf = new Map(members.map(({ pod, rack }) => [pod, rack]));
        const racks = (pods: string[]): number => new Set(pods.map((pod) => rackOf.get(pod))).size;
        assert.equal(new Set(seeds).size, Math.min(3, joined.length));
        assert.ok(seeds.every((pod) => joined.includes(pod)));
        assert.equal(racks(seeds), Math.min(3, racks(joined)));
      }),
    ));

  it('do not depend on the order in which members are told of', () =>
    fc.assert(
      fc.property(some, ([members, joined]) =>
        assert.deepEqual(chooseSeeds(members, joined.toReversed()), chooseSeeds(members, joined)),
      ),
    ));
});
