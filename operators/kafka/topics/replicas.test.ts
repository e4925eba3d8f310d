import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Broker } from '../admin/admin.ts';
import { resized } from './replicas.ts';

const racks = ['a', 'b', 'c'] as const;
const broker = (nodeId: number, rack: string | undefined, fenced = false): Broker => ({ nodeId, rack, fenced });
const six = [0, 1, 2, 3, 4, 5].map((nodeId) => broker(nodeId, racks[nodeId % 3]));

function resizeOne(replicas: number[], copies: number, brokers: Broker[] = six, load: [number, number][] = []) {
  return resized('orders', [{ index: 0, replicas }], copies, brokers, new Map(load))?.map((move) => move.replicas);
}

describe('the copies of a partition', () => {
  const table: [string, number[], number, [number, number][], number[]][] = [
    ['come to racks that have none', [0], 3, [], [0, 1, 2]],
    [
      'come to brokers that have few',
      [0],
      2,
      [
        [1, 9],
        [2, 9],
        [4, 1],
        [5, 5],
      ],
      [0, 4],
    ],
    ['go from racks that have several', [0, 3, 1], 2, [], [0, 1]],
    ['go from brokers that have many', [0, 1, 2], 2, [[1, 9]], [0, 2]],
    ['never leave the preferred leader', [0, 3], 1, [[0, 9]], [0]],
  ];
  for (const [name, replicas, copies, load, expected] of table)
    it(name, () => assert.deepEqual(resizeOne(replicas, copies, six, load), [expected]));

  it('stay where they are as many as they should', () => assert.deepEqual(resizeOne([0, 1], 2), []));

  it('come to nobody that is fenced, nor twice to one', () => {
    const brokers = [broker(0, 'a'), broker(1, 'b', true)];
    assert.equal(resizeOne([0], 2, brokers), undefined);
  });

  it('are spread as evenly as they can be', () => {
    const partitions = Array.from({ length: 60 }, (_, index) => ({ index, replicas: [index % 6] }));
    const load = new Map([0, 1, 2, 3, 4, 5].map((nodeId) => [nodeId, 10]));
    const moves = resized('orders', partitions, 3, six, load) ?? [];
    const counts = [0, 1, 2, 3, 4, 5].map(
      (nodeId) => moves.filter(({ replicas }) => replicas?.includes(nodeId)).length,
    );
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join(' '));
    for (const { replicas = [] } of moves) assert.equal(new Set(replicas.map((nodeId) => nodeId % 3)).size, 3);
  });

  it('are as many as wanted, each once, and the first one stays', () => {
    const property = fc.property(
      fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 6 }),
      (replicas, copies) => {
        const [after = replicas] = resizeOne(replicas, copies) ?? [];
        assert.equal(new Set(after).size, copies);
        assert.equal(after[0], replicas[0]);
        const kept = replicas.filter((nodeId) => after.includes(nodeId)).length;
        assert.equal(kept, Math.min(replicas.length, copies));
      },
    );
    fc.assert(property);
  });
});
