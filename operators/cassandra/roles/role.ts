/** Pure: a stored `CassandraRole` as a model, or everything that is wrong with it. */
import {
  type CassandraGrant,
  type CassandraRoleSpec,
  type CassandraRoleStatus,
  cassandraRoles,
  type DataPermission,
  parseCassandraRole,
} from '../../../crds/cassandra-role.ts';
import type { Resource } from '../../kube/resource.ts';
import type { EntityObject } from '../../workload/entities/entity.ts';
import type { Permissions } from '../admin/role-admin.ts';
import { cycleOf } from './cycle.ts';

export type RoleObject = EntityObject<CassandraRoleStatus>;

export const roleResource: Resource<RoleObject> = cassandraRoles;

export interface RoleModel {
  object: RoleObject;
  /** As Cassandra knows it. */
  name: string;
  spec: CassandraRoleSpec;
  grants: Permissions;
  /** Who logs in: the role itself, the two that take turns, or nobody. */
  logins: readonly string[];
}

export interface RefusedRole {
  kind: 'Refused';
  object: RoleObject;
  reason: 'InvalidSpec' | 'NameTaken';
  message: string;
}

export type RoleReading = { kind: 'Role'; role: RoleModel } | RefusedRole;

/**
 * In the order of their age: the first object that names a role has it.
 *
 * @param superuser - the operator's own role
 */
export function readRoles(objects: readonly RoleObject[], superuser: string): RoleReading[] {
  const taken = new Map<string, string>();
  const readings = objects.toSorted(byAge).map((object) => readRole(object, superuser, taken));
  const roles = readings.flatMap((reading) => (reading.kind === 'Role' ? [reading.role] : []));
  return readings.map((reading) => (reading.kind === 'Role' ? withoutCycle(reading.role, roles) : reading));
}

/** @param taken - by name of a role: the object that has it; the names of this one are added */
function readRole(object: RoleObject, superuser: string, taken: Map<string, string>): RoleReading {
  const parsed = parseCassandraRole(object.spec);
  if (!parsed.ok) {
    const message = parsed.problems.map(({ path, message: problem }) => `${path}: ${problem}`).join('; ');
    return { kind: 'Refused', object, reason: 'InvalidSpec', message };
  }
  const spec = parsed.value;
  const role = { object, spec, grants: grantsOf(spec.grants), ...namesOf(spec, object.metadata.name) };
  const reserved = reservedIn(role, superuser);
  if (reserved !== undefined) return { kind: 'Refused', object, reason: 'InvalidSpec', message: reserved };
  const names = allNames(role);
  for (const name of names) {
    const other = taken.get(name);
    if (other === undefined) continue;
    const message = `role ${name} is that of CassandraRole ${other}; name another role, or delete one of the two`;
    return { kind: 'Refused', object, reason: 'NameTaken', message };
  }
  for (const name of names) taken.set(name, object.metadata.name);
  return { kind: 'Role', role };
}

function namesOf({ name: given, login, rotation }: CassandraRoleSpec, objectName: string) {
  const name = given ?? objectName;
  if (!login) return { name, logins: [] };
  return { name, logins: rotation.type === 'Turns' ? [`${name}_a`, `${name}_b`] : [name] };
}

/** The role, and those that log in for it. */
export function allNames({ name, logins }: Pick<RoleModel, 'name' | 'logins'>): string[] {
  return [...new Set([name, ...logins])];
}

function reservedIn(role: Pick<RoleModel, 'name' | 'logins' | 'spec'>, superuser: string): string | undefined {
  const why = new Map([
    ['cassandra', 'the role that every Cassandra is born with, and is locked'],
    [superuser, "the operator's own"],
  ]);
  for (const name of allNames(role))
    if (why.has(name)) return `spec.name: ${name} is ${why.get(name)}: name another role`;
  const [index, group] = [...role.spec.memberOf.entries()].find(([, name]) => why.has(name)) ?? [];
  if (group === undefined) return undefined;
  return `spec.memberOf[${index}]: ${group} is ${why.get(group)}: set superuser where that is what is meant`;
}

/** What is granted twice is granted once. */
function grantsOf(grants: readonly CassandraGrant[]): Permissions {
  const all = new Map<string, Set<string>>();
  for (const { resource, permissions } of grants) {
    const key = resourceOf(resource);
    const known = all.get(key) ?? new Set<string>();
    for (const permission of permissions) known.add(permissionOf(permission));
    all.set(key, known);
  }
  return all;
}

function resourceOf({ keyspace, table }: CassandraGrant['resource']): string {
  const parts = keyspace === '*' ? [] : [keyspace, ...(table === undefined ? [] : [table])];
  return ['data', ...parts].join('/');
}

/** As Cassandra writes it. */
function permissionOf(permission: DataPermission): string {
  return permission === 'SelectMasked' ? 'SELECT_MASKED' : permission.toUpperCase();
}

function withoutCycle(role: RoleModel, all: readonly RoleModel[]): RoleReading {
  const groups = new Map(all.map(({ name, spec }) => [name, spec.memberOf]));
  const cycle = cycleOf(role.name, groups);
  if (cycle === undefined) return { kind: 'Role', role };
  const message = `spec.memberOf: ${cycle.join(' is a member of ')}: take one of them out`;
  return { kind: 'Refused', object: role.object, reason: 'InvalidSpec', message };
}

function byAge({ metadata: one }: RoleObject, { metadata: other }: RoleObject): number {
  const [first, second] = [one, other].map(({ creationTimestamp = '', name }) => `${creationTimestamp}/${name}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
}
