import assert from 'node:assert/strict';
import { podOf } from '../../../workload/testing/objects.ts';
import type { Facts } from '../facts.ts';
import { factsOf, forbidden, lease, operatorPod, read, shown } from '../testing/facts.ts';
import { operatorRuns } from './operator.ts';

const image = { name: 'operator', image: 'x', imageID: '', ready: false, restartCount: 0 };
const noImage = podOf('stateward-1', {
  node: 'node-a',
  containers: [{ ...image, state: { waiting: { reason: 'ImagePullBackOff' } } }],
});

describe('operatorRuns', () => {
  const table: [string, Partial<Facts>, string[]][] = [
    [
      'takes a lease that is renewed',
      {},
      ['PASS stateward-1 leads, by lease stateward-system/stateward, renewed 3s ago'],
    ],
    [
      'bears a clock that is ahead or behind by some seconds',
      { leases: read(lease(-20)) },
      ['PASS stateward-1 leads, by lease stateward-system/stateward, renewed 0s ago'],
    ],
    [
      'finds a lease that nobody renews, and how its pod is',
      { leases: read(lease(300)), operators: read(operatorPod({}, noImage)) },
      [
        'FAIL no operator leads: lease stateward-system/stateward was last renewed 5m ago; stateward-1 is ImageError (image of operator: ImagePullBackOff) => see kubectl -n stateward-system logs stateward-1',
      ],
    ],
    [
      'finds a lease that was given back',
      { leases: read(lease(1, '')) },
      [
        'FAIL no operator leads: lease stateward-system/stateward has no holder; stateward-1 is Ready => see kubectl -n stateward-system logs stateward-1',
      ],
    ],
    [
      'does not take the lease of something else in the same namespace',
      { leases: read(lease(1, 'other', 'other')) },
      ['FAIL no operator leads: stateward-1 is Ready => see kubectl -n stateward-system logs stateward-1'],
    ],
    [
      'finds that nothing is installed',
      { operators: read(), leases: read(lease(1, 'node-a', 'node-a')) },
      ['FAIL there is no operator in any namespace => install it: helm install stateward charts/stateward'],
    ],
    [
      'takes an operator outside of the cluster by its lease',
      { operators: read() },
      ['PASS stateward-1 leads, by lease stateward-system/stateward, renewed 3s ago'],
    ],
    [
      'finds an operator of other namespaces',
      { operators: read(operatorPod({ STATEWARD_NAMESPACES: 'shop, bank' })) },
      [
        'FAIL the operator in stateward-system serves shop, bank only => add ns to watchNamespaces of the chart in stateward-system',
      ],
    ],
    [
      'takes one of several namespaces',
      { operators: read(operatorPod({ STATEWARD_NAMESPACES: 'shop,ns' })) },
      ['PASS stateward-1 leads, by lease stateward-system/stateward, renewed 3s ago'],
    ],
    [
      'takes one that runs without an election',
      { operators: read(operatorPod({ STATEWARD_LEADER_ELECTION: 'false' })), leases: read() },
      ['PASS stateward-1 runs, without an election'],
    ],
    [
      'takes a lease of another name where the pods say so',
      { operators: read(operatorPod({ STATEWARD_LEASE_NAME: 'mine' })), leases: read(lease(3, 'x', 'mine')) },
      ['PASS x leads, by lease stateward-system/mine, renewed 3s ago'],
    ],
    [
      'does not know what it may not read',
      { leases: forbidden('listing leases') },
      ['UNKNOWN whether it runs is not to be seen: listing leases is forbidden'],
    ],
  ];
  for (const [name, parts, expected] of table) {
    it(name, () => assert.deepEqual(shown(operatorRuns(factsOf(parts))), expected));
  }
});
