import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claimOf } from '../workload/testing/objects.ts';
import { serviceOf } from '../workload/testing/services.ts';
import {
  assignNodeIds,
  clusterIdAnnotation,
  initialDirectoryId,
  newClusterId,
  nodeIdRange,
  recordedClusterId,
} from './ids.ts';

const poolNames: fc.Arbitrary<string[]> = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), {
  maxLength: 6,
});
/** Earlier assignments: disjoint ranges of pools that may or may not be there now. */
const recordedStarts = fc
  .tuple(poolNames, fc.uniqueArray(fc.integer({ min: 0, max: 8 }), { minLength: 6, maxLength: 6 }))
  .map(([pools, ranges]) => new Map(pools.map((pool, index) => [pool, (ranges[index] ?? 0) * nodeIdRange])));

describe('ids', () => {
  it('are as Kafka prints them, and never look like an option', () =>
    fc.assert(
      fc.property(fc.uuid(), fc.nat(5000), (uid, nodeId) => {
        const cluster = newClusterId(uid);
        for (const id of [cluster, initialDirectoryId(cluster, nodeId)]) {
          assert.match(id, /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
          assert.equal(Buffer.from(id, 'base64url').length, 16);
        }
      }),
      { numRuns: 1000 },
    ));

  it('are the same each time, and differ by service, member and use', () => {
    const cluster = newClusterId('uid-1');
    assert.equal(cluster, newClusterId('uid-1'));
    assert.equal(initialDirectoryId(cluster, 0), initialDirectoryId(cluster, 0));
    const all = [cluster, newClusterId('uid-2'), ...[0, 1, 2].map((id) => initialDirectoryId(cluster, id))];
    assert.equal(new Set([...all, initialDirectoryId(newClusterId('uid-2'), 0)]).size, all.length + 1);
  });

  it('never change from one version of Stateward to the next', () => {
    // A crash in the middle of an upgrade of the operator must not found a second quorum.
    assert.equal(newClusterId('5a9b1c1e-0000-4000-8000-000000000001'), 'P1cifwlVLJwXaPpiJh1Etg');
    assert.equal(initialDirectoryId('P1cifwlVLJwXaPpiJh1Etg', 1000), 'InlmRPkWVXcaAm6siJU1Pw');
  });

  it('are read back from volumes', () => {
    const service = serviceOf();
    const marked = claimOf('b', service, { annotations: { [clusterIdAnnotation]: 'id' } });
    assert.equal(recordedClusterId([claimOf('a', service), marked]), 'id');
    assert.equal(recordedClusterId([claimOf('a', service)]), undefined);
    assert.equal(recordedClusterId([]), undefined);
  });
});

describe('node ids', () => {
  const table: [string, string[], Record<string, number>, Record<string, number>][] = [
    ['begin at 0', ['a'], {}, { a: 0 }],
    ['follow the order of new pools', ['b', 'a'], {}, { b: 0, a: 1000 }],
    ['stay what they were', ['a', 'b'], { b: 0, a: 1000 }, { a: 1000, b: 0 }],
    ['fill the lowest gap', ['a', 'b', 'c'], { a: 0, c: 2000 }, { a: 0, b: 1000, c: 2000 }],
    ['avoid those of pools that are gone', ['b'], { a: 0 }, { b: 1000 }],
  ];
  for (const [name, pools, recorded, expected] of table) {
    it(name, () => {
      assert.deepEqual(Object.fromEntries(assignNodeIds(pools, new Map(Object.entries(recorded)))), expected);
    });
  }

  it('are disjoint, keep what is recorded, and name exactly the pools', () =>
    fc.assert(
      fc.property(poolNames, recordedStarts, (pools, recorded) => {
        const assigned = assignNodeIds(pools, recorded);
        assert.deepEqual([...assigned.keys()], pools);
        for (const [pool, start] of assigned) {
          assert.equal(start % nodeIdRange, 0);
          assert.equal(start, recorded.get(pool) ?? start);
          const others = new Map<string, number>([...recorded, ...assigned]);
          others.delete(pool);
          assert.ok(![...others.values()].includes(start), `${pool} shares ${start}`);
        }
      }),
    ));

  it('do not change when they are recorded and the pools are put in another order', () =>
    fc.assert(
      fc.property(poolNames, recordedStarts, (pools, recorded) => {
        const assigned = assignNodeIds(pools, recorded);
        const again = assignNodeIds(pools.toReversed(), new Map([...recorded, ...assigned]));
        assert.deepEqual(new Map(again), new Map(assigned));
      }),
    ));
});
