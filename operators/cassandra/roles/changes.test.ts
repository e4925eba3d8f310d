import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KnownRole, KnownRoles, RoleChange } from '../admin/role-admin.ts';
import { MemoryRoles } from '../testing/memory-roles.ts';
import { changesOf, roleChanges, type WantedRole } from './changes.ts';

function wantedRole(name: string, parts: Partial<WantedRole> = {}): WantedRole {
  const nothing = { memberOf: [], grants: new Map(), identities: [], password: undefined };
  return { name, login: false, superuser: false, ...nothing, ...parts };
}

function knownRole(parts: Partial<KnownRole> = {}): KnownRole {
  return { login: false, superuser: false, memberOf: new Set(), passwordWritten: undefined, ...parts };
}

function found(roles: Record<string, Partial<KnownRole>>, parts: Partial<KnownRoles> = {}): KnownRoles {
  const known = new Map(Object.entries(roles).map(([name, role]) => [name, knownRole(role)]));
  const resources = new Set(['data/shop', 'data/shop/orders']);
  return { roles: known, permissions: new Map(), identities: new Map(), resources, remembersMs: 0, ...parts };
}

const on = (resource: string, ...permissions: string[]) => new Map([[resource, new Set(permissions)]]);

interface Case {
  name: string;
  wanted: WantedRole[];
  gone?: string[];
  found: KnownRoles;
  changes: RoleChange[];
  lacking?: Record<string, string[]>;
}

const cases: Case[] = [
  {
    name: 'nothing where all is as wanted',
    wanted: [wantedRole('a', { memberOf: ['b'], grants: on('data/shop', 'SELECT'), identities: ['x'] })],
    found: found(
      { a: { memberOf: new Set(['b']) }, b: {} },
      { permissions: new Map([['a', on('data/shop', 'SELECT')]]), identities: new Map([['x', 'a']]) },
    ),
    changes: [],
  },
  {
    name: 'a role that is not there, its password last',
    wanted: [wantedRole('a', { login: true, memberOf: ['b'], password: 'p' }), wantedRole('b')],
    found: found({}),
    changes: [
      { kind: 'Create', role: 'a', login: true, superuser: false },
      { kind: 'Create', role: 'b', login: false, superuser: false },
      { kind: 'Join', role: 'a', group: 'b' },
      { kind: 'SetPassword', role: 'a', password: 'p' },
    ],
  },
  {
    name: 'what somebody has changed',
    wanted: [wantedRole('a', { login: true })],
    found: found({ a: { superuser: true } }),
    changes: [{ kind: 'Alter', role: 'a', login: true, superuser: false }],
  },
  {
    name: 'rights taken away before others are given',
    wanted: [wantedRole('a', { memberOf: ['c'], grants: on('data/shop/orders', 'SELECT', 'MODIFY') })],
    found: found(
      { a: { memberOf: new Set(['b']) }, b: {}, c: {} },
      {
        permissions: new Map([
          [
            'a',
            new Map([...on('data/shop', 'DROP'), ...on('data/shop/*', 'SELECT'), ...on('data/shop/orders', 'SELECT')]),
          ],
        ]),
      },
    ),
    changes: [
      { kind: 'Leave', role: 'a', group: 'b' },
      { kind: 'Revoke', role: 'a', resource: 'data/shop', permissions: ['DROP'] },
      { kind: 'Revoke', role: 'a', resource: 'data/shop/*', permissions: ['SELECT'] },
      { kind: 'Join', role: 'a', group: 'c' },
      { kind: 'Grant', role: 'a', resource: 'data/shop/orders', permissions: ['MODIFY'] },
    ],
  },
  {
    name: 'only what can be given',
    wanted: [
      wantedRole('a', {
        memberOf: ['nobody'],
        grants: new Map([
          ...on('data/none', 'SELECT'),
          ...on('data/shop/none', 'SELECT'),
          ...on('data/system_views', 'SELECT'),
          ...on('data/systems', 'SELECT'),
        ]),
      }),
    ],
    found: found({ a: {} }),
    changes: [{ kind: 'Grant', role: 'a', resource: 'data/system_views', permissions: ['SELECT'] }],
    lacking: {
      a: [
        'there is no role nobody',
        'there is no keyspace none',
        'there is no table shop.none',
        'there is no keyspace systems',
      ],
    },
  },
  {
    name: 'nothing of a membership that is there through another',
    wanted: [wantedRole('a', { memberOf: ['b', 'c'] })],
    found: found({ a: { memberOf: new Set(['b']) }, b: { memberOf: new Set(['c']) }, c: {} }),
    changes: [],
  },
  {
    name: 'a membership that is left open by another that ends',
    wanted: [wantedRole('a', { memberOf: ['c'] })],
    found: found({ a: { memberOf: new Set(['b']) }, b: { memberOf: new Set(['c']) }, c: {} }),
    changes: [
      { kind: 'Leave', role: 'a', group: 'b' },
      { kind: 'Join', role: 'a', group: 'c' },
    ],
  },
  {
    name: 'an identity that goes from one to another',
    wanted: [wantedRole('a'), wantedRole('b', { identities: ['x'] })],
    found: found({ a: {}, b: {} }, { identities: new Map([['x', 'a']]) }),
    changes: [
      { kind: 'DropIdentity', role: 'a', identity: 'x' },
      { kind: 'AddIdentity', role: 'b', identity: 'x' },
    ],
  },
  {
    name: 'no identity that is that of somebody else',
    wanted: [wantedRole('a', { identities: ['x', 'y'] }), wantedRole('b', { identities: ['y'] })],
    found: found({ a: {}, b: {}, other: {} }, { identities: new Map([['x', 'other']]) }),
    changes: [{ kind: 'AddIdentity', role: 'a', identity: 'y' }],
    lacking: { a: ['identity x is that of role other'], b: ['identity y is that of role a'] },
  },
  {
    name: 'nothing of roles that nobody here wants',
    wanted: [],
    gone: ['absent'],
    found: found({ other: { login: true } }, { permissions: new Map([['other', on('data', 'DROP')]]) }),
    changes: [],
  },
  {
    name: 'one that goes, and comes again',
    wanted: [wantedRole('a')],
    gone: ['a', 'b'],
    found: found({ a: { login: true }, b: {} }),
    changes: [
      { kind: 'Drop', role: 'a' },
      { kind: 'Drop', role: 'b' },
      { kind: 'Create', role: 'a', login: false, superuser: false },
    ],
  },
];

const names = ['a', 'b', 'c', 'd'];
const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values));
const grants = fc.dictionary(fc.constantFrom('data', 'data/shop', 'data/shop/orders'), some('SELECT', 'MODIFY'), {
  noNullPrototype: true,
});

/** A member of roles with later names only: never of itself. */
const anyRole = (name: string): fc.Arbitrary<WantedRole> =>
  fc
    .record({
      login: fc.boolean(),
      superuser: fc.boolean(),
      memberOf: some(...names).map((all) => all.filter((other) => other > name)),
      grants: grants.map((all) => new Map(Object.entries(all).map(([resource, each]) => [resource, new Set(each)]))),
      identities: some(`${name}1`, `${name}2`),
      password: fc.constant(undefined),
    })
    .map((role) => ({ name, ...role }));
const anyRoles = fc.tuple(...names.map(anyRole));

function memory(): MemoryRoles {
  const roles = new MemoryRoles(() => 0);
  for (const resource of ['data/shop', 'data/shop/orders']) roles.resources.add(resource);
  return roles;
}

describe('the changes of roles', () => {
  for (const { name, wanted, gone = [], found: present, changes, lacking = {} } of cases)
    it(`are ${name}`, () => {
      const plan = roleChanges(wanted, gone, present);
      assert.deepEqual(plan.changes, changes);
      assert.deepEqual(Object.fromEntries(plan.lacking), lacking);
    });

  it('lead from any roles to any others, and then are none', () => {
    fc.assert(
      fc.property(anyRoles, anyRoles, (first, second) => {
        const cassandra = memory();
        for (const wanted of [first, second]) {
          assert.equal(cassandra.change(roleChanges(wanted, [], cassandra.read()).changes).size, 0);
          // What is left out for it comes through another may have to come by itself later.
          cassandra.change(roleChanges(wanted, [], cassandra.read()).changes);
          assert.deepEqual(roleChanges(wanted, [], cassandra.read()).changes, []);
        }
        cassandra.change(roleChanges([], names, cassandra.read()).changes);
        assert.deepEqual([cassandra.roles.size, cassandra.identities.size], [0, 0]);
      }),
    );
  });

  it('are told in words, without the password', () => {
    const plan = roleChanges([wantedRole('a', { grants: on('data', 'SELECT'), password: 'secret' })], [], found({}));
    assert.equal(changesOf(['a'], plan), 'creates role a, grants SELECT on data, sets the password of a');
    assert.equal(changesOf(['b'], plan), undefined);
  });
});
