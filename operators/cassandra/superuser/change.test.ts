import assert from 'node:assert/strict';
import type { Credentials } from '../admin/admin.ts';
import { adminOf, modelOf } from '../testing/cassandra.ts';
import { MemoryRoles } from '../testing/memory-roles.ts';
import { type ChangeState, observeChange, superuserPlans } from './change.ts';
import type { KnownSuperuser, SuperuserWish } from './secret.ts';

const model = { ...modelOf(), published: true };
const doors = ['a', 'b'].map((member) => ({
  member,
  target: { host: member, port: 9042, name: member, datacenter: 'dc1', clear: false },
}));
const present = { username: 'stateward', password: 'present' };
const next = { username: 'stateward', password: 'next' };
const other = { username: 'root', password: 'other' };

function wishFor(wanted: Credentials, parts: Partial<SuperuserWish> = {}): SuperuserWish {
  return { version: 'uid/1', wanted, problem: undefined, noted: false, told: false, ...parts };
}

interface World {
  /** Whom each of the members lets in. */
  lets?: Record<string, Credentials[]>;
  /** By name: whether it may log in, and is a superuser. */
  roles?: Record<string, [login: boolean, superuser: boolean]>;
  doors?: typeof doors;
}

async function stateOf(own: KnownSuperuser, { lets = {}, roles = {}, doors: open = doors }: World) {
  const all = new MemoryRoles(() => 0);
  for (const [role, [login, superuser]] of Object.entries(roles))
    all.change([{ kind: 'Create', role, login, superuser }]);
  const admin = adminOf({
    letsIn: async ({ host }, { username, password }) => {
      const known = lets[host];
      if (known === undefined) throw new Error(`${host} does not answer`);
      return known.some((login) => login.username === username && login.password === password);
    },
    roles: async () => all.read(),
  });
  return observeChange(own, { model, doors: open, admin, signal: new AbortController().signal });
}

const everywhere = (...logins: Credentials[]) => ({ a: logins, b: logins });
const shutOut =
  'Cassandra lets the operator in neither by Secret demo-cassandra-superuser nor by its copy demo-cassandra-binding: put the password that it has into demo-cassandra-superuser';
const lesser =
  'role root exists and is no superuser that may log in: name another one in Secret demo-cassandra-superuser';
const noted = { noted: true };
const told = { noted: true, told: true };

const table: [string, KnownSuperuser, World, ChangeState][] = [
  ['another password', { ...present, next, wish: wishFor(next) }, { lets: everywhere(present) }, { kind: 'Wanted' }],
  [
    'another superuser',
    { ...present, next: other, wish: wishFor(other) },
    { lets: everywhere(present) },
    { kind: 'Wanted' },
  ],
  [
    'a password that Cassandra has already',
    { ...present, next, wish: wishFor(next) },
    { lets: everywhere(next) },
    { kind: 'Wanted' },
  ],
  [
    'a password that is noted',
    { ...present, next, wish: wishFor(next, noted) },
    { lets: everywhere(present) },
    { kind: 'Noted', isNew: false },
  ],
  [
    'a superuser that is noted',
    { ...present, next: other, wish: wishFor(other, noted) },
    { lets: everywhere(present) },
    { kind: 'Noted', isNew: true },
  ],
  [
    'a superuser that has been made, and has no password yet',
    { ...present, next: other, wish: wishFor(other, noted) },
    { lets: everywhere(present), roles: { root: [true, true] } },
    { kind: 'Noted', isNew: false },
  ],
  [
    'a password that Cassandra was told, and no member goes by',
    { ...present, next, wish: wishFor(next, told) },
    { lets: everywhere(present) },
    { kind: 'Told', remembering: ['a', 'b'] },
  ],
  [
    'a password that one member goes by',
    { ...present, next, wish: wishFor(next, noted) },
    { lets: { a: [present], b: [next] } },
    { kind: 'Told', remembering: ['a'] },
  ],
  [
    'a password that all members go by',
    { ...present, next, wish: wishFor(next, told) },
    { lets: everywhere(next) },
    { kind: 'LetIn' },
  ],
  [
    'the name of a role that may not do everything',
    { ...present, next: other, wish: wishFor(other) },
    { lets: everywhere(present, other), roles: { root: [true, false] } },
    { kind: 'Refused', message: lesser },
  ],
  [
    'the name of a role that may not log in',
    { ...present, next: other, wish: wishFor(other, noted) },
    { lets: everywhere(present), roles: { root: [false, true] } },
    { kind: 'Refused', message: lesser },
  ],
  [
    'another one than the noted one, which cannot be',
    { ...present, next: other, wish: wishFor(next, noted) },
    { lets: everywhere(present), roles: { root: [true, false] } },
    { kind: 'Wanted' },
  ],
  [
    'a password where nothing that is known opens',
    { ...present, next, wish: wishFor(next) },
    { lets: everywhere() },
    { kind: 'Refused', message: shutOut },
  ],
  [
    'what was found where nothing that was noted opens',
    { ...present, next, wish: wishFor(other, told) },
    { lets: everywhere(other) },
    { kind: 'Wanted' },
  ],
  [
    'nobody, for what is wrong with the Secret',
    { ...present, wish: { ...wishFor(next), problem: 'it is empty' } },
    { lets: everywhere(present) },
    { kind: 'Refused', message: 'it is empty' },
  ],
  [
    'a password while a member does not answer',
    { ...present, next, wish: wishFor(next, noted) },
    { lets: { a: [present] } },
    { kind: 'Unknown', message: 'b does not answer' },
  ],
  [
    'a password while no member is there',
    { ...present, next, wish: wishFor(next) },
    { doors: [] },
    { kind: 'Unknown', message: 'no member is NORMAL' },
  ],
];

describe('a superuser that is wanted', () => {
  for (const [what, own, world, expected] of table)
    it(`is ${what}`, async () => assert.deepEqual(await stateOf(own, world), { version: 'uid/1', state: expected }));

  it('is none where Cassandra has it', async () => assert.equal(await stateOf(present, {}), undefined));
});

describe('the plan of a superuser', () => {
  const steps: [ChangeState, string, string][] = [
    [{ kind: 'Wanted' }, 'Due', 'notes what Secret demo-cassandra-superuser says, before Cassandra is told'],
    [{ kind: 'Noted', isNew: true }, 'Due', 'makes the superuser that is wanted'],
    [{ kind: 'Noted', isNew: false }, 'Due', 'gives the superuser the password that is wanted'],
    [
      { kind: 'Told', remembering: ['a', 'b'] },
      'InProgress',
      'a, b still let in by what they have read before (spec.authentication.caches.credentials)',
    ],
    [{ kind: 'LetIn' }, 'Due', 'gives it to applications by Secret demo-cassandra-binding'],
    [{ kind: 'Refused', message: 'why' }, 'Error', 'why'],
    [{ kind: 'Unknown', message: 'why' }, 'Waiting', 'why'],
  ];
  for (const [state, kind, message] of steps)
    it(`says that it ${message}`, () => {
      const [plan] = superuserPlans({ version: 'uid/1', state }, model);
      assert.equal(plan?.name, 'superuser');
      const progress = plan?.phases[0]?.steps[0]?.progress;
      assert.ok(progress !== undefined && progress.kind !== 'Complete');
      assert.deepEqual([progress.kind, progress.message], [kind, message]);
    });

  it('is none where Cassandra has it', () => assert.deepEqual(superuserPlans(undefined, model), []));
});
