import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Keyspace, MemberWord, Peer } from './admin/admin.ts';
import { hasLeft, type LeaveWish, leaveRisk, type Standing } from './leave.ts';
import type { RingMember } from './restart-risk.ts';
import { peerOf, wordOf } from './testing/cassandra.ts';

const gib = 1024 ** 3;

function addressOf(name: string): string {
  return peerOf(name).address;
}

function memberOf(name: string, rack: string, names: readonly string[]): RingMember {
  const peers = names.filter((other) => other !== name).map((other) => peerOf(other));
  const disk = { totalBytes: 100 * gib, usableBytes: 50 * gib };
  const word = { ...wordOf('NORMAL', name), peers, load: 10 * gib, disk };
  return { name, rack, address: addressOf(name), ready: true, word };
}

/** One member for each rack, in good order, named `a`, `b`, `c`, … */
function ringOf(...racks: string[]): RingMember[] {
  const names = racks.map((_, index) => 'abcdefghi'.charAt(index));
  return names.map((name, index) => memberOf(name, racks[index] ?? '', names));
}

type Spoil = (member: RingMember, word: MemberWord) => Partial<RingMember>;

function spoiled(members: RingMember[], name: string, spoil: Spoil): RingMember[] {
  return members.map((member) =>
    member.name === name && member.word !== undefined ? { ...member, ...spoil(member, member.word) } : member,
  );
}

const says =
  (parts: Partial<MemberWord>): Spoil =>
  (_, word) => ({ word: { ...word, ...parts } });

const knows =
  (peer: Peer): Spoil =>
  (_, word) => ({ word: { ...word, peers: [...word.peers, peer] } });

const usable = (usableBytes: number): Spoil => says({ disk: { totalBytes: 100 * gib, usableBytes } });

function keyspaceOf(name: string, factor: number | undefined, strategy = 'NetworkTopologyStrategy'): Keyspace {
  return { name, strategy, replication: new Map(factor === undefined ? [] : [['dc1', factor]]), durableWrites: true };
}

const three = ringOf('r1', 'r1', 'r1');
const orders = keyspaceOf('orders', 2);

/** `a` leaves. */
function wishOf(parts: Partial<LeaveWish> = {}): LeaveWish {
  return { leaving: 'a', members: three, keyspaces: [orders], datacenter: 'dc1', ...parts };
}

describe('that a member leaves is a risk', () => {
  it('not when all is well', () => assert.equal(leaveRisk(wishOf()), undefined));

  const spoils: [string, string, Spoil, string][] = [
    ['it does not answer itself', 'a', () => ({ word: undefined }), 'a does not answer'],
    ['it is not NORMAL itself', 'a', says({ operationMode: 'JOINING' }), 'a is JOINING'],
    ['it is leaving already', 'a', says({ operationMode: 'LEAVING' }), 'a is LEAVING'],
    [
      'it has another schema',
      'a',
      says({ schema: 'other-schema' }),
      'the schema differs: a other-sc, b schema-1, c schema-1',
    ],
    ['another one does not answer', 'b', () => ({ word: undefined }), 'b does not answer'],
    ['another one is not ready', 'b', () => ({ ready: false }), 'not ready: b'],
    ['another one is not NORMAL', 'b', says({ operationMode: 'DRAINED' }), 'b is DRAINED'],
    ['somebody joins', 'b', says({ joining: ['10.0.0.9'] }), '10.0.0.9 joins'],
    ['somebody leaves', 'b', says({ leaving: ['10.0.0.9'] }), '10.0.0.9 leaves'],
    ['somebody moves', 'b', says({ moving: ['10.0.0.9'] }), '10.0.0.9 moves'],
    ['somebody does not know it', 'b', says({ peers: [peerOf('c')] }), 'b does not know a'],
    [
      'somebody sees it as down',
      'b',
      says({ peers: [peerOf('a', { alive: false }), peerOf('c')] }),
      'b sees a as down',
    ],
    [
      'a member of another datacenter is down',
      'b',
      knows(peerOf('z', { alive: false })),
      'down, or not known well: 10.0.1.z',
    ],
    [
      'a member of another datacenter joins',
      'a',
      knows(peerOf('z', { status: 'BOOT' })),
      'down, or not known well: 10.0.1.z',
    ],
    ['nobody knows how much it holds', 'a', says({ load: undefined }), 'a does not say how much data it has'],
    ['a disk is not known', 'c', says({ disk: undefined }), 'c does not say how much space its disk has'],
    ['a disk is too small for its part', 'c', usable(11 * gib), 'c has 11264 MiB of space and may need 11378 MiB'],
  ];
  for (const [when, who, spoil, message] of spoils) {
    it(`when ${when}`, () => {
      assert.equal(leaveRisk(wishOf({ members: spoiled(three, who, spoil) })), message);
    });
  }

  for (const status of ['LEFT', 'removed']) {
    it(`not because gossip still shows another one as ${status}`, () => {
      const members = spoiled(three, 'b', knows(peerOf('z', { status, alive: false })));
      assert.equal(leaveRisk(wishOf({ members })), undefined);
    });
  }

  it('not because gossip still shows an address that a member had before', () => {
    const members = spoiled(three, 'b', knows(peerOf('z', { alive: false, member: false })));
    assert.equal(leaveRisk(wishOf({ members })), undefined);
  });

  it('when it is the last one, or no member', () => {
    assert.equal(leaveRisk(wishOf({ members: ringOf('r1'), keyspaces: [] })), 'no member would be left');
    assert.equal(leaveRisk(wishOf({ leaving: 'z' })), 'z is no member');
  });

  const replication: [string, Keyspace[] | undefined, string | undefined][] = [
    [
      'nobody says how keyspaces are replicated',
      undefined,
      'it is not known how keyspaces are replicated: no member answers with CQL',
    ],
    [
      'a keyspace has more replicas than members stay',
      [orders, keyspaceOf('carts', 3)],
      '2 members would be left for carts (3 replicas): lower the replication in dc1 first',
    ],
    [
      'it has them by SimpleStrategy',
      [keyspaceOf('carts', 3, 'SimpleStrategy')],
      '2 members would be left for carts (3 replicas): lower the replication in dc1 first',
    ],
    [
      'several have',
      [keyspaceOf('system_auth', 3), keyspaceOf('carts', 4), orders],
      '2 members would be left for system_auth (3 replicas), carts (4 replicas): lower the replication in dc1 first',
    ],
    [
      'only the strategy knows',
      [keyspaceOf('carts', undefined, 'EverywhereStrategy')],
      'it is not known how many members these take: carts (EverywhereStrategy)',
    ],
    [
      'a factor is no number',
      [keyspaceOf('carts', Number.NaN)],
      'it is not known how many members these take: carts (NetworkTopologyStrategy)',
    ],
  ];
  for (const [when, keyspaces, message] of replication) {
    it(`when ${when}`, () => assert.equal(leaveRisk(wishOf({ keyspaces })), message));
  }

  it('not for a keyspace of another datacenter', () => {
    const elsewhere = { ...orders, replication: new Map([['dc2', 9]]) };
    assert.equal(leaveRisk(wishOf({ keyspaces: [elsewhere] })), undefined);
  });

  it('only for the disks of its own rack, as long as that has another member', () => {
    const members = spoiled(ringOf('r1', 'r1', 'r2', 'r2'), 'c', usable(0));
    assert.equal(leaveRisk(wishOf({ members })), undefined);
    const full = spoiled(members, 'b', usable(20 * gib));
    assert.match(leaveRisk(wishOf({ members: full })) ?? '', /^b has 20480 MiB of space/);
    const alone = spoiled(ringOf('r1', 'r2', 'r2'), 'c', usable(0));
    assert.match(leaveRisk(wishOf({ members: alone })) ?? '', /^c has 0 MiB of space/);
  });

  it('in one line for many members and keyspaces, too', () => {
    const members = ringOf(...Array.from({ length: 9 }, () => 'r1')).map((member) => ({ ...member, ready: false }));
    assert.equal(leaveRisk(wishOf({ members })), 'not ready: a, b, c, d, e and 4 more');
    const keyspaces = 'abcdefg'.split('').map((name) => keyspaceOf(name, 3));
    assert.match(leaveRisk(wishOf({ keyspaces })) ?? '', /e \(3 replicas\) and 2 more: lower/);
  });

  it('unless those that stay can hold every replica and all of its data', () => {
    const size = fc.record({ load: fc.nat(100), disks: fc.array(fc.nat(100), { minLength: 1, maxLength: 8 }) });
    fc.assert(
      fc.property(size, fc.array(fc.nat(9), { maxLength: 4 }), ({ load, disks }, factors) => {
        const ring = ringOf('r1', ...disks.map(() => 'r1'));
        const members = ring.map((member, index) => {
          const spoil = index === 0 ? says({ load }) : usable(disks[index - 1] ?? 0);
          return spoiled([member], member.name, spoil)[0] ?? member;
        });
        const keyspaces = factors.map((factor, index) => keyspaceOf(`k${index}`, factor));
        const fits = disks.every((space) => space * 0.9 >= (2 * load) / disks.length);
        const safe = fits && factors.every((factor) => factor <= disks.length);
        assert.equal(leaveRisk(wishOf({ members, keyspaces })) === undefined, safe);
      }),
    );
  });
});

type Seen = string | undefined;

/** A peer's word: `h` with this status, or not at all. */
function peerWord(status: Seen, mode = 'NORMAL'): MemberWord {
  const others = [peerOf('other')];
  const shown = status === undefined ? [] : [peerOf('h', { status, alive: status === 'NORMAL' })];
  return { ...wordOf(mode, 'peer'), peers: [...others, ...shown] };
}

const left = peerWord('LEFT');
const absent = peerWord(undefined);

describe('a member that leaves', () => {
  const table: [string, MemberWord | undefined, (MemberWord | undefined)[], Standing][] = [
    ['has left by its own word', wordOf('DECOMMISSIONED', 'h'), [], 'Left'],
    [
      'has left by its own word, whatever its peers remember',
      wordOf('DECOMMISSIONED', 'h'),
      [peerWord('LEAVING')],
      'Left',
    ],
    ['has left when two peers say so', undefined, [left, left], 'Left'],
    ['has left when two peers say so and a third is silent', undefined, [left, undefined, left], 'Left'],
    ['has left when one says so and another does not know it', undefined, [left, absent], 'Left'],
    ['has left when nobody knows it any more', undefined, [absent, absent], 'Left'],
    ['has left when it was removed by others', undefined, [peerWord('removed'), peerWord('removed')], 'Left'],
    ['has left when the only other one says so', undefined, [left], 'Left'],
    ['has left when it only starts again', wordOf('STARTING'), [left, left], 'Left'],
    ['has left, whatever runs in its pod now', wordOf('NORMAL', 'new'), [left, left], 'Left'],
    ['is not known when the only other one does not know it', undefined, [absent], 'Unknown'],
    ['is not known when only one of two says so', undefined, [left, undefined], 'Unknown'],
    ['is not known when nobody answers', undefined, [undefined, undefined], 'Unknown'],
    ['is not known when there is nobody else', undefined, [], 'Unknown'],
    ['is not known by peers that start', undefined, [left, peerWord(undefined, 'STARTING')], 'Unknown'],
    ['is not known by peers that join', undefined, [left, peerWord('LEFT', 'JOINING')], 'Unknown'],
    ['leaves by its own word', wordOf('LEAVING', 'h'), [left, left], 'Leaving'],
    ['leaves when a peer says so', undefined, [left, left, peerWord('LEAVING')], 'Leaving'],
    [
      'leaves when a peer says so, and another has not heard it',
      undefined,
      [peerWord('NORMAL'), peerWord('LEAVING')],
      'Leaving',
    ],
    ['is a member by its own word', wordOf('NORMAL', 'h'), [left, left], 'Member'],
    ['is a member after it has failed', wordOf('DECOMMISSION_FAILED', 'h'), [peerWord('LEAVING')], 'Member'],
    ['is a member while it joins again', wordOf('JOINING', 'h'), [left, left], 'Member'],
    ['is a member when a peer says so', undefined, [left, left, peerWord('NORMAL')], 'Member'],
    ['is a member that its peers take for down', undefined, [peerWord('shutdown'), peerWord('shutdown')], 'Member'],
    ['is a member that a peer knows from its disk alone', undefined, [left, left, peerWord('UNKNOWN')], 'Member'],
    ['is a member to a peer that joins', undefined, [left, left, peerWord('NORMAL', 'JOINING')], 'Member'],
    ['is a member that joins again', undefined, [left, left, peerWord('BOOT')], 'Member'],
  ];
  for (const [name, own, peers, standing] of table) {
    it(name, () => assert.equal(hasLeft({ hostId: 'h', own, peers }), standing));
  }

  const statuses = fc.constantFrom('LEFT', 'removed', 'LEAVING', 'NORMAL', 'BOOT', 'shutdown', 'UNKNOWN', undefined);
  const modes = fc.constantFrom('NORMAL', 'STARTING', 'JOINING', 'LEAVING');
  const heard = fc.record({ status: statuses, mode: modes });
  const silent = fc.constant(undefined);
  const views = fc.array(fc.oneof(heard, silent), { maxLength: 6 });

  it('has never left without two witnesses, or against the word of one', () => {
    fc.assert(
      fc.property(views, (seen) => {
        const peers = seen.map((view) => view && peerWord(view.status, view.mode));
        if (hasLeft({ hostId: 'h', own: undefined, peers }) !== 'Left') return;
        const answers = seen.filter((view) => view !== undefined);
        assert.ok(answers.every(({ status }) => [undefined, 'LEFT', 'removed'].includes(status)));
        const witnesses = answers.filter(({ mode }) => mode === 'NORMAL');
        assert.ok(witnesses.length >= 2 || (seen.length === 1 && witnesses[0]?.status !== undefined));
      }),
    );
  });

  it('has not left any less because more peers say so, in whatever order', () => {
    fc.assert(
      fc.property(views, fc.nat(6), (seen, place) => {
        const peers = seen.map((view) => view && peerWord(view.status, view.mode));
        if (hasLeft({ hostId: 'h', own: undefined, peers }) !== 'Left') return;
        assert.equal(hasLeft({ hostId: 'h', own: undefined, peers: peers.toSpliced(place, 0, left) }), 'Left');
      }),
    );
  });
});
