/** `KafkaUser`: somebody who uses a KafkaCluster, and what he may do there. */
import type { z } from 'zod';
import { javaAddress } from './address.ts';
import { entityColumns, entityStatusShape, passwordSecret, serviceName } from './entity.ts';
import {
  enumeration,
  int32,
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

export const aclResourceTypes = ['Topic', 'Group', 'Cluster', 'TransactionalId', 'DelegationToken'] as const;
export const aclOperations = [
  'All',
  'Read',
  'Write',
  'Create',
  'Delete',
  'Alter',
  'Describe',
  'ClusterAction',
  'DescribeConfigs',
  'AlterConfigs',
  'IdempotentWrite',
  'TwoPhaseCommit',
] as const;

export type KafkaUserSpec = z.output<typeof kafkaUserSpec>;
/** What a user may write: every default left out. */
export type KafkaUserSpecInput = z.input<typeof kafkaUserSpec>;
export type KafkaUserStatus = z.output<typeof kafkaUserStatus>;
export type KafkaAcl = KafkaUserSpec['acls'][number];
export type KafkaAuthentication = KafkaUserSpec['authentication']['type'];
export type KafkaQuotas = NonNullable<KafkaUserSpec['quotas']>;

function authentication() {
  const shape = object({
    type: enumeration(['ScramSha512', 'Tls', 'OAuth'])
      .prefault('ScramSha512')
      .describe(
        'How the user proves who he is: by a password, by a certificate that Stateward makes, or by a token in his name.',
      ),
    passwordFrom: optional(passwordSecret('KafkaUser')).describe(
      'The Secret that has the password of a user of type ScramSha512; one is made up if left out.',
    ),
  });
  return rules(shape, onlySomeHavePasswords);
}

const onlySomeHavePasswords: Rule<{ type: string; passwordFrom?: object }> = {
  cel: "!has(self.passwordFrom) || !has(self.type) || self.type == 'ScramSha512'",
  message: 'only a user of type ScramSha512 has a password: remove it, or change the type',
  field: 'passwordFrom',
  holds: ({ type, passwordFrom }) => passwordFrom === undefined || type === 'ScramSha512',
};

function resource() {
  const shape = object({
    type: enumeration(aclResourceTypes).describe('What kind of thing it is about.'),
    name: optional(text({ min: 1, max: 255 })).describe('Its name, or how it begins; * is every name.'),
    pattern: enumeration(['Literal', 'Prefix'])
      .prefault('Literal')
      .describe('Whether name is the whole name or the beginning of it.'),
  });
  return rules(shape, clusterHasNoName);
}

interface Resource {
  type: string;
  name?: string;
}

const clusterHasNoName: Rule<Resource> = {
  cel: "(self.type == 'Cluster') != has(self.name)",
  message: 'name it, unless it is the Cluster, which has no name',
  field: 'name',
  holds: ({ type, name }) => (type === 'Cluster') !== (name !== undefined),
};

const hostIsAddress: Rule<{ host: string }> = {
  cel: "!has(self.host) || self.host == '*' || isIP(self.host)",
  message: 'must be one IP address, or *: Kafka knows no ranges',
  field: 'host',
  holds: ({ host }) => host === '*' || javaAddress(host) !== undefined,
};

function acl() {
  const shape = object({
    resource: resource().describe('What it is about.'),
    operations: set(enumeration(aclOperations), { min: 1, max: aclOperations.length }).describe(
      'What may be done with it.',
    ),
    permission: enumeration(['Allow', 'Deny'])
      .prefault('Allow')
      .describe('Whether it may be done; what is denied may not be done whatever else is allowed.'),
    host: text({ min: 1, max: 45 }).prefault('*').describe('From which IP address; * is from everywhere.'),
  });
  return rules(shape, hostIsAddress);
}

function quotas() {
  const bytes = (what: string) => optional(int64(1)).describe(what);
  return object({
    producerBytesPerSecond: bytes('Bytes that clients of the user may write to each broker in a second.'),
    consumerBytesPerSecond: bytes('Bytes that clients of the user may read from each broker in a second.'),
    requestPercentage: optional(int32(1, 100_000)).describe(
      'Share of the threads of each broker, in percent of one thread.',
    ),
    controllerMutationsPerSecond: optional(int32(1, 100_000)).describe(
      'Partitions that the user may create or delete in a second.',
    ),
  });
}

export const kafkaUserSpec = object({
  cluster: serviceName('KafkaCluster'),
  authentication: authentication().prefault({}).describe('How the user proves who he is.'),
  acls: list(acl(), { max: 256 }).prefault([]).describe('What the user may do; nothing if left out.'),
  quotas: optional(quotas()).describe('How much the user may do; what is left out has no bounds.'),
});

function appliedPassword() {
  return object({
    uid: text({ max: 64 }).describe('The uid of the Secret.'),
    resourceVersion: text({ max: 64 }).describe('Its version.'),
  });
}

export const kafkaUserStatus = object({
  ...entityStatusShape(),
  username: optional(text({ max: 253 }).describe('The name that Kafka knows the user by.')),
  binding: optional(
    object({ name: text({ max: 253 }).describe('The Secret.') }).describe(
      'The Secret with everything a client needs, as servicebinding.io defines it.',
    ),
  ),
  password: optional(appliedPassword().describe('The Secret whose password Kafka has been given.')),
  certificate: optional(
    object({ notAfter: timestamp().describe('When it ends; it is renewed before.') }).describe(
      'The certificate in the Secret of a user of type Tls.',
    ),
  ),
});

export const kafkaUsers = {
  group,
  version,
  kind: 'KafkaUser',
  plural: 'kafkausers',
  singular: 'kafkauser',
  shortNames: ['kfu'],
  namespaced: true,
  description: 'A user of a KafkaCluster: how he proves who he is, what he may do, and how much.',
  // The name of its Secret is longer. An issuer of tokens may begin names with a digit, or have dots in them.
  name: {
    max: 240,
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    description: 'The name that Kafka knows the user by.',
  },
  spec: kafkaUserSpec,
  status: kafkaUserStatus,
  rules: [
    {
      rule: "!has(self.spec.authentication) || !has(self.spec.authentication.type) || self.spec.authentication.type != 'Tls' || self.metadata.name.size() <= 64",
      message: 'the name of a user of type Tls may have 64 characters: no certificate holds a longer one',
    },
  ],
  columns: entityColumns,
} as const satisfies Kind;

/** Reads the spec of a stored object, with every default filled in. */
export function parseKafkaUser(spec: unknown): Parsed<KafkaUserSpec> {
  return parse(kafkaUserSpec, spec, 'spec');
}
