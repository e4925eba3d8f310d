import assert from 'node:assert/strict';
import type { RestartService } from '../workload/restart.ts';
import { ready, starting } from '../workload/testing/services.ts';
import type { Keyspace } from './admin/admin.ts';
import type { CassandraModel } from './index.ts';
import type { CassandraMember } from './observe.ts';
import type { CassandraAction } from './plan.ts';
import { cassandraRestarts } from './restarts.ts';
import { cassandraFacts, membersOf, modelOf, seeingEachOther, snapshotOf, wordOf } from './testing/cassandra.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const [a, b, c] = ['demo-r1-0', 'demo-r1-1', 'demo-r1-2'] as const;
const model = modelOf();
const five = modelOf({ replicas: 5 });

function keyspaceOf(name: string, factor: number): Keyspace {
  return { name, strategy: 'NetworkTopologyStrategy', replication: new Map([['dc1', factor]]), durableWrites: true };
}

interface World {
  model?: CassandraModel;
  parts?: Record<string, Partial<CassandraMember>>;
  keyspaces?: Keyspace[] | undefined;
}

function restartsOf(world: World = {}): RestartService<CassandraMember, CassandraAction> {
  const { model: wanted = model, parts = {} } = world;
  const keyspaces = 'keyspaces' in world ? world.keyspaces : [keyspaceOf('orders', 3)];
  const members = seeingEachOther(membersOf(wanted)).map((member) => ({ ...member, ...parts[member.name] }));
  return cassandraRestarts(wanted, snapshotOf({ members, keyspaces }), cassandraFacts(), now);
}

/** What the service says of one member. */
function of<Word>(
  world: World,
  name: string,
  ask: (service: ReturnType<typeof restartsOf>, member: CassandraMember) => Word,
): Word {
  const service = restartsOf(world);
  const member = service.ordered.find((candidate) => candidate.name === name);
  assert.ok(member !== undefined);
  return ask(service, member);
}

describe('the order in which Cassandra restarts', () => {
  it('is rack by rack, in the order of the spec', () => {
    const racks = modelOf({ replicas: 5, racks: [{ name: 'r2' }, { name: 'r1' }, { name: 'r3' }] });
    assert.deepEqual(
      restartsOf({ model: racks }).ordered.map(({ name }) => name),
      ['demo-r2-0', 'demo-r2-1', 'demo-r1-0', 'demo-r1-1', 'demo-r3-0'],
    );
  });
});

describe('a restart of a Cassandra member', () => {
  const unknown = 'it is not known how keyspaces are replicated: no member answers with CQL';
  const table: [string, World, string | undefined][] = [
    ['is no risk when all is in good order', {}, undefined],
    ['is no risk by its own state', { parts: { [b]: { report: starting, word: undefined } } }, undefined],
    ['is a risk while another is away', { parts: { [c]: { report: starting } } }, `not ready: ${c}`],
    ['is a risk while another says nothing', { parts: { [c]: { word: undefined } } }, `${c} does not answer`],
    ['is a risk while nobody knows the keyspaces', { keyspaces: undefined }, unknown],
    [
      'is a risk for a keyspace with too few replicas',
      { model: five, keyspaces: [keyspaceOf('orders', 2)] },
      '1 keyspace bears no restart: orders (2 replicas); raise the replication in dc1 and repair, or set spec.updates.unreplicated: Accept',
    ],
    [
      'is no risk for that keyspace where the user accepts it',
      { model: modelOf({ replicas: 5, updates: { unreplicated: 'Accept' } }), keyspaces: [keyspaceOf('orders', 2)] },
      undefined,
    ],
  ];
  for (const [name, world, expected] of table)
    it(name, () =>
      assert.equal(
        of(world, b, (service, member) => service.risk(member, [])),
        expected,
      ),
    );
});

describe('the loss of a Cassandra member', () => {
  const accepting = modelOf({ updates: { unreplicated: 'Accept' } });
  const lost = (names: string): string =>
    `keyspaces with one known replica would lose data: ${names}; raise their replication in dc1 and repair, or drop them`;
  const elsewhere: Keyspace = {
    ...keyspaceOf('audit', 1),
    replication: new Map([
      ['dc1', 1],
      ['dc2', 3],
    ]),
  };
  const table: [string, World, string | undefined][] = [
    ['is none where others have everything', {}, undefined],
    [
      'is one where nobody else has the data, whatever the user accepts',
      { keyspaces: [keyspaceOf('orders', 3), keyspaceOf('audit', 1)] },
      lost('audit'),
    ],
    ['is none where another datacenter has the data', { keyspaces: [elsewhere] }, undefined],
    [
      'names five',
      { keyspaces: ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].map((name) => keyspaceOf(name, 1)) },
      lost('k1, k2, k3, k4, k5'),
    ],
    [
      'is one while nobody knows the keyspaces',
      { keyspaces: undefined },
      'it is not known how keyspaces are replicated: no member answers with CQL',
    ],
    ['is one while another is away', { parts: { [c]: { report: starting } } }, `not ready: ${c}`],
  ];
  for (const [name, world, expected] of table)
    it(name, () =>
      assert.equal(
        of({ model: accepting, ...world }, b, (service, member) => service.lossRisk(member)),
        expected,
      ),
    );
});

describe('a Cassandra member that is back', () => {
  const word = (parts: object) => {
    const { word: found } = of({}, a, (_, member) => member);
    assert.ok(found !== undefined);
    return { word: { ...found, ...parts } };
  };
  const waits = (message: string) => ({ kind: 'InProgress', message });
  const table: [string, Record<string, Partial<CassandraMember>>, object][] = [
    ['is settled when all see it as it is now', {}, { kind: 'Complete' }],
    ['waits while it says nothing', { [b]: { word: undefined } }, waits('is silent')],
    ['waits until it is NORMAL', { [b]: { word: wordOf('STARTING') } }, waits('is STARTING')],
    [
      'waits until all have seen its restart',
      { [b]: { word: { ...wordOf('NORMAL', `host-${b}`), generation: 2 } } },
      waits(`${a} has not seen its restart yet, ${c} has not seen its restart yet`),
    ],
    [
      'waits for the writes that it missed',
      { [a]: word({ hints: [{ hostId: `host-${b}`, files: 2 }] }) },
      waits(`${a} still sends it hints (2 files)`),
    ],
    ['does not wait for who is not there', { [c]: { report: starting, word: undefined } }, { kind: 'Complete' }],
  ];
  for (const [name, parts, expected] of table)
    it(name, () =>
      assert.deepEqual(
        of({ parts }, b, (service, member) => service.settled(member)),
        expected,
      ),
    );
});

describe('a Cassandra member on its way back', () => {
  it('is as far as its pod and process are', () =>
    assert.deepEqual(
      of({ parts: { [b]: { report: starting, word: wordOf('JOINING') } } }, b, (service, member) =>
        service.starting(member),
      ),
      { kind: 'InProgress', message: 'is JOINING' },
    ));
});

describe('a Cassandra service is at risk', () => {
  const inUse = { ...model, published: true };
  const away = { [b]: { report: starting }, [c]: { report: ready, word: undefined } };
  const table: [string, World, string | undefined][] = [
    ['not while all serve', { model: inUse }, undefined],
    ['while some do not serve', { model: inUse, parts: away }, `not serving, or not seen by all its peers: ${b}, ${c}`],
    [
      'not by a member that has never served',
      { model: inUse, parts: { [b]: { report: starting, joined: false } } },
      undefined,
    ],
    ['not before clients use it', { parts: away }, undefined],
  ];
  for (const [name, world, expected] of table) it(name, () => assert.equal(restartsOf(world).atRisk, expected));
});
