/** What is asked of Kafka about its users, and what is changed; always of many at once. */
import type { aclOperations, aclResourceTypes } from '../../../crds/kafka-user.ts';
import type { Address } from './admin.ts';

/** One rule about one user. */
export interface AclBinding {
  user: string;
  type: (typeof aclResourceTypes)[number];
  name: string;
  pattern: 'Literal' | 'Prefix';
  operation: (typeof aclOperations)[number];
  permission: 'Allow' | 'Deny';
  host: string;
}

/** What Kafka keeps in place of a password (RFC 5802). */
export interface Credential {
  user: string;
  iterations: number;
  salt: Buffer;
  saltedPassword: Buffer;
}

export const quotaKeys = [
  'producer_byte_rate',
  'consumer_byte_rate',
  'request_percentage',
  'controller_mutation_rate',
] as const;

export interface KafkaUsers {
  /** Who has a password for SCRAM-SHA-512. */
  passwords: ReadonlySet<string>;
  /** Undefined where Kafka has no authorizer. */
  acls: readonly AclBinding[] | undefined;
  /** By user, then by key. */
  quotas: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** By user, then by key; undefined takes the quota away. */
export type QuotaChanges = ReadonlyMap<string, ReadonlyMap<(typeof quotaKeys)[number], number | undefined>>;

/** Why Kafka refuses what was asked for a user; for nobody where all was done. */
export type Refusals = ReadonlyMap<string, string>;

export interface UserAdmin {
  users(address: Address, signal: AbortSignal): Promise<KafkaUsers>;

  /** Done as well where there was none to remove. */
  alterPasswords(
    address: Address,
    set: readonly Credential[],
    remove: readonly string[],
    signal: AbortSignal,
  ): Promise<Refusals>;

  addAcls(address: Address, bindings: readonly AclBinding[], signal: AbortSignal): Promise<Refusals>;

  removeAcls(address: Address, bindings: readonly AclBinding[], signal: AbortSignal): Promise<Refusals>;

  alterQuotas(address: Address, changes: QuotaChanges, signal: AbortSignal): Promise<Refusals>;
}
