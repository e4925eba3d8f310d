import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RoleChange } from './role-admin.ts';
import { statementOf } from './role-text.ts';

const role = 'o"neil';

describe('a change of a role', () => {
  const statements: [RoleChange, string][] = [
    [
      { kind: 'Create', role, login: true, superuser: false },
      'CREATE ROLE "o""neil" WITH LOGIN = true AND SUPERUSER = false',
    ],
    [
      { kind: 'Alter', role, login: false, superuser: true },
      'ALTER ROLE "o""neil" WITH LOGIN = false AND SUPERUSER = true',
    ],
    [{ kind: 'SetPassword', role, password: "it's" }, `ALTER ROLE "o""neil" WITH PASSWORD = 'it''s'`],
    [{ kind: 'Join', role, group: 'Readers' }, 'GRANT "Readers" TO "o""neil"'],
    [{ kind: 'Leave', role, group: 'Readers' }, 'REVOKE "Readers" FROM "o""neil"'],
    [
      { kind: 'Grant', role, resource: 'data', permissions: ['SELECT', 'MODIFY'] },
      'GRANT SELECT, MODIFY ON ALL KEYSPACES TO "o""neil"',
    ],
    [
      { kind: 'Grant', role, resource: 'data/Shop', permissions: ['CREATE'] },
      'GRANT CREATE ON KEYSPACE "Shop" TO "o""neil"',
    ],
    [
      { kind: 'Revoke', role, resource: 'data/Shop/orders', permissions: ['DROP'] },
      'REVOKE DROP ON TABLE "Shop"."orders" FROM "o""neil"',
    ],
    [
      { kind: 'Revoke', role, resource: 'data/Shop/*', permissions: ['DROP'] },
      'REVOKE DROP ON ALL TABLES IN KEYSPACE "Shop" FROM "o""neil"',
    ],
    [
      { kind: 'AddIdentity', role: "o'neil", identity: 'spiffe://x/y' },
      "ADD IDENTITY 'spiffe://x/y' TO ROLE 'o''neil'",
    ],
    [{ kind: 'DropIdentity', role, identity: "it's" }, "DROP IDENTITY IF EXISTS 'it''s'"],
    [{ kind: 'Drop', role }, 'DROP ROLE IF EXISTS "o""neil"'],
  ];
  for (const [change, statement] of statements)
    it(`is a statement: ${change.kind} ${'resource' in change ? change.resource : ''}`, () =>
      assert.equal(statementOf(change), statement));

  it('has one statement only, whatever is put into it', () => {
    const hostile = fc.string({ unit: fc.constantFrom("'", '"', ';', '--', '\\', '\n', 'a') });
    fc.assert(
      fc.property(hostile, hostile, (name, password) => {
        const statement = statementOf({ kind: 'SetPassword', role: name, password });
        const bare = statement.replaceAll(/"([^"]|"")*"|'([^']|'')*'/g, '?');
        assert.equal(bare, 'ALTER ROLE ? WITH PASSWORD = ?');
      }),
    );
  });
});
