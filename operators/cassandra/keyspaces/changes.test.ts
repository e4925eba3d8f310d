import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Keyspace } from '../admin/admin.ts';
import {
  changeOf,
  type Datacenter,
  type KeyspacePlan,
  type KeyspaceWish,
  type KnownKeyspace,
  type Maintenance,
  planKeyspace,
} from './changes.ts';

const members = ['m0', 'm1', 'm2', 'm3', 'm4'];
const dc1: Datacenter = { name: 'dc1', racks: 1, members, replicas: 5 };

function wishOf(factor: number | undefined, durableWrites = true): KeyspaceWish {
  return { name: 'orders', replication: factor === undefined ? undefined : { dc1: factor }, durableWrites };
}

function foundOf(factor: number, parts: Partial<Keyspace> = {}): Keyspace {
  const replication = new Map([['dc1', factor]]);
  return { name: 'orders', strategy: 'NetworkTopologyStrategy', replication, durableWrites: true, ...parts };
}

function maintenanceOf(from: number, to: number, parts: Partial<Maintenance> = {}): Maintenance {
  const between = { replication: { dc1: to }, formerReplication: { dc1: from } };
  return { id: 'old', task: 'Repair', ...between, cleanup: to < from, members, done: 0, ...parts };
}

const known = (factor: number, maintenance?: Maintenance): KnownKeyspace => ({
  replication: { dc1: factor },
  ...(maintenance && { maintenance }),
});

/** What is shown of a plan in a table. */
function shown(plan: KeyspacePlan): string {
  switch (plan.kind) {
    case 'Settled':
      return 'Settled';
    case 'Create':
      return `Create ${factorIn(plan.keyspace.replication)}`;
    case 'Alter':
      return `Alter ${factorIn(plan.keyspace.replication)}${owed(plan.maintenance)}`;
    case 'Maintain':
      return `Maintain${owed(plan.maintenance)}`;
    case 'Impossible':
      return plan.message;
    default:
      return plan satisfies never;
  }
}

function factorIn(replication: ReadonlyMap<string, number>): string {
  return [...replication].join(' ');
}

function owed(maintenance: Maintenance | undefined): string {
  if (maintenance === undefined) return '';
  const { task, id, done, cleanup } = maintenance;
  return `, ${id} ${task} ${done}${cleanup ? ' and cleanup' : ''}`;
}

describe('the plan of a keyspace', () => {
  const table: [string, KeyspaceWish, Keyspace | undefined, KnownKeyspace, string][] = [
    ['makes it with three replicas', wishOf(undefined), undefined, {}, 'Create dc1,3'],
    ['leaves it alone', wishOf(3), foundOf(3), known(3), 'Settled'],
    ['leaves alone what is adopted as it is', wishOf(3), foundOf(3), {}, 'Settled'],
    ['raises by one', wishOf(3), foundOf(1), known(1), 'Alter dc1,2, new Repair 0'],
    ['lowers by one', wishOf(1), foundOf(3), known(3), 'Alter dc1,2, new Repair 0 and cleanup'],
    [
      'changes what it had begun to change when it ended',
      wishOf(3),
      foundOf(1),
      known(1, maintenanceOf(1, 2)),
      'Alter dc1,2, old Repair 0',
    ],
    [
      'goes on with the repair, whatever is wanted next',
      wishOf(5),
      foundOf(3),
      known(3, maintenanceOf(2, 3, { done: 2 })),
      'Maintain, old Repair 2',
    ],
    [
      'goes back without a repair',
      wishOf(2),
      foundOf(3),
      known(3, maintenanceOf(2, 3, { done: 2 })),
      'Alter dc1,2, new Repair 0 and cleanup',
    ],
    [
      'takes the next step when all are repaired',
      wishOf(3),
      foundOf(2),
      known(2, maintenanceOf(1, 2, { done: 5 })),
      'Alter dc1,3, new Repair 0',
    ],
    [
      'cleans up after the last repair',
      wishOf(2),
      foundOf(2),
      known(2, maintenanceOf(3, 2, { done: 5 })),
      'Maintain, new Cleanup 0 and cleanup',
    ],
    [
      'does not go back while it cleans up',
      wishOf(3),
      foundOf(2),
      known(2, maintenanceOf(3, 2, { task: 'Cleanup', done: 1 })),
      'Maintain, old Cleanup 1 and cleanup',
    ],
    [
      'is settled when all have cleaned up',
      wishOf(2),
      foundOf(2),
      known(2, maintenanceOf(3, 2, { task: 'Cleanup', done: 5 })),
      'Settled',
    ],
    [
      'begins anew where other members are there',
      wishOf(3),
      foundOf(3),
      known(3, maintenanceOf(2, 3, { members: ['m0', 'm1'], done: 1 })),
      'Maintain, new Repair 0',
    ],
    ['goes back on the way of somebody else', wishOf(3), foundOf(1), known(3), 'Alter dc1,2, new Repair 0'],
    ['repairs what somebody else has raised', wishOf(3), foundOf(3), known(2), 'Maintain, new Repair 0'],
    ['repairs it before it goes on', wishOf(4), foundOf(3), known(2), 'Maintain, new Repair 0'],
    ['turns durable writes off', wishOf(3, false), foundOf(3), known(3), 'Alter dc1,3'],
    [
      'turns durable writes off beside a repair',
      wishOf(3, false),
      foundOf(3),
      known(3, maintenanceOf(2, 3)),
      'Alter dc1,3, old Repair 0',
    ],
    [
      'takes SimpleStrategy over in one rack, with what it has',
      wishOf(3),
      foundOf(2, { strategy: 'SimpleStrategy' }),
      {},
      'Alter dc1,2, new Repair 0',
    ],
    [
      'leaves datacenters that hold nothing of ours',
      wishOf(3),
      foundOf(3, { replication: new Map([...foundOf(3).replication, ['old', 2]]) }),
      {},
      'Alter dc1,3, new Repair 0 and cleanup',
    ],
    [
      'refuses more replicas than members',
      wishOf(6),
      foundOf(3),
      known(3),
      'spec.replication.dc1 is 6, and dc1 has 5 members: ask for at most 5 replicas, or add members',
    ],
    [
      'refuses a datacenter that there is not',
      { ...wishOf(3), replication: { dc1: 3, dc2: 1 } },
      undefined,
      {},
      'spec.replication names dc2, and the only datacenter is dc1: name that one, and no other',
    ],
    [
      'refuses a strategy that only somebody else knows',
      wishOf(3),
      foundOf(3, { strategy: 'EverywhereStrategy', replication: new Map() }),
      {},
      'keyspace orders is of EverywhereStrategy, which has its replicas on other members than NetworkTopologyStrategy; make another keyspace, and copy its data',
    ],
  ];
  for (const [what, wish, found, before, expected] of table)
    it(what, () => assert.equal(shown(planKeyspace(wish, found, before, dc1, () => 'new')), expected));

  it('refuses SimpleStrategy over several racks, where its replicas are on other members', () => {
    const found = foundOf(2, { strategy: 'SimpleStrategy' });
    const racked = { ...dc1, racks: 3 };
    assert.match(shown(planKeyspace(wishOf(3), found, {}, racked, () => 'new')), /raise its replication_factor to 5/);
    const everywhere = foundOf(5, { strategy: 'SimpleStrategy' });
    assert.equal(planKeyspace(wishOf(3), everywhere, {}, racked, () => 'new').kind, 'Alter');
  });

  it('has as many replicas as there are members where these are few', () => {
    const two = { ...dc1, members: ['m0', 'm1'], replicas: 2 };
    assert.equal(shown(planKeyspace(wishOf(undefined), undefined, {}, two, () => 'new')), 'Create dc1,2');
  });

  it('is told in words', () => {
    const plan = planKeyspace(wishOf(3, false), foundOf(1), {}, dc1, () => 'new');
    assert.equal(changeOf(plan, foundOf(1)), 'sets its replication to dc1: 2, turns durable writes off');
    assert.equal(
      changeOf(
        planKeyspace(wishOf(3), undefined, {}, dc1, () => 'new'),
        undefined,
      ),
      'makes it',
    );
  });
});

/** One range of a ring, whose replicas are the first members: who has which writes that a quorum has acknowledged. */
class Range {
  factor: number;
  readonly #primary: number;
  readonly #holders: Set<string>[] = [];

  constructor(factor: number, primary: number) {
    this.factor = factor;
    this.#primary = primary;
  }

  get #quorum(): number {
    return Math.floor(this.factor / 2) + 1;
  }

  get #replicas(): string[] {
    return members.slice(0, this.factor);
  }

  /** @param order - who is quickest */
  write(order: readonly string[]): void {
    const quick = order.filter((member) => this.#replicas.includes(member));
    this.#holders.push(new Set(quick.slice(0, this.#quorum)));
  }

  /** The range is repaired with the member that has it first. */
  maintain(member: string, task: Maintenance['task']): void {
    if (task === 'Cleanup' && !this.#replicas.includes(member))
      for (const holders of this.#holders) holders.delete(member);
    if (task !== 'Repair' || member !== members[this.#primary]) return;
    for (const holders of this.#holders) {
      if (this.#replicas.some((replica) => holders.has(replica)))
        for (const replica of this.#replicas) holders.add(replica);
    }
  }

  /** Writes that some quorum would not find. */
  lost(): number {
    return this.#holders.filter((holders) => {
      const without = this.#replicas.filter((replica) => !holders.has(replica)).length;
      return without >= this.#quorum;
    }).length;
  }
}

type Act = { kind: 'Want'; factor: number } | { kind: 'Write'; order: string[] } | { kind: 'Round'; crash: boolean };

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('Want' as const), factor: fc.integer({ min: 1, max: 5 }) }),
    fc.record({
      kind: fc.constant('Write' as const),
      order: fc.shuffledSubarray(members, { minLength: 5, maxLength: 5 }),
    }),
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('Round' as const), crash: fc.boolean() }) },
  ),
  { maxLength: 120 },
);

describe('a change of the replication', () => {
  /** One round, as the reconcile has it: what is owed is written down, then the change is made, then a member is done. */
  function round(range: Range, before: KnownKeyspace, wanted: number, crash: boolean, newId: () => string) {
    const plan = planKeyspace(wishOf(wanted), foundOf(range.factor), before, dc1, newId);
    if (plan.kind !== 'Alter' && plan.kind !== 'Maintain') return { replication: { dc1: range.factor } };
    const { maintenance } = plan;
    if (maintenance === undefined) throw new Error('a change of the replication owes a repair');
    if (crash) return { ...before, maintenance };
    if (plan.kind === 'Alter') range.factor = plan.keyspace.replication.get('dc1') ?? 0;
    const member = maintenance.members[maintenance.done];
    if (member !== undefined) range.maintain(member, maintenance.task);
    const done = Math.min(maintenance.done + 1, members.length);
    return { replication: { dc1: range.factor }, maintenance: { ...maintenance, done } };
  }

  it('hides no write that a quorum has acknowledged, whatever is wanted meanwhile', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(4), acts, (start, primary, all) => {
        const range = new Range(start, primary);
        let [wanted, status, ids]: [number, KnownKeyspace, number] = [start, known(start), 0];
        for (const act of all) {
          if (act.kind === 'Want') wanted = act.factor;
          else if (act.kind === 'Write') range.write(act.order);
          else status = round(range, status, wanted, act.crash, () => `id-${ids++}`);
          assert.equal(range.lost(), 0);
        }
        for (let rounds = 0; rounds < 100; rounds++) status = round(range, status, wanted, false, () => `id-${ids++}`);
        assert.equal(range.lost(), 0);
        assert.deepEqual(status, known(wanted));
        assert.equal(range.factor, wanted);
      }),
      { numRuns: 300 },
    );
  });
});
