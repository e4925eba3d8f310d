/** Roles of a Cassandra: names, grants and identities that would be more than one thing in CQL, and circles. */
import { type Hostile, hostile, many } from './hostile.ts';

const role = (spec: object): object => ({ cluster: 'ring', ...spec });
const named = (name: string): object => role({ name });
const onto = (resource: object, ...permissions: string[]): object => role({ grants: [{ resource, permissions }] });
const select = (resource: object): object => onto(resource, 'Select');
const known = (identity: string): object => role({ identities: [identity] });
const given = (passwordFrom: object): object => role({ passwordFrom });

const long = (length: number): string => 'a'.repeat(length);

const keyspace = 'spec.grants[0].resource.keyspace';
const table = 'spec.grants[0].resource.table';
const permissions = 'spec.grants[0].permissions';
const identity = 'spec.identities[0]';
const group = 'spec.memberOf[0]';

export const roles: readonly Hostile[] = [
  ...hostile('CassandraRole', 'ApiServer', [
    ['another statement in the name', named("a'; DROP ROLE stateward; --"), 'spec.name'],
    ['another role in the name', named('a" WITH SUPERUSER = true AND LOGIN = true --'), 'spec.name'],
    ['an option in the name', named('-a'), 'spec.name'],
    ['a comment for a name', named('/**/'), 'spec.name'],
    ['a name of 129 characters', named(long(129)), 'spec.name'],
    ['no name', named(''), 'spec.name'],
    ['another statement in a keyspace', select({ keyspace: 'a TO eve; GRANT ALL' }), keyspace],
    ['a quoted keyspace', select({ keyspace: '"a"' }), keyspace],
    ['all roles for a keyspace', select({ keyspace: 'ALL ROLES' }), keyspace],
    ['a resource of another kind', select({ keyspace: 'roles/stateward' }), keyspace],
    ['a table in the name of a keyspace', select({ keyspace: 'a.b' }), keyspace],
    ['some of all keyspaces', select({ keyspace: 'a*' }), keyspace],
    ['no keyspace', select({ keyspace: '' }), keyspace],
    ['a keyspace of 223 characters', select({ keyspace: long(223) }), keyspace],
    ['another statement in a table', select({ keyspace: 'a', table: 'b; DROP TABLE c' }), table],
    ['every table by its name', select({ keyspace: 'a', table: '*' }), table],
    ['a path in a table', select({ keyspace: 'a', table: '../b' }), table],
    ['a table of every keyspace', select({ keyspace: '*', table: 'b' }), table],
    ['all permissions at once', onto({ keyspace: 'a' }, 'All'), `${permissions}[0]`],
    ['a permission in the case of CQL', onto({ keyspace: 'a' }, 'SELECT'), `${permissions}[0]`],
    ['a permission on MBeans', onto({ keyspace: 'a' }, 'Execute'), `${permissions}[0]`],
    ['a permission with a target', onto({ keyspace: 'a' }, 'Select ON ALL KEYSPACES TO eve --'), `${permissions}[0]`],
    ['a permission twice', onto({ keyspace: 'a' }, 'Select', 'Select'), permissions],
    ['no permission', onto({ keyspace: 'a' }), permissions],
    ['something made in a table', onto({ keyspace: 'a', table: 'b' }, 'Create'), permissions],
    ['a grant of nothing', role({ grants: [{ permissions: ['Select'] }] }), 'spec.grants[0].resource'],
    [
      '129 grants',
      role({ grants: many(129, () => ({ resource: { keyspace: 'a' }, permissions: ['Drop'] })) }),
      'spec.grants',
    ],
    ['an identity with a space', known('spiffe://a/b c'), identity],
    ['an identity of two lines', known('spiffe://a/b\nspiffe://a/c'), identity],
    ['an identity with a zero', known('spiffe://a/b\u0000'), identity],
    ['an identity in another alphabet', known('spiffe://\u0430/b'), identity],
    ['no identity', known(''), identity],
    ['an identity of 513 characters', known(`spiffe://${long(504)}`), identity],
    ['an identity twice', role({ identities: ['spiffe://a/b', 'spiffe://a/b'] }), 'spec.identities'],
    ['seventeen identities', role({ identities: many(17, (i) => `spiffe://a/${i}`) }), 'spec.identities'],
    ['another statement in a group', role({ memberOf: ["a'; DROP ROLE b"] }), group],
    ['a quoted group', role({ memberOf: ['"stateward"'] }), group],
    ['33 groups', role({ memberOf: many(33, (i) => `g${i}`) }), 'spec.memberOf'],
    ['a group twice', role({ memberOf: ['a', 'a'] }), 'spec.memberOf'],
    ['a Secret in another namespace', given({ name: 'other/a' }), 'spec.passwordFrom.name'],
    ['a Secret above', given({ name: '../a' }), 'spec.passwordFrom.name'],
    ['a path for a key', given({ name: 'a', key: '../password' }), 'spec.passwordFrom.key'],
    ['a key of 254 characters', given({ name: 'a', key: long(254) }), 'spec.passwordFrom.key'],
    ['a password of nobody', role({ login: false, passwordFrom: { name: 'a' } }), 'spec.passwordFrom'],
    ['turns of certificates', role({ rotation: { type: 'Turns' }, identities: ['spiffe://a/b'] }), 'spec.rotation'],
    ['turns of nobody', role({ login: false, rotation: { type: 'Turns' } }), 'spec.rotation'],
    ['a rotation of what is given', role({ passwordFrom: { name: 'a' }, rotation: { every: '1h' } }), 'spec.rotation'],
    ['a rotation in words', role({ rotation: { every: 'daily' } }), 'spec.rotation.every'],
    ['a superuser by its text', role({ superuser: 'true' }), 'spec.superuser'],
    ['a cluster of another namespace', { cluster: 'other/ring' }, 'spec.cluster'],
  ]),
  ...hostile('CassandraRole', 'Reconcile', [
    ['the role that Cassandra is born with', named('cassandra'), 'spec.name: cassandra'],
    ["the operator's own", named('stateward'), 'spec.name: stateward'],
    ['a member of the role that Cassandra is born with', role({ memberOf: ['a', 'cassandra'] }), 'spec.memberOf[1]'],
    ["a member of the operator's own", role({ memberOf: ['stateward'] }), group],
    ['a member of itself', role({ name: 'own', memberOf: ['own'] }), 'spec.memberOf: own'],
    ['one end of a circle', role({ name: 'round', memberOf: ['about'] }), 'spec.memberOf: round'],
    ['the other end of a circle', role({ name: 'about', memberOf: ['round'] }), 'spec.memberOf: about'],
    ['a Secret that there is not', given({ name: 'none' }), 'spec.passwordFrom'],
    ["the superuser's Secret", given({ name: 'ring-cassandra-superuser' }), 'spec.passwordFrom'],
    ['the key of the CA', given({ name: 'ring-cassandra-ca-key', key: 'ca.key' }), 'spec.passwordFrom'],
  ]),
];
