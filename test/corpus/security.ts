/** Whom a Cassandra lets in, what it writes down and what it refuses: text that would say more than one thing there. */
import { type Hostile, hostile } from './hostile.ts';

const tls = (clientCaSecretName: string): object => ({ authentication: { mode: 'PasswordOrTls', clientCaSecretName } });
const kept = (validity: string): object => ({ authentication: { caches: { permissions: { validity } } } });
const user = (name: string): object => ({ auditLog: { excludedUsers: [name] } });
const keyspace = (name: string): object => ({ auditLog: { includedKeyspaces: [name] } });
const size = (warn: string): object => ({ guardrails: { collectionSize: { warn } } });

const secret = 'spec.authentication.clientCaSecretName';
const validity = 'spec.authentication.caches.permissions.validity';
const users = 'spec.auditLog.excludedUsers[0]';
const keyspaces = 'spec.auditLog.includedKeyspaces[0]';
const warn = 'spec.guardrails.collectionSize.warn';

export const security: readonly Hostile[] = hostile('CassandraCluster', 'ApiServer', [
  ['the CA of clients in another namespace', tls('other/ca'), secret],
  ['the CA of clients above', tls('../ca'), secret],
  ['a cache that never forgets', kept('99999m'), validity],
  ['a cache of days', kept('2d'), validity],
  ['a cache with another setting', kept('2s\nauthorizer: AllowAllAuthorizer'), validity],
  ['two users in one', user('a,b'), users],
  ['a user with another setting', user('a\nauthorizer: AllowAllAuthorizer'), users],
  ['a user with a line that only YAML 1.1 ends', user('a\u2028authorizer: AllowAllAuthorizer'), users],
  ['a user that YAML takes for a reference', user('*a'), users],
  ['a user that YAML takes for its default value', user('='), users],
  ['two keyspaces in one', keyspace('a,b'), keyspaces],
  ['a keyspace that is quoted', keyspace('"a"'), keyspaces],
  ['a size without a unit', size('10'), warn],
  ['a size of nothing', size('0Mi'), warn],
  ['a size in the units of Cassandra', size('10MiB'), warn],
  ['a limit of none', { guardrails: { tables: { fail: 0 } } }, 'spec.guardrails.tables.fail'],
  ['a guardrail that there is not', { guardrails: { refused: ['Everything'] } }, 'spec.guardrails.refused[0]'],
]);
