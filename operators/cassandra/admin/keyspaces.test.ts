import assert from 'node:assert/strict';
import type { Keyspace } from './admin.ts';
import { keyspaceOf } from './keyspaces.ts';

const packageName = 'org.apache.cassandra.locator.';

describe('the replication of a keyspace', () => {
  const table: [string, object, Omit<Keyspace, 'name' | 'durableWrites'> | undefined][] = [
    [
      'is by datacenter',
      { class: `${packageName}NetworkTopologyStrategy`, dc1: '3', dc2: '1' },
      {
        strategy: 'NetworkTopologyStrategy',
        replication: new Map([
          ['dc1', 3],
          ['dc2', 1],
        ]),
      },
    ],
    [
      'counts transient replicas, too',
      { class: `${packageName}NetworkTopologyStrategy`, dc1: '3/1' },
      { strategy: 'NetworkTopologyStrategy', replication: new Map([['dc1', 3]]) },
    ],
    [
      'is that of the asked datacenter where the strategy knows none',
      { class: `${packageName}SimpleStrategy`, replication_factor: '2' },
      { strategy: 'SimpleStrategy', replication: new Map([['dc1', 2]]) },
    ],
    [
      'is open where only the strategy knows',
      { class: 'com.example.EverywhereStrategy', level: '3' },
      { strategy: 'EverywhereStrategy', replication: new Map() },
    ],
    ['is none where each member has its own', { class: `${packageName}LocalStrategy` }, undefined],
  ];
  for (const [what, replication, expected] of table) {
    it(what, () =>
      assert.deepEqual(
        keyspaceOf('k', replication, true, 'dc1'),
        expected === undefined ? undefined : { name: 'k', ...expected, durableWrites: true },
      ),
    );
  }
});
