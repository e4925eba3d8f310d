import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Facts, MemberStatus } from './facts.ts';
import { memberSet } from './members/member-set.ts';
import { decommissioned, leavingMembers, type Scale, scaleOf, wantedOf } from './scale.ts';
import { claimOf, liveSet } from './testing/objects.ts';
import { factsOf, groupOf, operationOf, serviceOf } from './testing/services.ts';

const first = 1000;

function groupFor(replicas: number) {
  return groupOf({ replicas, firstOrdinal: first });
}

function nameOf(index: number): string {
  return `demo-kafka-${first + index}`;
}

function joined(...indexes: number[]): MemberStatus[] {
  return indexes.map((index) => ({ name: nameOf(index), group: 'kafka', ready: true, state: 'Ready', joined: true }));
}

interface World {
  joined?: number[];
  claims?: number[];
  retired?: number[];
  /** Of the StatefulSet that is there. */
  live?: number;
}

function factsFor({ joined: known = [], claims = [], retired = [], live }: World): Facts {
  const claim = (index: number, isRetired: boolean) =>
    claimOf(`data-${nameOf(index)}`, serviceOf(), { retired: isRetired });
  const set = memberSet(groupOf({ replicas: live ?? 0, firstOrdinal: first }));
  return factsOf(
    { members: joined(...known) },
    {
      claims: [...claims.map((index) => claim(index, false)), ...retired.map((index) => claim(index, true))],
      sets: live === undefined ? [] : [liveSet(set)],
    },
  );
}

describe('the places of a group', () => {
  const table: [string, number, World, Scale][] = [
    ['are those that are wanted at first', 3, {}, { pods: 3, members: 3 }],
    ['grow with what is wanted', 5, { joined: [0, 1, 2], claims: [0, 1, 2] }, { pods: 5, members: 5 }],
    ['stay for members that leave', 1, { joined: [0, 1, 2], claims: [0, 1, 2] }, { pods: 3, members: 3 }],
    ['go with the mark on the volume', 1, { joined: [0, 1, 2], claims: [0, 1], retired: [2] }, { pods: 2, members: 3 }],
    ['go at once where nobody has served', 1, { claims: [0, 1, 2] }, { pods: 1, members: 1 }],
    ['are none for retained volumes alone', 3, { joined: [0, 1, 2], retired: [3] }, { pods: 3, members: 3 }],
    [
      'end before a volume that has been left behind',
      4,
      { joined: [0, 1], claims: [0, 1], retired: [2] },
      { pods: 2, members: 4 },
    ],
    [
      'stay gone when the volumes are deleted, too',
      1,
      { joined: [0, 1], claims: [0], live: 1 },
      { pods: 1, members: 2 },
    ],
    [
      'stay for a member without volumes that runs',
      1,
      { joined: [0, 1], claims: [0], live: 2 },
      { pods: 2, members: 2 },
    ],
    ['may be none', 0, { joined: [0], retired: [0] }, { pods: 0, members: 1 }],
  ];
  for (const [what, wanted, world, expected] of table) {
    it(what, () => {
      assert.deepEqual(scaleOf(groupFor(wanted), factsFor(world)), expected);
    });
  }

  it('stay while one volume of a member is not marked', () => {
    const service = serviceOf();
    const claims = [
      claimOf(`data-${nameOf(1)}`, service, { retired: true }),
      claimOf(`logs-${nameOf(1)}`, service, { volume: 'logs' }),
    ];
    assert.deepEqual(scaleOf(groupFor(1), factsOf({ members: joined(0, 1) }, { claims })), { pods: 2, members: 2 });
  });

  it('are not touched by the volumes of another service or group', () => {
    const claims = [
      claimOf(`data-${nameOf(0)}`, serviceOf(), { owner: 'another', retired: true }),
      claimOf('data-demo-kafka-more-1000', serviceOf(), { retired: true }),
    ];
    assert.deepEqual(scaleOf(groupFor(2), factsOf({}, { claims })), { pods: 2, members: 2 });
  });

  it('never go while the volume of a member that served is not marked', () => {
    const indexes = fc.uniqueArray(fc.nat(5), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(6), indexes, indexes, (wanted, known, retired) => {
        const claims = known.filter((index) => !retired.includes(index));
        const { pods, members } = scaleOf(groupFor(wanted), factsFor({ joined: known, claims, retired }));
        const lowest = Math.min(...retired);
        for (const index of claims.filter((one) => one < lowest)) assert.ok(pods > index, `${index} of ${pods}`);
        assert.ok(pods <= lowest && members >= wanted && members >= pods);
      }),
    );
  });
});

describe('a member leaves', () => {
  const table: [string, number, World, number, boolean][] = [
    ['if it is one too many', 2, { joined: [0, 1, 2] }, 2, true],
    ['not if it is wanted', 2, { joined: [0, 1, 2] }, 1, false],
    ['also once its volume is marked and it is wanted again', 3, { joined: [0, 1, 2], retired: [2] }, 2, true],
    ['not again, once status has forgotten it', 3, { joined: [0, 1], retired: [2] }, 2, false],
  ];
  for (const [what, wanted, world, index, expected] of table) {
    it(what, () => {
      assert.equal(leavingMembers(groupFor(wanted), factsFor(world)).includes(nameOf(index)), expected);
    });
  }
});

describe('what is wanted of a stack', () => {
  it('ends before the first that was told to go', () => {
    assert.equal(wantedOf(['a', 'b', 'c', 'd'], ['d', 'c']), 2);
    assert.equal(wantedOf(['a', 'b'], ['x']), 2);
  });

  const targets = [{ name: 'demo-kafka-2' }];
  const table: [string, object, object, string[]][] = [
    [
      'is told by an operation that has begun',
      { type: 'Decommission' },
      { startedAt: 'then', targets },
      ['demo-kafka-2'],
    ],
    ['is told by none that waits', { type: 'Decommission' }, {}, []],
    ['is told by none that has ended', { type: 'Decommission' }, { targets, finishedAt: 'now' }, []],
    ['is told by no other operation', { type: 'Replace' }, { targets }, []],
  ];
  for (const [what, spec, status, expected] of table) {
    it(what, () => {
      assert.deepEqual(decommissioned(factsOf({}, { operations: [operationOf('x', { spec, status })] })), expected);
    });
  }
});
