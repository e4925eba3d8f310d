import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Keyspace, MemberWord, Peer } from './admin/admin.ts';
import { objectionsOf, type Restart, type RingMember, restartRisk, settledMessage } from './restart-risk.ts';

function addressOf(name: string): string {
  return `10.0.0.${name}`;
}

function peerOf(name: string): Peer {
  return {
    hostId: `host-${name}`,
    address: addressOf(name),
    status: 'NORMAL',
    generation: 7,
    alive: true,
    member: true,
  };
}

function wordOf(name: string, names: readonly string[], parts: Partial<MemberWord> = {}): MemberWord {
  return {
    operationMode: 'NORMAL',
    hostId: `host-${name}`,
    generation: 7,
    schema: '0a1b2c3d-4e5f',
    live: names.map(addressOf),
    unreachable: [],
    joining: [],
    leaving: [],
    moving: [],
    peers: names.filter((other) => other !== name).map(peerOf),
    hints: [],
    load: undefined,
    disk: undefined,
    leave: undefined,
    maintenance: { kind: 'Idle' },
    ...parts,
  };
}

/** One member for each rack, in good order, named `a`, `b`, `c`, … */
function ringOf(racks: readonly string[]): RingMember[] {
  const names = racks.map((_, index) => 'abcdefghijklmnopqrstuvwxyz'.charAt(index));
  return names.map((name, index) => ({
    name,
    rack: racks[index] ?? '',
    address: addressOf(name),
    ready: true,
    word: wordOf(name, names),
  }));
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

const sees =
  (name: string, parts: Partial<Peer>): Spoil =>
  (_, word) => {
    const peers = word.peers.map((peer) => (peer.address === addressOf(name) ? { ...peer, ...parts } : peer));
    return { word: { ...word, peers } };
  };

function keyspaceOf(factor: number, name = 'orders', strategy = 'NetworkTopologyStrategy'): Keyspace {
  return { name, strategy, replication: new Map([['dc1', factor]]), durableWrites: true };
}

const three = ringOf(['r1', 'r2', 'r3']);

function restartOf(parts: Partial<Omit<Restart, 'down'>> & { down?: string[] } = {}): Restart {
  const { members = three } = parts;
  return {
    members,
    objections: objectionsOf(members),
    keyspaces: [keyspaceOf(3)],
    datacenter: 'dc1',
    unreplicated: 'Wait',
    racks: new Set(members.map(({ rack }) => rack)).size,
    ...parts,
    down: new Set(parts.down ?? ['a']),
  };
}

describe('a restart is a risk for the ring', () => {
  const spoils: [string, Spoil, string][] = [
    ['a member is not ready', () => ({ ready: false }), 'not ready: b'],
    ['a member has no address', () => ({ address: undefined }), 'not ready: b'],
    ['a member does not answer', () => ({ word: undefined }), 'b does not answer'],
    ['a member is not NORMAL', says({ operationMode: 'LEAVING' }), 'b is LEAVING'],
    ['somebody joins', says({ joining: ['10.0.0.9'] }), '10.0.0.9 joins'],
    ['somebody leaves', says({ leaving: ['10.0.0.9'] }), '10.0.0.9 leaves'],
    ['somebody moves', says({ moving: ['10.0.0.9', '10.0.0.8'] }), '10.0.0.9 moves, 10.0.0.8 moves'],
    ['a member does not know another', says({ peers: [peerOf('a')] }), 'b does not know c'],
    ['a member sees another as down', sees('c', { alive: false }), 'b sees c as down'],
    ['a member sees another in between', sees('c', { status: 'shutdown' }), 'b sees c as shutdown'],
    ['the schema differs', says({ schema: 'ffffffff-1' }), 'the schema differs: b ffffffff, c 0a1b2c3d'],
    ['a schema is not known', says({ schema: undefined }), 'the schema differs: b unknown, c 0a1b2c3d'],
  ];
  for (const [when, spoil, message] of spoils) {
    it(`when ${when}, also to somebody who accepts unreplicated keyspaces`, () => {
      const members = spoiled(three, 'b', spoil);
      for (const unreplicated of ['Wait', 'Accept'] as const)
        assert.equal(restartRisk(restartOf({ members, unreplicated })), message);
    });
  }

  it('not when all is well', () => assert.equal(restartRisk(restartOf()), undefined));

  it('not because the member itself is in a bad way: a restart may mend it', () => {
    const broken = spoiled(three, 'a', () => ({ ready: false, address: undefined, word: undefined }));
    const unseen = spoiled(spoiled(broken, 'b', sees('a', { alive: false })), 'c', sees('a', { status: 'shutdown' }));
    assert.equal(restartRisk(restartOf({ members: unseen })), undefined);
  });

  it('not because gossip still shows a member that has left', () => {
    const left = { ...peerOf('z'), status: 'LEFT', alive: false };
    const members = spoiled(three, 'b', (_, word) => ({ word: { ...word, peers: [...word.peers, left] } }));
    assert.equal(restartRisk(restartOf({ members })), undefined);
  });

  it('in one line for many members, too', () => {
    const members = ringOf(Array.from({ length: 9 }, () => 'r1')).map((member) => ({ ...member, ready: false }));
    assert.equal(restartRisk(restartOf({ members })), 'not ready: b, c, d, e, f and 3 more');
  });
});

describe('a restart is a risk for keyspaces', () => {
  const way = 'raise the replication in dc1 and repair, or set spec.updates.unreplicated: Accept';
  const four = ringOf(['r1', 'r1', 'r2', 'r2']);
  const table: [string, Parameters<typeof restartOf>[0], string | undefined][] = [
    ['not while a quorum stays', { keyspaces: [keyspaceOf(3), keyspaceOf(5), keyspaceOf(4)] }, undefined],
    [
      'when it is not known which there are',
      { keyspaces: undefined, unreplicated: 'Accept' },
      'it is not known how keyspaces are replicated: no member answers with CQL',
    ],
    ['not when there are none', { keyspaces: [] }, undefined],
    ['with one replica', { keyspaces: [keyspaceOf(1)] }, `1 keyspace bears no restart: orders (1 replica); ${way}`],
    [
      'with two replicas',
      { keyspaces: [keyspaceOf(2), keyspaceOf(3, 'good'), keyspaceOf(2, 'users', 'SimpleStrategy')] },
      `2 keyspaces bear no restart: orders (2 replicas), users (2 replicas); ${way}`,
    ],
    [
      'whose strategy nobody knows',
      { keyspaces: [{ ...keyspaceOf(3, 'far', 'EverywhereStrategy'), replication: new Map() }] },
      `1 keyspace bears no restart: far (EverywhereStrategy); ${way}`,
    ],
    ['not for somebody who accepts it', { keyspaces: [keyspaceOf(1)], unreplicated: 'Accept' }, undefined],
    ['not when there are no more members', { members: ringOf(['r1', 'r2']), keyspaces: [keyspaceOf(2)] }, undefined],
    ['not when there are even fewer', { members: ringOf(['r1', 'r2']), keyspaces: [keyspaceOf(3)] }, undefined],
    ['not when the member is alone', { members: ringOf(['r1']), keyspaces: [keyspaceOf(1)] }, undefined],
    ['not when their data is elsewhere', { datacenter: 'dc2' }, undefined],
    [
      'not with a rack that has one replica',
      { members: ringOf(['r1', 'r1', 'r2', 'r3']), down: ['a', 'b'] },
      undefined,
    ],
    [
      'with a rack that may have two',
      { members: four, down: ['a', 'b'] },
      '1 keyspace would lose the quorum of a range with a, b together: orders (3 replicas); restart fewer at a time',
    ],
    [
      'with a rack that may have three of five, which is more than its share',
      { members: ringOf(['r1', 'r1', 'r1', 'r2', 'r3']), down: ['a', 'b', 'c'], keyspaces: [keyspaceOf(5)] },
      '1 keyspace would lose the quorum of a range with a, b, c together: orders (5 replicas); restart fewer at a time',
    ],
    [
      'whose strategy does not look at racks',
      {
        members: ringOf(['r1', 'r1', 'r2', 'r3']),
        down: ['a', 'b'],
        keyspaces: [keyspaceOf(3, 'orders', 'SimpleStrategy')],
        unreplicated: 'Accept',
      },
      '1 keyspace would lose the quorum of a range with a, b together: orders (3 replicas); restart fewer at a time',
    ],
    [
      'of which both replicas would be down, whatever is accepted',
      { members: four, down: ['a', 'c'], keyspaces: [keyspaceOf(2)], unreplicated: 'Accept' },
      '1 keyspace would lose the quorum of a range with a, c together: orders (2 replicas); restart fewer at a time',
    ],
    [
      'by name, five at most',
      { keyspaces: 'abcdefg'.split('').map((name) => keyspaceOf(1, name)) },
      `7 keyspaces bear no restart: a (1 replica), b (1 replica), c (1 replica), d (1 replica), e (1 replica) and 2 more; ${way}`,
    ],
  ];
  for (const [what, parts, message] of table) it(what, () => assert.equal(restartRisk(restartOf(parts)), message));
});

const someRacks = fc.array(fc.constantFrom('r1', 'r2', 'r3', 'r4'), { minLength: 1, maxLength: 9 });

/** A ring of four tokens for each member, who goes down in it, and a factor. */
const scenes = someRacks.chain((racks) => {
  const members = ringOf(racks);
  const tokens = members.flatMap((member) => [member, member, member, member]);
  return fc.record({
    members: fc.constant(members),
    ring: fc.shuffledSubarray(tokens, { minLength: tokens.length }),
    factor: fc.integer({ min: 1, max: 7 }),
    down: fc.subarray(
      members.map(({ name }) => name),
      { minLength: 1 },
    ),
  });
});

/** As Cassandra's NetworkTopologyStrategy places the replicas of the range that ends at the first token. */
function placed(ring: RingMember[], factor: number): RingMember[] {
  const members = new Set(ring).size;
  let repeats = factor - new Set(ring.map(({ rack }) => rack)).size;
  const replicas: RingMember[] = [];
  for (const member of ring) {
    if (replicas.length === Math.min(factor, members)) break;
    if (replicas.includes(member)) continue;
    const met = replicas.some(({ rack }) => rack === member.rack);
    if (met && repeats <= 0) continue;
    if (met) repeats -= 1;
    replicas.push(member);
  }
  return replicas;
}

describe('a restart that is allowed', () => {
  it('leaves a local quorum of every range, unless no restart of any member could', () =>
    fc.assert(
      fc.property(scenes, ({ members, factor, down, ring }) => {
        const restart = restartOf({ members, keyspaces: [keyspaceOf(factor)], down });
        if (restartRisk(restart) !== undefined) return;
        for (const start of ring.keys()) {
          const replicas = placed([...ring.slice(start), ...ring.slice(0, start)], factor);
          const left = replicas.filter(({ name }) => !restart.down.has(name)).length;
          const alone = down.length === 1 && factor >= members.length;
          assert.ok(left >= Math.floor(factor / 2) + 1 || alone, `${left} of ${factor} are left`);
        }
      }),
      { numRuns: 500 },
    ));

  it('is one of one member, wherever three replicas are', () =>
    fc.assert(
      fc.property(scenes, ({ members, factor, down }) => {
        const keyspaces = [
          keyspaceOf(Math.max(3, factor)),
          keyspaceOf(Math.max(3, factor), 'simple', 'SimpleStrategy'),
        ];
        assert.equal(restartRisk(restartOf({ members, keyspaces, down: down.slice(0, 1) })), undefined);
      }),
    ));

  it('is never one while a member that stays is not as it should be', () =>
    fc.assert(
      fc.property(
        scenes.filter(({ members, down }) => down.length < members.length),
        fc.constantFrom<Spoil>(
          () => ({ ready: false }),
          () => ({ word: undefined }),
          says({ operationMode: 'MOVING' }),
          says({ leaving: ['10.0.0.z'] }),
          says({ schema: undefined }),
        ),
        ({ members, down }, spoil) => {
          const staying = members.find(({ name }) => !down.includes(name))?.name ?? '';
          const restart = restartOf({ members: spoiled(members, staying, spoil), keyspaces: [], down });
          assert.notEqual(restartRisk(restart), undefined);
        },
      ),
    ));

  it('allows one of fewer members, too', () =>
    fc.assert(
      fc.property(scenes, ({ members, factor, down }) => {
        const keyspaces = [keyspaceOf(factor)];
        if (restartRisk(restartOf({ members, keyspaces, down })) !== undefined) return;
        for (const name of down) assert.equal(restartRisk(restartOf({ members, keyspaces, down: [name] })), undefined);
      }),
    ));
});

describe('a member that is back', () => {
  const settled = (members: RingMember[]): string | undefined => {
    const [member] = members;
    assert.ok(member !== undefined);
    return settledMessage(member, members);
  };
  const table: [string, RingMember[], string | undefined][] = [
    ['is settled when all see it as it is', three, undefined],
    ['is settled when it is alone', ringOf(['r1']), undefined],
    [
      'is not while it does not answer',
      spoiled(three, 'a', () => ({ word: undefined })),
      'it does not say who it is yet',
    ],
    ['is not while it starts', spoiled(three, 'a', says({ generation: undefined })), 'it does not say who it is yet'],
    [
      'is not while they remember its process before',
      spoiled(three, 'a', says({ generation: 8 })),
      'b has not seen its restart yet, c has not seen its restart yet',
    ],
    ['is not while one sees it as down', spoiled(three, 'b', sees('a', { alive: false })), 'b sees it as down'],
    ['is not while one sees it join', spoiled(three, 'c', sees('a', { status: 'BOOT' })), 'c sees it as BOOT'],
    ['is not while one does not know it', spoiled(three, 'c', says({ peers: [] })), 'c does not know it'],
    ['is not while one does not answer', spoiled(three, 'c', () => ({ word: undefined })), 'c does not answer'],
    [
      'does not wait for one who is not ready',
      spoiled(three, 'c', () => ({ word: undefined, ready: false })),
      undefined,
    ],
    [
      'is not while it has not been sent what it missed',
      spoiled(
        spoiled(three, 'b', says({ hints: [{ hostId: 'host-a', files: 1 }] })),
        'c',
        says({ hints: [{ hostId: 'host-a', files: 3 }] }),
      ),
      'b still sends it hints (1 file), c still sends it hints (3 files)',
    ],
    [
      'is not while that is not known',
      spoiled(three, 'b', says({ hints: undefined })),
      'b does not say whether it keeps hints for it',
    ],
    [
      'has nothing to do with what others missed, or its predecessor',
      spoiled(three, 'b', says({ hints: [{ hostId: 'host-z', files: 3 }] })),
      undefined,
    ],
  ];
  for (const [what, members, message] of table) it(what, () => assert.equal(settled(members), message));
});
