/** Pure: the roles that Cassandra is to have for one object. */
import type { KnownRoles } from '../admin/role-admin.ts';
import type { WantedRole } from './changes.ts';
import type { Login } from './login.ts';
import type { RoleModel } from './role.ts';

/** @param login - undefined for a role that does not log in */
export function wantedRoles(role: RoleModel, login: Login | undefined, found: KnownRoles): WantedRole[] {
  const { name, spec, grants } = role;
  const { superuser, memberOf, identities } = spec;
  const own = { name, superuser, memberOf, grants, identities };
  if (login === undefined) return [{ ...own, login: false, password: undefined }];
  const password = passwordToSet(role, login, found);
  if (login.former === undefined) return [{ ...own, login: true, password }];
  const turn = { superuser: false, memberOf: [name], grants: new Map(), identities: [] };
  const { name: former, until } = login.former;
  const others = found.roles.has(former)
    ? [{ ...turn, name: former, login: until !== undefined, password: undefined }]
    : [];
  return [
    { ...own, login: false, password: undefined },
    { ...turn, name: login.username, login: true, password },
    ...others,
  ];
}

/** A password cannot be read, but when it was written can: somebody else may have. */
function passwordToSet({ object }: RoleModel, { username, password, isNew }: Login, { roles }: KnownRoles) {
  const written = roles.get(username)?.passwordWritten;
  const isOurs = written !== undefined && written === object.status?.password?.written;
  return isNew || !isOurs ? password : undefined;
}
