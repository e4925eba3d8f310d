/** Users as Kafka has them: passwords (KIP-554), ACLs, and quotas (KIP-546). Each question and change is about many. */
import {
  AclOperations,
  AclPermissionTypes,
  alterClientQuotasV1,
  alterUserScramCredentialsV0,
  ClientQuotaMatchTypes,
  type Connection,
  createAclsV3,
  deleteAclsV3,
  describeAclsV3,
  describeClientQuotasV0,
  describeUserScramCredentialsV0,
  ResourcePatternTypes,
  ResourceTypes,
  ScramMechanisms,
} from '@platformatic/kafka';
import type { aclOperations, aclResourceTypes } from '../../../crds/kafka-user.ts';
import { errorCodes, refusalOf, wordsOf } from './refusal.ts';
import type { AclBinding, Credential, KafkaUsers, QuotaChanges, Refusals } from './user-admin.ts';
import { inParts, whole } from './whole.ts';

/** The controller writes at most 10,000 records in one go (`QuorumController.MAX_RECORDS_PER_USER_OP`). */
const batch = 1000;

const principalType = 'User:';

const resourceTypes: Record<(typeof aclResourceTypes)[number], number> = {
  Topic: ResourceTypes.TOPIC,
  Group: ResourceTypes.GROUP,
  Cluster: ResourceTypes.CLUSTER,
  TransactionalId: ResourceTypes.TRANSACTIONAL_ID,
  DelegationToken: ResourceTypes.DELEGATION_TOKEN,
};

const operations: Record<(typeof aclOperations)[number], number> = {
  All: AclOperations.ALL,
  Read: AclOperations.READ,
  Write: AclOperations.WRITE,
  Create: AclOperations.CREATE,
  Delete: AclOperations.DELETE,
  Alter: AclOperations.ALTER,
  Describe: AclOperations.DESCRIBE,
  ClusterAction: AclOperations.CLUSTER_ACTION,
  DescribeConfigs: AclOperations.DESCRIBE_CONFIGS,
  AlterConfigs: AclOperations.ALTER_CONFIGS,
  IdempotentWrite: AclOperations.IDEMPOTENT_WRITE,
  TwoPhaseCommit: AclOperations.TWO_PHASE_COMMIT,
};

const patterns = { Literal: ResourcePatternTypes.LITERAL, Prefix: ResourcePatternTypes.PREFIXED };
const permissions = { Allow: AclPermissionTypes.ALLOW, Deny: AclPermissionTypes.DENY };

export async function listUsers(connection: Connection): Promise<KafkaUsers> {
  const passwords = await listPasswords(connection);
  return { passwords, acls: await listAcls(connection), quotas: await listQuotas(connection) };
}

async function listPasswords(connection: Connection): Promise<Set<string>> {
  const { results } = await describeUserScramCredentialsV0.api.async(connection, null);
  const known = results.filter(({ credentialInfos }) =>
    credentialInfos.some(({ mechanism }) => mechanism === ScramMechanisms.SCRAM_SHA_512),
  );
  return new Set(known.map(({ user }) => user));
}

/** Undefined where Kafka has no authorizer. */
async function listAcls(connection: Connection): Promise<AclBinding[] | undefined> {
  const everything = {
    resourceType: ResourceTypes.ANY,
    resourceName: null,
    resourcePatternType: ResourcePatternTypes.ANY,
    principal: null,
    host: null,
    operation: AclOperations.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
  let found: AclBinding[] = [];
  const ask = async (): Promise<void> => {
    const { resources } = await describeAclsV3.api.async(connection, everything);
    found = resources.flatMap((resource) => resource.acls.flatMap((acl) => bindingOf({ ...resource, ...acl })));
  };
  const off = await refusalOf(ask(), [errorCodes.securityDisabled]);
  return off === undefined ? found : undefined;
}

type WireAcl = Parameters<typeof createAclsV3.api.async>[1][number];

/** What no KafkaUser could say is nobody's business here. */
function bindingOf(acl: WireAcl): AclBinding[] {
  const type = keyOf(resourceTypes, acl.resourceType);
  const pattern = keyOf(patterns, acl.resourcePatternType);
  const operation = keyOf(operations, acl.operation);
  const permission = keyOf(permissions, acl.permissionType);
  if (type === undefined || pattern === undefined || operation === undefined || permission === undefined) return [];
  if (!acl.principal.startsWith(principalType)) return [];
  const { resourceName: name, host } = acl;
  return [{ user: acl.principal.slice(principalType.length), type, name, pattern, operation, permission, host }];
}

function keyOf<Key extends string>(table: Record<Key, number>, value: number): Key | undefined {
  return (Object.keys(table) as Key[]).find((key) => table[key] === value);
}

function wireOf({ user, type, name, pattern, operation, permission, host }: AclBinding): WireAcl {
  return {
    resourceType: resourceTypes[type],
    resourceName: name,
    resourcePatternType: patterns[pattern],
    principal: `${principalType}${user}`,
    host,
    operation: operations[operation],
    permissionType: permissions[permission],
  } as WireAcl;
}

/** Those of users alone: one of a user and a client id together is somebody else's. */
async function listQuotas(connection: Connection): Promise<Map<string, Map<string, number>>> {
  const components = [{ entityType: 'user', matchType: ClientQuotaMatchTypes.ANY } as const];
  const { entries } = await describeClientQuotasV0.api.async(connection, components, true);
  return new Map(
    (entries ?? []).flatMap(({ entity, values }): [string, Map<string, number>][] => {
      const name = entity[0]?.entityName;
      return typeof name === 'string' ? [[name, new Map(values.map(({ key, value }) => [key, value]))]] : [];
    }),
  );
}

export async function alterPasswords(
  connection: Connection,
  set: readonly Credential[],
  remove: readonly string[],
): Promise<Refusals> {
  const refused = new Map<string, string>();
  const mechanism = ScramMechanisms.SCRAM_SHA_512;
  const deletions = remove.map((name) => ({ name, mechanism }));
  const upsertions = set.map(({ user: name, iterations, salt, saltedPassword }) => ({
    name,
    mechanism,
    iterations,
    salt,
    saltedPassword,
  }));
  for (const part of inParts([...deletions, ...upsertions], batch)) {
    const sent = new Set<object>(part);
    const [gone, given] = [deletions.filter((one) => sent.has(one)), upsertions.filter((one) => sent.has(one))];
    const { results } = await whole(alterUserScramCredentialsV0.api.async(connection, gone, given));
    for (const { user, errorCode, errorMessage } of results) {
      if (errorCode === errorCodes.none || errorCode === errorCodes.resourceNotFound) continue;
      refused.set(user, wordsOf(errorCode, errorMessage));
    }
  }
  return refused;
}

export async function addAcls(connection: Connection, bindings: readonly AclBinding[]): Promise<Refusals> {
  const refused = new Map<string, string>();
  for (const part of inParts(bindings, batch)) {
    const { results } = await whole(createAclsV3.api.async(connection, part.map(wireOf)));
    noteRefusals(part, results, refused);
  }
  return refused;
}

export async function removeAcls(connection: Connection, bindings: readonly AclBinding[]): Promise<Refusals> {
  const refused = new Map<string, string>();
  for (const part of inParts(bindings, batch)) {
    const { filterResults } = await whole(deleteAclsV3.api.async(connection, part.map(wireOf)));
    noteRefusals(part, filterResults, refused);
  }
  return refused;
}

function noteRefusals(
  bindings: readonly AclBinding[],
  results: readonly { errorCode: number; errorMessage: string | null | undefined }[],
  refused: Map<string, string>,
): void {
  for (const [index, { user }] of bindings.entries()) {
    const { errorCode = errorCodes.none, errorMessage } = results[index] ?? {};
    if (errorCode !== errorCodes.none) refused.set(user, wordsOf(errorCode, errorMessage));
  }
}

type Entries = Parameters<typeof alterClientQuotasV1.api.async>[1];

export async function alterQuotas(connection: Connection, changes: QuotaChanges): Promise<Refusals> {
  const refused = new Map<string, string>();
  const all = [...changes].map(([user, values]) => ({
    entities: [{ entityType: 'user' as const, entityName: user }],
    ops: [...values].map(([key, value]) =>
      value === undefined ? { key, remove: true } : { key, value, remove: false },
    ) as Entries[number]['ops'],
  }));
  for (const part of inParts(all, batch)) {
    const { entries } = await whole(alterClientQuotasV1.api.async(connection, part, false));
    for (const { errorCode, errorMessage, entity } of entries)
      if (errorCode !== errorCodes.none) refused.set(entity[0]?.entityName ?? '', wordsOf(errorCode, errorMessage));
  }
  return refused;
}
