/** Pure: what has to change in Cassandra so that it has the roles that are wanted, and those that are gone no more. */
import type { KnownRole, KnownRoles, Permissions, RoleChange } from '../admin/role-admin.ts';

export interface WantedRole {
  name: string;
  login: boolean;
  superuser: boolean;
  memberOf: readonly string[];
  grants: Permissions;
  identities: readonly string[];
  /** The one that Cassandra has to be given; undefined if there is none, or it has it. */
  password: string | undefined;
}

export interface RoleChanges {
  /** In the order in which they are made: nobody may do more in between than before or after. */
  changes: RoleChange[];
  /** By role: what it cannot be given yet, and why. */
  lacking: ReadonlyMap<string, readonly string[]>;
}

/** What one role needs. */
interface Needs {
  less: RoleChange[];
  own: RoleChange[];
  more: RoleChange[];
  lacking: string[];
}

/** @param gone - roles that are to leave nothing behind; nobody else's are touched */
export function roleChanges(wanted: readonly WantedRole[], gone: readonly string[], found: KnownRoles): RoleChanges {
  const left = without(gone, found);
  const present = new Set([...left.roles.keys(), ...wanted.map(({ name }) => name)]);
  const holders = holdersOf(wanted, left);
  const all = wanted.map((role) => [role.name, needsOf(role, left, present, holders)] as const);
  const drops = gone.filter((name) => found.roles.has(name)).map((role): RoleChange => ({ kind: 'Drop', role }));
  const needs = all.map(([, need]) => need);
  return {
    changes: [
      ...drops,
      ...needs.flatMap(({ less }) => less),
      ...needs.flatMap(({ own }) => own),
      ...needs.flatMap(({ more }) => more),
      ...wanted.flatMap(({ name: role, password }): RoleChange[] =>
        password === undefined ? [] : [{ kind: 'SetPassword', role, password }],
      ),
    ],
    lacking: new Map(all.flatMap(([name, { lacking }]) => (lacking.length === 0 ? [] : [[name, lacking]]))),
  };
}

/** What Cassandra has once they are dropped. */
function without(gone: readonly string[], found: KnownRoles): KnownRoles {
  const { roles, permissions, identities } = found;
  const stays = (name: string): boolean => !gone.includes(name);
  return {
    ...found,
    roles: new Map([...roles].filter(([name]) => stays(name))),
    permissions: new Map([...permissions].filter(([name]) => stays(name))),
    identities: new Map([...identities].filter(([, role]) => stays(role))),
  };
}

/** Whose each identity will be: that of the one who has it, unless he is not to have it, then of the first who asks. */
function holdersOf(wanted: readonly WantedRole[], { identities }: KnownRoles): Map<string, string> {
  const asked = new Map(wanted.map(({ name, identities: own }) => [name, own]));
  const kept = [...identities].filter(([identity, role]) => asked.get(role)?.includes(identity) ?? true);
  const holders = new Map(kept);
  for (const { name, identities: own } of wanted)
    for (const identity of own) if (!holders.has(identity)) holders.set(identity, name);
  return holders;
}

function needsOf(
  role: WantedRole,
  found: KnownRoles,
  present: ReadonlySet<string>,
  holders: ReadonlyMap<string, string>,
): Needs {
  const parts = [groupNeeds(role, found, present), grantNeeds(role, found), identityNeeds(role, found, holders)];
  return {
    less: parts.flatMap(({ less }) => less),
    own: ownNeeds(role, found.roles.get(role.name)),
    more: parts.flatMap(({ more }) => more),
    lacking: parts.flatMap(({ lacking }) => lacking),
  };
}

function ownNeeds({ name: role, login, superuser }: WantedRole, known: KnownRole | undefined): RoleChange[] {
  if (known === undefined) return [{ kind: 'Create', role, login, superuser }];
  if (known.login === login && known.superuser === superuser) return [];
  return [{ kind: 'Alter', role, login, superuser }];
}

function groupNeeds(
  { name: role, memberOf }: WantedRole,
  { roles }: KnownRoles,
  present: ReadonlySet<string>,
): Omit<Needs, 'own'> {
  const direct = roles.get(role)?.memberOf ?? new Set<string>();
  const stays = [...direct].filter((group) => memberOf.includes(group));
  const has = reachable(stays, roles);
  const wanted = memberOf.filter((group) => !has.has(group));
  return {
    less: [...direct].flatMap((group) => (memberOf.includes(group) ? [] : [{ kind: 'Leave', role, group }])),
    more: wanted.flatMap((group) => (present.has(group) ? [{ kind: 'Join', role, group }] : [])),
    lacking: wanted.filter((group) => !present.has(group)).map((group) => `there is no role ${group}`),
  };
}

/** Cassandra makes nobody a member of what he has through another. */
function reachable(from: readonly string[], roles: KnownRoles['roles']): Set<string> {
  const seen = new Set(from);
  for (const name of seen) for (const group of roles.get(name)?.memberOf ?? []) seen.add(group);
  return seen;
}

function grantNeeds({ name: role, grants }: WantedRole, { permissions, resources }: KnownRoles): Omit<Needs, 'own'> {
  const has = permissions.get(role) ?? new Map<string, ReadonlySet<string>>();
  const wanted = [...grants].flatMap(([resource, all]) => differing(resource, all, has.get(resource)));
  const surplus = [...has].flatMap(([resource, all]) => differing(resource, all, grants.get(resource)));
  const exists = ({ resource }: Differing): boolean => isThere(resource, resources);
  return {
    less: surplus.filter(exists).map((each) => ({ kind: 'Revoke', role, ...each })),
    more: wanted.filter(exists).map((each) => ({ kind: 'Grant', role, ...each })),
    lacking: wanted.filter((each) => !exists(each)).map(({ resource }) => `there is no ${inWords(resource)}`),
  };
}

interface Differing {
  resource: string;
  permissions: string[];
}

function differing(resource: string, all: ReadonlySet<string>, other: ReadonlySet<string> | undefined): Differing[] {
  const permissions = [...all].filter((permission) => other?.has(permission) !== true);
  return permissions.length === 0 ? [] : [{ resource, permissions }];
}

/** The virtual keyspaces, all called system_, are always there; so is whatever is every keyspace or every table. */
function isThere(resource: string, resources: ReadonlySet<string>): boolean {
  if (resource === 'data' || /^data\/system(_|\/|$)/.test(resource)) return true;
  return resources.has(resource.replace(/\/\*$/, ''));
}

function inWords(resource: string): string {
  const [, keyspace, table] = resource.split('/');
  return table === undefined ? `keyspace ${keyspace}` : `table ${keyspace}.${table}`;
}

function identityNeeds(
  { name: role, identities: wanted }: WantedRole,
  { identities }: KnownRoles,
  holders: ReadonlyMap<string, string>,
): Omit<Needs, 'own'> {
  const has = [...identities].flatMap(([identity, holder]) => (holder === role ? [identity] : []));
  const more = wanted.filter((identity) => holders.get(identity) === role && !has.includes(identity));
  const others = wanted.filter((identity) => holders.get(identity) !== role);
  return {
    less: has.flatMap((identity) => (wanted.includes(identity) ? [] : [{ kind: 'DropIdentity', role, identity }])),
    more: more.map((identity) => ({ kind: 'AddIdentity', role, identity })),
    lacking: others.map((identity) => `identity ${identity} is that of role ${holders.get(identity)}`),
  };
}

/** In words, what is changed for these roles of one object; undefined if nothing is. */
export function changesOf(names: readonly string[], { changes }: RoleChanges): string | undefined {
  const said = changes.filter(({ role }) => names.includes(role)).map(wordsOf);
  return said.length === 0 ? undefined : [...new Set(said)].join(', ');
}

function wordsOf(change: RoleChange): string {
  const { kind, role } = change;
  switch (kind) {
    case 'Create':
      return `creates role ${role}`;
    case 'Alter':
      return `sets login and superuser of ${role}`;
    case 'SetPassword':
      return `sets the password of ${role}`;
    case 'Join':
      return `makes ${role} a member of ${change.group}`;
    case 'Leave':
      return `ends that ${role} is a member of ${change.group}`;
    case 'Grant':
      return `grants ${change.permissions.join(', ')} on ${change.resource}`;
    case 'Revoke':
      return `revokes ${change.permissions.join(', ')} on ${change.resource}`;
    case 'AddIdentity':
      return `adds identity ${change.identity}`;
    case 'DropIdentity':
      return `drops identity ${change.identity}`;
    case 'Drop':
      return `drops role ${role}`;
    default:
      return kind satisfies never;
  }
}
