/** `CassandraRole`: somebody who uses a CassandraCluster, or what several of them have in common. */
import type { z } from 'zod';
import * as common from './common.ts';
import { entityColumns, entityStatusShape, passwordSecret, serviceName } from './entity.ts';
import {
  bool,
  enumeration,
  immutable,
  int64,
  list,
  object,
  optional,
  type Rule,
  rules,
  set,
  text,
  timestamp,
} from './lib/dialect.ts';
import { group, type Kind, version } from './lib/kind.ts';
import { type Parsed, parse } from './lib/parse.ts';

/** Those that Cassandra knows for keyspaces and tables. */
export const dataPermissions = [
  'Alter',
  'Authorize',
  'Create',
  'Drop',
  'Modify',
  'Select',
  'SelectMasked',
  'Unmask',
] as const;

export type DataPermission = (typeof dataPermissions)[number];
export type CassandraRoleSpec = z.output<typeof cassandraRoleSpec>;
/** What a user may write: every default left out. */
export type CassandraRoleSpecInput = z.input<typeof cassandraRoleSpec>;
export type CassandraRoleStatus = z.output<typeof cassandraRoleStatus>;
export type CassandraGrant = CassandraRoleSpec['grants'][number];

/** Of those that Cassandra itself would take, the ones that need no care anywhere. */
function roleName() {
  const says = 'must be letters, digits, ".", "_", "@" and "-", and begin with a letter or a digit';
  return text({ min: 1, max: 128, pattern: /^[a-zA-Z0-9][a-zA-Z0-9._@-]*$/, says });
}

/** `org.apache.cassandra.schema.SchemaConstants` on names. */
function dataName(pattern: RegExp, says: string) {
  return text({ min: 1, max: 222, pattern, says });
}

function resource() {
  const shape = object({
    keyspace: dataName(/^(\*|[a-zA-Z0-9_]+)$/, 'must be letters, digits and "_", or *').describe(
      'A keyspace, in the case that it has; * is every keyspace.',
    ),
    table: optional(dataName(/^[a-zA-Z0-9_]+$/, 'must be letters, digits and "_"')).describe(
      'A table of it, in the case that it has; all of the keyspace if left out.',
    ),
  });
  return rules(shape, tableHasKeyspace);
}

interface Resource {
  keyspace: string;
  table?: string;
}

const tableHasKeyspace: Rule<Resource> = {
  cel: "self.keyspace != '*' || !has(self.table)",
  message: 'a table is one of a keyspace: name it, or leave table out',
  field: 'table',
  holds: ({ keyspace, table }) => keyspace !== '*' || table === undefined,
};

const noCreateOnTable: Rule<{ resource: Resource; permissions: string[] }> = {
  cel: "!has(self.resource.table) || !('Create' in self.permissions)",
  message: 'Create is for a keyspace: nothing is created in a table',
  field: 'permissions',
  holds: ({ resource: { table }, permissions }) => table === undefined || !permissions.includes('Create'),
};

function grant() {
  const shape = object({
    resource: resource().describe('What it is about.'),
    permissions: set(enumeration(dataPermissions), { min: 1, max: dataPermissions.length }).describe(
      'What may be done with it.',
    ),
  });
  return rules(shape, noCreateOnTable);
}

/** An identity is what Cassandra's validator finds in a certificate; by default a SPIFFE id. */
function identity() {
  const says = 'must be printable characters without spaces, such as spiffe://example.com/shop';
  return text({ min: 1, max: 512, pattern: /^[!-~]+$/, says });
}

function rotation() {
  return object({
    type: immutable(
      enumeration(['InPlace', 'Turns']).prefault('InPlace'),
      'who logs in would be somebody else: make a new object',
    ).describe(
      'InPlace: the role gets another password. Turns: two roles log in, one after the other, as its members.',
    ),
    every: optional(common.duration()).describe(
      'How old a password may get; for ever if left out. Must be longer than clients need to read their Secret again.',
    ),
    grace: common
      .duration()
      .prefault('1h')
      .describe('With Turns: how long the former login stays open after a rotation.'),
  });
}

interface Spec {
  login: boolean;
  passwordFrom?: object;
  identities: string[];
  rotation: { type: string; every?: string };
}

const specRules: Rule<Spec>[] = [
  {
    cel: 'self.login || !has(self.passwordFrom)',
    message: 'a role that cannot log in has no password: leave passwordFrom out, or set login',
    field: 'passwordFrom',
    holds: ({ login, passwordFrom }) => login || passwordFrom === undefined,
  },
  {
    cel: "self.rotation.type != 'Turns' || (self.login && self.identities.size() == 0)",
    message: 'Turns is for roles that log in by password: set login, and leave identities out',
    field: 'rotation',
    holds: ({ login, identities, rotation: { type } }) => type !== 'Turns' || (login && identities.length === 0),
  },
  {
    cel: '!has(self.rotation.every) || (self.login && !has(self.passwordFrom))',
    message: 'only a password that is made up can be made anew: leave rotation.every out',
    field: 'rotation',
    holds: ({ login, passwordFrom, rotation: { every } }) =>
      every === undefined || (login && passwordFrom === undefined),
  },
];

export const cassandraRoleSpec = rules(
  object({
    cluster: serviceName('CassandraCluster'),
    name: optional(
      immutable(roleName(), 'a role cannot be renamed: make another one').describe(
        'The name of the role; that of the object if left out.',
      ),
    ),
    login: bool().prefault(true).describe('Whether the role may log in.'),
    superuser: bool().prefault(false).describe('Whether the role may do everything.'),
    passwordFrom: optional(passwordSecret('CassandraRole')).describe(
      'The Secret that has the password; one is made up if left out.',
    ),
    rotation: rotation().prefault({}).describe('How and when its password is replaced by another.'),
    memberOf: set(roleName(), { max: 32 })
      .prefault([])
      .describe('Roles of the CassandraCluster whose rights the role has beside its own.'),
    grants: list(grant(), { max: 128 }).prefault([]).describe('What the role may do; nothing if left out.'),
    identities: set(identity(), { max: 16 })
      .prefault([])
      .describe(
        'Whom a certificate may name to log in as the role, where the CassandraCluster lets in by certificate.',
      ),
    adoptionPolicy: enumeration(['Refuse', 'Adopt'])
      .prefault('Refuse')
      .describe('Adopt: a role that exists already becomes that of this object, and is changed to what it says.'),
    deletionPolicy: enumeration(['Retain', 'Delete'])
      .prefault('Retain')
      .describe('Delete: the role is dropped with the object. Otherwise it stays, with its password and its rights.'),
  }),
  ...specRules,
);

function appliedPassword() {
  return object({
    uid: text({ max: 64 }).describe('The uid of the Secret.'),
    resourceVersion: text({ max: 64 }).describe('Its version.'),
    written: optional(int64(0).describe('When Cassandra was given it, in microseconds since 1970, as Cassandra says.')),
  });
}

export const cassandraRoleStatus = object({
  ...entityStatusShape(),
  name: optional(text({ max: 253 }).describe('The name of the role.')),
  username: optional(text({ max: 253 }).describe('Who logs in now: the role, or one of the two that take turns.')),
  binding: optional(
    object({ name: text({ max: 253 }).describe('The Secret.') }).describe(
      'The Secret with everything a client needs, as servicebinding.io defines it.',
    ),
  ),
  password: optional(appliedPassword().describe('The Secret whose password Cassandra has been given.')),
  formerUntil: optional(timestamp().describe('Until when the one of the two that had the last turn may log in.')),
});

export const cassandraRoles = {
  group,
  version,
  kind: 'CassandraRole',
  plural: 'cassandraroles',
  singular: 'cassandrarole',
  shortNames: ['cassr'],
  namespaced: true,
  description: 'A role of a CassandraCluster: whether and how it logs in, and what it may do.',
  spec: cassandraRoleSpec,
  status: cassandraRoleStatus,
  rules: [
    {
      rule: 'self.metadata.name.size() <= 230',
      message: 'the name may have 230 characters: that of its Secret is longer',
    },
  ],
  columns: [
    { name: 'Username', type: 'string', jsonPath: '.status.username', description: 'Who logs in.' },
    ...entityColumns,
  ],
} as const satisfies Kind;

/** Reads the spec of a stored object, with every default filled in. */
export function parseCassandraRole(spec: unknown): Parsed<CassandraRoleSpec> {
  return parse(cassandraRoleSpec, spec, 'spec');
}
