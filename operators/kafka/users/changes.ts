/** Pure: what has to change in Kafka so that it has the users that are wanted, and no others of those that were ours. */
import { type AclBinding, type KafkaUsers, type QuotaChanges, quotaKeys } from '../admin/user-admin.ts';
import { aclKey, type Quotas } from './user.ts';

export interface WantedUser {
  name: string;
  acls: readonly AclBinding[];
  quotas: Quotas;
  /** New: Kafka has been given another one than is wanted. None: he proves in another way who he is. */
  password: 'Known' | 'New' | 'None';
}

export interface UserChanges {
  /** Who gets a password. */
  setPasswords: string[];
  removePasswords: string[];
  addAcls: AclBinding[];
  removeAcls: AclBinding[];
  quotas: QuotaChanges;
}

/** @param gone - users that are to leave nothing behind; nobody else's rules are touched */
export function userChanges(wanted: readonly WantedUser[], gone: readonly string[], present: KafkaUsers): UserChanges {
  const acls = aclChanges(wanted, gone, present.acls);
  const all = [...wanted, ...gone.map((name) => ({ name, quotas: new Map() }))];
  const without = wanted.flatMap(({ name, password }) => (password === 'None' ? [name] : []));
  return {
    setPasswords: wanted.flatMap(({ name, password }) =>
      password === 'New' || (password === 'Known' && !present.passwords.has(name)) ? [name] : [],
    ),
    removePasswords: [...gone, ...without].filter((name) => present.passwords.has(name)),
    ...acls,
    quotas: new Map(
      all.flatMap(({ name, quotas }) => {
        const changes = quotaChanges(quotas, present.quotas.get(name) ?? new Map());
        return changes.size === 0 ? [] : [[name, changes]];
      }),
    ),
  };
}

/** Nothing is wanted of a Kafka without an authorizer: it would take no rule. */
function aclChanges(
  wanted: readonly WantedUser[],
  gone: readonly string[],
  present: readonly AclBinding[] | undefined,
): Pick<UserChanges, 'addAcls' | 'removeAcls'> {
  if (present === undefined) return { addAcls: [], removeAcls: [] };
  const ours = new Set([...wanted.map(({ name }) => name), ...gone]);
  const there = new Map(present.filter(({ user }) => ours.has(user)).map((acl) => [aclKey(acl), acl]));
  const asked = new Map(wanted.flatMap(({ acls }) => acls).map((acl) => [aclKey(acl), acl]));
  return {
    addAcls: [...asked].flatMap(([key, acl]) => (there.has(key) ? [] : [acl])),
    removeAcls: [...there].flatMap(([key, acl]) => (asked.has(key) ? [] : [acl])),
  };
}

function quotaChanges(
  wanted: Quotas,
  present: ReadonlyMap<string, number>,
): Map<(typeof quotaKeys)[number], number | undefined> {
  const differing = quotaKeys.filter((key) => wanted.get(key) !== present.get(key));
  return new Map(differing.map((key) => [key, wanted.get(key)]));
}

/** In words, what is changed for one user; undefined if nothing is. */
export function changesOf(user: string, changes: UserChanges): string | undefined {
  const count = (acls: readonly AclBinding[]): number => acls.filter((acl) => acl.user === user).length;
  const [added, removed] = [count(changes.addAcls), count(changes.removeAcls)];
  const said = [
    ...(changes.setPasswords.includes(user) ? ['sets the password'] : []),
    ...(changes.removePasswords.includes(user) ? ['removes the password'] : []),
    ...(added === 0 ? [] : [`adds ${added} of its ACLs`]),
    ...(removed === 0 ? [] : [`removes ${removed} ACLs`]),
    ...(changes.quotas.has(user) ? ['sets its quotas'] : []),
  ];
  return said.length === 0 ? undefined : said.join(', ');
}
