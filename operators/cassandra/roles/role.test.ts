import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cycleOf } from './cycle.ts';
import { type RoleObject, type RoleReading, readRoles } from './role.ts';

function objectOf(name: string, spec: object = {}, age = 0): RoleObject {
  const creationTimestamp = new Date(age).toISOString();
  const metadata = { namespace: 'ns', name, uid: name, creationTimestamp };
  return { apiVersion: 'stateward.dev/v1alpha1', kind: 'CassandraRole', metadata, spec: { cluster: 'demo', ...spec } };
}

function said(readings: RoleReading[]): Record<string, string> {
  return Object.fromEntries(
    readings.map((reading) =>
      reading.kind === 'Role'
        ? [reading.role.object.metadata.name, 'Role']
        : [reading.object.metadata.name, `${reading.reason}: ${reading.message}`],
    ),
  );
}

const read = (...objects: RoleObject[]) => said(readRoles(objects, 'boss'));

describe('a stored CassandraRole', () => {
  it('is a role', () => {
    const grants = [
      { resource: { keyspace: 'Shop' }, permissions: ['Select'] },
      { resource: { keyspace: 'Shop', table: 'orders' }, permissions: ['Modify', 'SelectMasked'] },
      { resource: { keyspace: '*' }, permissions: ['Create'] },
      { resource: { keyspace: 'Shop' }, permissions: ['Select', 'Drop'] },
    ];
    const [reading] = readRoles([objectOf('shop', { name: 'Shop.App', grants })], 'boss');
    assert.ok(reading?.kind === 'Role');
    assert.deepEqual([reading.role.name, reading.role.logins], ['Shop.App', ['Shop.App']]);
    assert.deepEqual(Object.fromEntries([...reading.role.grants].map(([resource, all]) => [resource, [...all]])), {
      'data/Shop': ['SELECT', 'DROP'],
      'data/Shop/orders': ['MODIFY', 'SELECT_MASKED'],
      data: ['CREATE'],
    });
  });

  const logins: [object, string[]][] = [
    [{}, ['shop']],
    [{ login: false }, []],
    [{ rotation: { type: 'Turns' } }, ['shop_a', 'shop_b']],
  ];
  for (const [spec, expected] of logins)
    it(`logs in with ${JSON.stringify(spec)} as ${expected.join(' and ') || 'nobody'}`, () => {
      const [reading] = readRoles([objectOf('shop', spec)], 'boss');
      assert.deepEqual(reading?.kind === 'Role' && reading.role.logins, expected);
    });

  const refusals: [string, object, RegExp][] = [
    ['a name with a quote', { name: "a'b" }, /^InvalidSpec: spec\.name: must be letters/],
    [
      'the built-in role',
      { name: 'cassandra' },
      /^InvalidSpec: spec\.name: cassandra is the role that every Cassandra/,
    ],
    ['the superuser', { name: 'boss' }, /^InvalidSpec: spec\.name: boss is the operator's own/],
    ['the superuser among its roles', { memberOf: ['x', 'boss'] }, /^InvalidSpec: spec\.memberOf\[1\]: boss is/],
    ['itself among its roles', { memberOf: ['shop'] }, /^InvalidSpec: spec\.memberOf: shop is a member of shop/],
    [
      'a password and no login',
      { login: false, passwordFrom: { name: 'x' } },
      /^InvalidSpec: spec\.passwordFrom: a role that cannot log in has no password/,
    ],
    [
      'turns and identities',
      { rotation: { type: 'Turns' }, identities: ['x'] },
      /^InvalidSpec: spec\.rotation: Turns is for roles that log in by password/,
    ],
    [
      'a given password that is to be made anew',
      { passwordFrom: { name: 'x' }, rotation: { every: '1h' } },
      /^InvalidSpec: spec\.rotation: only a password that is made up/,
    ],
    [
      'Create on a table',
      { grants: [{ resource: { keyspace: 'a', table: 'b' }, permissions: ['Create'] }] },
      /^InvalidSpec: spec\.grants\[0\]\.permissions: Create is for a keyspace/,
    ],
    [
      'a table of every keyspace',
      { grants: [{ resource: { keyspace: '*', table: 'b' }, permissions: ['Select'] }] },
      /^InvalidSpec: spec\.grants\[0\]\.resource\.table: a table is one of a keyspace/,
    ],
    [
      'a keyspace that is CQL',
      { grants: [{ resource: { keyspace: 'a" TO eve; --' }, permissions: ['Select'] }] },
      /^InvalidSpec: spec\.grants\[0\]\.resource\.keyspace: must be letters/,
    ],
  ];
  for (const [what, spec, words] of refusals)
    it(`is refused with ${what}`, () => assert.match(read(objectOf('shop', spec))['shop'] ?? '', words));

  it('has its names for itself, the older one first', () => {
    const turns = { rotation: { type: 'Turns' } };
    const readings = read(objectOf('late', { name: 'shop_b' }, 2), objectOf('shop', turns, 1), objectOf('x', turns, 3));
    assert.match(readings['late'] ?? '', /^NameTaken: role shop_b is that of CassandraRole shop/);
    assert.deepEqual([readings['shop'], readings['x']], ['Role', 'Role']);
  });

  it('is refused with all others that are members of each other, and nobody else is', () => {
    const readings = read(
      objectOf('a', { memberOf: ['b'] }),
      objectOf('b', { memberOf: ['c', 'd'] }),
      objectOf('c', { memberOf: ['a'] }),
      objectOf('d'),
      objectOf('e', { memberOf: ['a'] }),
    );
    assert.match(readings['a'] ?? '', /a is a member of b is a member of c is a member of a: take one of them out/);
    assert.match(readings['b'] ?? '', /b is a member of c/);
    assert.match(readings['c'] ?? '', /c is a member of a/);
    assert.deepEqual([readings['d'], readings['e']], ['Role', 'Role']);
  });
});

describe('cycleOf', () => {
  it('finds a way back just where there is one', () => {
    const edges = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), { comparator: 'IsStrictlyEqual' });
    fc.assert(
      fc.property(edges, (all) => {
        const groups = new Map<string, string[]>();
        for (const [from, to] of all) groups.set(`${from}`, [...(groups.get(`${from}`) ?? []), `${to}`]);
        const cycle = cycleOf('0', groups);
        const reached = new Set(groups.get('0') ?? []);
        for (const name of reached) for (const next of groups.get(name) ?? []) reached.add(next);
        assert.equal(cycle !== undefined, reached.has('0'));
        for (const [index, name] of (cycle ?? []).slice(0, -1).entries())
          assert.ok(groups.get(name)?.includes(cycle?.[index + 1] ?? ''));
      }),
    );
  });
});
