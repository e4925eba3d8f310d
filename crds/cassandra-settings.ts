/** Parts of a CassandraCluster's spec: who is let in, what is written down of it, and what is refused. */
import type { z } from 'zod';
import { compareQuantities } from '../operators/kube/quantity.ts';
import * as common from './common.ts';
import { atomic, enumeration, int32, object, optional, rules, set, text, whenAbsent } from './lib/dialect.ts';

export type Authentication = z.output<ReturnType<typeof authentication>>;
export type AuditLog = z.output<ReturnType<typeof auditLog>>;
export type Guardrails = z.output<ReturnType<typeof guardrails>>;
export type Refusal = (typeof refusals)[number];

/** In the words of cassandra.yaml: one number and one unit. */
function shortDuration() {
  const says = 'must be a number and ms, s or m, such as 500ms, 2s or 1m';
  return text({ min: 2, max: 8, pattern: /^[1-9][0-9]{0,3}(ms|s|m)$/, says });
}

function cache(what: string) {
  return object({
    validity: optional(shortDuration()).describe(
      `How long a member goes by what it has read of ${what}; 2s if left out.`,
    ),
    updateInterval: optional(shortDuration()).describe(
      'After which time what is asked for again is also read again, meanwhile; the validity if left out.',
    ),
  });
}

function caches() {
  return object({
    roles: optional(cache('roles and who is a member of them')).describe('Roles, and whether they may log in.'),
    permissions: optional(cache('grants')).describe('Grants: a revoked one is in force for as long.'),
    credentials: optional(cache('passwords and identities')).describe(
      'Passwords, and the identities in certificates: a former one is in force for as long.',
    ),
  });
}

export const authenticationModes = ['Password', 'PasswordOrTls', 'MutualTls'] as const;

const authorityWhereNeeded = {
  cel: "(has(self.clientCaSecretName)) == (has(self.mode) && self.mode != 'Password')",
  message: 'clientCaSecretName is required for the modes PasswordOrTls and MutualTls, and only there',
  field: 'clientCaSecretName',
  holds: ({ mode, clientCaSecretName }: { mode: string; clientCaSecretName?: string }) =>
    (clientCaSecretName !== undefined) === (mode !== 'Password'),
};

export function authentication() {
  const shape = object({
    mode: enumeration(authenticationModes)
      .prefault('Password')
      .describe(
        'How clients prove who they are: by a password, by a password or a certificate, or by a certificate alone.',
      ),
    clientCaSecretName: optional(common.objectName()).describe(
      'A Secret whose ca.crt has signed the certificates of clients; never that of the members.',
    ),
    caches: optional(caches()).describe('For how long members go by what they know of roles.'),
  });
  return rules(shape, authorityWhereNeeded);
}

interface Speaking {
  authentication: { mode: string };
  encryption: { clients: string };
}

/** For the object that holds both `authentication` and `encryption`. */
export const certificatesNeedTls = {
  cel:
    "!has(self.authentication) || !has(self.authentication.mode) || self.authentication.mode == 'Password' || " +
    "!has(self.encryption) || !has(self.encryption.clients) || self.encryption.clients == 'Required'",
  message: 'the modes PasswordOrTls and MutualTls need encryption.clients to be Required',
  field: 'authentication',
  holds: ({ authentication: { mode }, encryption: { clients } }: Speaking) =>
    mode === 'Password' || clients === 'Required',
};

export const auditCategories = ['Auth', 'Dcl', 'Ddl', 'Dml', 'Query', 'Prepare', 'Error', 'Other'] as const;

/** Cassandra takes them as one text with commas. */
function keyspaceNames() {
  const says = 'must be the name of a keyspace';
  return set(text({ min: 1, max: 48, pattern: /^[A-Za-z0-9_]+$/, says }), { max: 64 });
}

function roleNames() {
  const says = 'must be the name of a role: ASCII, without commas and spaces, with a letter or a digit first';
  return set(text({ min: 1, max: 128, pattern: /^[A-Za-z0-9_][!-+\--~]*$/, says }), { max: 64 });
}

export function auditLog() {
  return object({
    categories: whenAbsent(set(enumeration(auditCategories), { min: 1, max: 8 }), [
      'Auth',
      'Dcl',
      'Ddl',
      'Error',
    ]).describe(
      'What is written down: logins, roles and grants, schema, and what failed; Dml, Query and Prepare are every statement.',
    ),
    includedKeyspaces: optional(keyspaceNames()).describe('Only what is done to these; every one if left out.'),
    excludedKeyspaces: optional(keyspaceNames()).describe(
      'Never what is done to these; those of the system itself if left out.',
    ),
    includedUsers: optional(roleNames()).describe('Only what these roles do; every one if left out.'),
    excludedUsers: optional(roleNames()).describe('Never what these roles do.'),
  });
}

const most = 2_147_483_647;

interface Threshold<Value> {
  warn?: Value;
  fail?: Value;
}

const warnFirst = 'a warning above what is refused would never be seen: warn must not be greater than fail';

function counts(max = most) {
  const shape = object({
    warn: optional(int32(1, max)).describe('Above this, the client is warned, and the log says so.'),
    fail: optional(int32(1, max)).describe('Above this, it is refused.'),
  });
  const ordered = {
    cel: '!has(self.warn) || !has(self.fail) || self.warn <= self.fail',
    message: warnFirst,
    field: 'warn',
    holds: ({ warn = 1, fail = most }: Threshold<number>) => warn <= fail,
  };
  return atomic(rules(shape, ordered));
}

function size() {
  const says = 'must be a size such as 512Ki, 10Mi or 1Gi';
  return text({ min: 3, max: 8, pattern: /^[1-9][0-9]{0,5}(Ki|Mi|Gi)$/, says });
}

function sizes() {
  const shape = object({
    warn: optional(size()).describe('Above this, the client is warned, or the log alone where no client waits.'),
    fail: optional(size()).describe('Above this, a write is refused; what is there already is only logged.'),
  });
  const ordered = {
    cel: '!has(self.warn) || !has(self.fail) || !quantity(self.fail).isLessThan(quantity(self.warn))',
    message: warnFirst,
    field: 'warn',
    holds: ({ warn, fail }: Threshold<string>) =>
      warn === undefined || fail === undefined || compareQuantities(fail, warn) !== -1,
  };
  return atomic(rules(shape, ordered));
}

export const refusals = [
  'AllowFiltering',
  'AlterTable',
  'CompactTables',
  'DropKeyspace',
  'DropOrTruncateTable',
  'GroupBy',
  'ReadBeforeWriteListOperations',
  'SecondaryIndexes',
  'SimpleStrategy',
  'UncompressedTables',
  'UserTimestamps',
] as const;

function minimumReplicationFactor() {
  return atomic(
    object({
      warn: optional(int32(1, 64)).describe('Below this, who makes the keyspace is warned.'),
    }),
  );
}

/** Limits of what roles do that are no superusers. */
export function guardrails() {
  return object({
    refused: whenAbsent(set(enumeration(refusals), { max: refusals.length }), ['SimpleStrategy']).describe(
      'What nobody may do: SimpleStrategy places replicas without a look at the racks.',
    ),
    keyspaces: counts().prefault({ warn: 40 }).describe('Keyspaces of the service.'),
    tables: counts().prefault({ warn: 150 }).describe('Tables of the service: each takes memory of every member.'),
    columnsPerTable: optional(counts()).describe('Columns of a table.'),
    secondaryIndexesPerTable: optional(counts()).describe('Indexes of a table.'),
    materializedViewsPerTable: optional(counts()).describe('Materialized views of a table.'),
    fieldsPerUdt: optional(counts()).describe('Fields of a user-defined type.'),
    vectorDimensions: optional(counts()).describe('Dimensions of a vector.'),
    pageSize: optional(counts()).describe('Rows that a client asks for at once.'),
    partitionKeysInSelect: optional(counts()).describe('Partitions that one SELECT names.'),
    inSelectCartesianProduct: optional(counts()).describe('Combinations of values that the INs of one SELECT make.'),
    itemsPerCollection: optional(counts()).describe('Items of a collection.'),
    collectionSize: optional(sizes()).describe('Size of a collection.'),
    columnValueSize: optional(sizes()).describe('Size of one value.'),
    partitionSize: optional(sizes()).describe('Size of a partition, as compaction finds it.'),
    partitionTombstones: optional(counts()).describe('Tombstones of a partition, as compaction finds them.'),
    dataDiskUsagePercentage: optional(counts(100)).describe(
      'How full the data volumes of the replicas of a write may be, in percent.',
    ),
    minimumReplicationFactor: optional(minimumReplicationFactor()).describe(
      'Replicas of a keyspace; warns below three, or the number of members if that is less, if left out.',
    ),
    maximumReplicationFactor: optional(counts(64)).describe('Replicas of a keyspace.'),
  });
}
