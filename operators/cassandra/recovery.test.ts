import assert from 'node:assert/strict';
import { operationOf } from '../workload/testing/services.ts';
import type { CassandraMember } from './observe.ts';
import { cassandraFacts, joinedStatus, peerOf, published, wordOf } from './testing/cassandra.ts';
import { a, atGate, b, c, crashing, down, joining, known, plansOf, step, type World } from './testing/plan.ts';

describe('the recovery of a Cassandra service', () => {
  describe('recovers', () => {
    const recovery = (parts: Partial<CassandraMember>): string => step({ members: { [b]: parts } }, `${b}:[recover]`);
    const table: [string, Partial<CassandraMember>, string][] = [
      ['nobody who is NORMAL', known, 'no such step'],
      ['nobody who never served', joining, 'no such step'],
      ['who starts', down, 'MemberFailed InProgress: the process starts'],
      ['who is ready and not NORMAL', { joined: true, word: wordOf('DRAINED') }, 'MemberFailed InProgress: is DRAINED'],
      ['who crashes', { ...down, report: crashing }, 'MemberFailed Error: cassandra ended with exit code 1'],
      [
        'who waits for a corrected template',
        { ...down, report: crashing, outdated: 'Spec' },
        `MemberFailed Due {"kind":"ReplacePod","pod":"${b}","uid":"uid-${b}"}: replaces a pod that serves nobody: cassandra ended with exit code 1`,
      ],
      [
        'who has lost its data',
        { ...atGate, joined: true, recordedHostId: 'h' },
        'MemberFailed Error: its volume is empty, although host h had its data there; it must be replaced, and nothing is started in its place',
      ],
      [
        'who has lost its volume',
        { ...atGate, joined: true },
        'MemberFailed Error: its volume is empty, although the member had its data there; it must be replaced, and nothing is started in its place',
      ],
    ];
    for (const [name, parts, expected] of table) it(name, () => assert.equal(recovery(parts), expected));
  });

  it('leads to the revision of the spec, and back to where it was', () =>
    assert.deepEqual(
      plansOf({ members: { [b]: down } }).map(({ name, revision }) => [name, revision]),
      [
        ['deploy', 'rev-1'],
        ['recovery', 'recovery'],
      ],
    ));

  describe('lets a member that is built anew take the place of its host', () => {
    const startedAt = '2026-01-01T00:30:00Z';
    const replacing = (parts: object = {}) =>
      operationOf('replace-b', {
        spec: { type: 'Replace', members: [b] },
        status: { startedAt, targets: [{ name: b, pod: 'old-pod', claims: ['old-claim'] }], ...parts },
      });
    const factsWith = (operation = replacing(), hostId = 'h7') => {
      const shown = joinedStatus(a, b, c).map((member) =>
        member.name === b && hostId !== '' ? { ...member, hostId } : member,
      );
      return cassandraFacts({ members: shown, endpoints: published }, { operations: [operation] });
    };
    const seen = (...peers: ReturnType<typeof peerOf>[]): Partial<CassandraMember> => ({
      joined: true,
      word: { ...wordOf('NORMAL', 'host'), peers },
    });
    const away = peerOf('h7', { alive: false });
    const before = peerOf('h7', { alive: false, address: '10.0.1.6' });
    const rebuilt: Partial<CassandraMember> = { ...atGate, joined: true };
    const lost =
      'Error: its volume is empty, although the member had its data there; it must be replaced, and nothing is started in its place';
    const granted = `Due {"kind":"Grant","pod":"${b}","uid":"uid-${b}","mode":"Replace:10.0.1.7"}: takes the place of host h7 at 10.0.1.7`;
    const table: [string, World, string][] = [
      ['once all its peers see that host down', { members: { [a]: seen(away), [c]: seen(away) } }, granted],
      [
        'at the address under which one of them knows that host',
        { members: { [a]: seen(), [c]: seen(away) } },
        granted,
      ],
      [
        'at its last address, also where one of them remembers an earlier one',
        { members: { [a]: seen(before, { ...away, generation: 2 }), [c]: seen({ ...away, generation: 2 }) } },
        granted,
      ],
      [
        'not while one of them sees that host alive',
        { members: { [a]: seen(away), [c]: seen(peerOf('h7')) } },
        'InProgress: waits until its peers see h7 down',
      ],
      [
        'not where nobody knows that host',
        { members: { [a]: seen(peerOf('h1')), [c]: seen() } },
        'Error: no peer knows the host h7 that it is to take the place of',
      ],
      [
        'not where nobody answers',
        { members: { [a]: down, [c]: down } },
        'Error: no peer knows the host h7 that it is to take the place of',
      ],
      [
        'not of a host that was never recorded',
        { members: { [a]: seen(away), [c]: seen(away) }, facts: factsWith(replacing(), '') },
        'Error: no peer knows the host (not recorded) that it is to take the place of',
      ],
      [
        'not of a peer of which nobody knows the host id, by mistake',
        { members: { [a]: seen({ ...away, hostId: undefined }) }, facts: factsWith(replacing(), '') },
        'Error: no peer knows the host (not recorded) that it is to take the place of',
      ],
      [
        'not when nobody has asked for it',
        { members: { [a]: seen(away), [c]: seen(away) }, facts: cassandraFacts({ members: joinedStatus(a, b, c) }) },
        lost,
      ],
      [
        'not with a volume of before',
        {
          members: { [a]: seen(away), [c]: seen(away) },
          facts: factsWith(replacing({ targets: [{ name: b, claims: [`uid-data-${b}`] }] })),
        },
        lost,
      ],
      [
        'not when the operation is about another member',
        { members: { [a]: seen(away), [c]: seen(away) }, facts: factsWith(replacing({ targets: [{ name: a }] })) },
        lost,
      ],
      [
        'not after the operation',
        { members: { [a]: seen(away), [c]: seen(away) }, facts: factsWith(replacing({ finishedAt: startedAt })) },
        lost,
      ],
    ];
    for (const [name, { members = {}, facts = factsWith() }, expected] of table) {
      it(name, () => {
        const world = { members: { ...members, [b]: rebuilt }, facts };
        assert.equal(step(world, `${b}:[recover]`), `MemberFailed ${expected}`);
      });
    }
  });
});
