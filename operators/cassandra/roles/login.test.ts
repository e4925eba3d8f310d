import assert from 'node:assert/strict';
import type { CassandraRoleSpecInput, CassandraRoleStatus } from '../../../crds/cassandra-role.ts';
import { type Known, loginOf } from './login.ts';
import { type RoleModel, readRoles } from './role.ts';

const now = Date.UTC(2030, 0, 1);
const hour = 3_600_000;
const luck = { now, randomBytes: (length: number) => Buffer.alloc(length, 7) };
const made = luck.randomBytes(24).toString('base64url');
const source = { uid: 'u', resourceVersion: '1' };

function roleOf(spec: Omit<CassandraRoleSpecInput, 'cluster'>, status: CassandraRoleStatus = {}): RoleModel {
  const metadata = { namespace: 'ns', name: 'shop', uid: 'uid' };
  const object = { apiVersion: 'stateward.dev/v1alpha1', kind: 'CassandraRole', metadata, status };
  const [reading] = readRoles([{ ...object, spec: { cluster: 'demo', ...spec } }], 'stateward');
  assert.ok(reading?.kind === 'Role');
  return reading.role;
}

const stored = (username: string, password = 'old'): Known => ({
  stored: { username, password, source },
  given: undefined,
});
const nothing: Known = { stored: undefined, given: undefined };
const turns = { rotation: { type: 'Turns' } } as const;
const applied = { ...source, written: (now - hour) * 1000 };

interface Case {
  name: string;
  spec: Omit<CassandraRoleSpecInput, 'cluster'>;
  status?: CassandraRoleStatus;
  known: Known;
  expected: [username: string, password: string, isNew: boolean];
  former?: [name: string, until: string | undefined, ends: boolean];
}

const cases: Case[] = [
  { name: 'the role, with a password that is made up', spec: {}, known: nothing, expected: ['shop', made, true] },
  {
    name: 'the role, as Cassandra knows it',
    spec: {},
    status: { username: 'shop', password: applied },
    known: stored('shop'),
    expected: ['shop', 'old', false],
  },
  {
    name: 'the role, by a Secret that has changed',
    spec: {},
    status: { username: 'shop', password: { ...applied, resourceVersion: '0' } },
    known: stored('shop'),
    expected: ['shop', 'old', true],
  },
  {
    name: 'the role, by the password that the user gives',
    spec: { passwordFrom: { name: 'given' } },
    status: { username: 'shop', password: applied },
    known: { ...stored('shop'), given: { password: 'mine', source: { ...source, uid: 'g' } } },
    expected: ['shop', 'mine', true],
  },
  {
    name: 'the role, though its Secret names somebody else',
    spec: {},
    status: { username: 'shop', password: applied },
    known: stored('eve'),
    expected: ['shop', 'old', true],
  },
  {
    name: 'the role, with another password once it is old',
    spec: { rotation: { every: '1h' } },
    status: { username: 'shop', password: applied },
    known: stored('shop'),
    expected: ['shop', made, true],
  },
  {
    name: 'the role, while its password is young',
    spec: { rotation: { every: '2h' } },
    status: { username: 'shop', password: applied },
    known: stored('shop'),
    expected: ['shop', 'old', false],
  },
  {
    name: 'the first of two',
    spec: turns,
    known: nothing,
    expected: ['shop_a', made, true],
    former: ['shop_b', undefined, false],
  },
  {
    name: 'the other of two when the Secret is gone',
    spec: turns,
    status: { username: 'shop_a', password: applied },
    known: nothing,
    expected: ['shop_b', made, true],
    former: ['shop_a', new Date(now + hour).toISOString(), false],
  },
  {
    name: 'the other of two when the password is old',
    spec: { rotation: { type: 'Turns', every: '1h', grace: '30m' } },
    status: { username: 'shop_b', password: applied },
    known: stored('shop_b'),
    expected: ['shop_a', made, true],
    former: ['shop_b', new Date(now + hour / 2).toISOString(), false],
  },
  {
    name: 'the other of two when the user gives another password',
    spec: { ...turns, passwordFrom: { name: 'given' } },
    status: { username: 'shop_a', password: applied },
    known: { ...stored('shop_a'), given: { password: 'mine', source: { ...source, uid: 'g' } } },
    expected: ['shop_b', 'mine', true],
    former: ['shop_a', new Date(now + hour).toISOString(), false],
  },
  {
    name: 'the one of two whom the Secret names already, also if the status does not know yet',
    spec: { rotation: { type: 'Turns', every: '1m' } },
    status: { username: 'shop_a', password: { ...applied, resourceVersion: '0' } },
    known: stored('shop_b'),
    expected: ['shop_b', 'old', true],
    former: ['shop_a', new Date(now + hour).toISOString(), false],
  },
  {
    name: 'one of two, however old the password is, while the other may',
    spec: { rotation: { type: 'Turns', every: '1m' } },
    status: { username: 'shop_b', password: applied, formerUntil: new Date(now + 1).toISOString() },
    known: stored('shop_b'),
    expected: ['shop_b', 'old', false],
    former: ['shop_a', new Date(now + 1).toISOString(), false],
  },
  {
    name: 'one of two while the other may',
    spec: turns,
    status: { username: 'shop_b', password: applied, formerUntil: new Date(now + 1).toISOString() },
    known: stored('shop_b'),
    expected: ['shop_b', 'old', false],
    former: ['shop_a', new Date(now + 1).toISOString(), false],
  },
  {
    name: 'one of two when the time of the other ends',
    spec: turns,
    status: { username: 'shop_b', password: applied, formerUntil: new Date(now).toISOString() },
    known: stored('shop_b'),
    expected: ['shop_b', 'old', false],
    former: ['shop_a', undefined, true],
  },
];

describe('who logs in', () => {
  for (const { name, spec, status, known, expected, former } of cases)
    it(`is ${name}`, () => {
      const login = loginOf(roleOf(spec, status), known, luck);
      assert.deepEqual([login.username, login.password, login.isNew], expected);
      assert.deepEqual(login.former && [login.former.name, login.former.until, login.former.ends], former);
    });
});
