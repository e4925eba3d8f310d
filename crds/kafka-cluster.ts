/** `KafkaCluster`: Apache Kafka with its own KRaft quorum. */
import type { z } from 'zod';
import { certificates } from './certificates.ts';
import * as common from './common.ts';
import {
  bool,
  enumeration,
  int32,
  listMap,
  map,
  object,
  optional,
  port,
  type Rule,
  rules,
  set,
  text,
  timestamp,
  whenAbsent,
} from './lib/dialect.ts';
import { group, type Kind, serviceColumns, shortNames, version } from './lib/kind.ts';
import { type Parsed, parse } from './lib/parse.ts';
import { networkPolicy } from './network-policy.ts';
import { gpu, placement } from './placement.ts';
import { count, endpointShape, endpoints, memberShape, members, mostMembers, statusShape } from './status.ts';

/** Newest first: that is the default. */
export const kafkaVersions = ['4.3.1', '4.2.1'] as const;

export type KafkaRole = 'Controller' | 'Broker';
export type KafkaVersion = (typeof kafkaVersions)[number];
export type KafkaVolume = KafkaPool['storage']['volumes'][number];
export type KafkaPool = KafkaClusterSpec['pools'][number];
export type KafkaListener = KafkaClusterSpec['listeners'][number];
export type KafkaClusterSpec = z.output<typeof kafkaClusterSpec>;
/** What a user may write: every default left out. */
export type KafkaClusterSpecInput = z.input<typeof kafkaClusterSpec>;
export type KafkaClusterStatus = z.output<typeof kafkaClusterStatus>;
export type KafkaMemberStatus = NonNullable<KafkaClusterStatus['members']>[number];
export type KafkaEndpoint = NonNullable<KafkaClusterStatus['endpoints']>[number];

function volume() {
  return object({
    name: common.dnsLabel(20).describe('The name of the volume, unique in the pool.'),
    ...common.volumeShape(),
  });
}

function storage() {
  const volumes = whenAbsent(listMap('name', volume(), { min: 1, max: 16 }), [{ name: 'data' }]);
  return object({
    volumes: volumes.describe('The data volumes of each member, sharing the load (JBOD); one of 20Gi if left out.'),
  });
}

function pool() {
  const shape = object({
    name: common.dnsLabel(20).describe('The name of the pool, part of the names of its members.'),
    roles: set(enumeration(['Controller', 'Broker']), { min: 1, max: 2 }).describe(
      'What the members do: Controller keeps the metadata quorum, Broker keeps the records.',
    ),
    replicas: int32(0, 500).prefault(3).describe('Number of members; 0 empties the pool before it is removed.'),
    storage: storage().prefault({}).describe('Where the members keep their data.'),
    resources: common.resources('500m', '2Gi').describe('CPU and memory of each member.'),
    jvm: optional(common.jvm()).describe('How java is started.'),
    placement: optional(placement()).describe("Where the members run; takes the place of the service's placement."),
    gpu: optional(gpu()).describe('GPUs for each member; none if left out.'),
    metadata: optional(common.podMetadata()).describe(
      "Labels and annotations of the pool's pods, over those of podMetadata.",
    ),
  });
  return rules(shape, common.heapBelowLimit);
}

/** A pool as the rules read it. */
interface Roles {
  roles: readonly string[];
  replicas: number;
}

function someoneIs(role: KafkaRole): Rule<readonly Roles[]> {
  return {
    cel: `self.exists(pool, '${role}' in pool.roles && (!has(pool.replicas) || pool.replicas > 0))`,
    message: `at least one pool with members must have the role ${role}`,
    holds: (pools) => pools.some(({ roles, replicas }) => roles.includes(role) && replicas > 0),
  };
}

const notTooMany: Rule<readonly Roles[]> = {
  cel: `self.map(pool, has(pool.replicas) ? pool.replicas : 3).sum() <= ${mostMembers}`,
  message: `all pools together may have ${mostMembers} members: ask for fewer replicas`,
  holds: (pools) => pools.reduce((sum, { replicas }) => sum + replicas, 0) <= mostMembers,
};

function pools() {
  const list = listMap('name', pool(), { min: 1, max: 16 });
  const both = rules(list, someoneIs('Controller'), someoneIs('Broker'), notTooMany);
  return whenAbsent(both, [{ name: 'kafka', roles: ['Controller', 'Broker'] }]);
}

export const authentications = ['ScramSha512', 'Tls', 'OAuth', 'None'] as const;

const ours = ['controller', 'internal'];

const notOurs: Rule<string> = {
  cel: `!(self in ${JSON.stringify(ours)})`,
  message: 'members use the listeners controller and internal among themselves: choose another name',
  holds: (name) => !ours.includes(name),
};

function listener() {
  const says = 'must be lower case letters and digits, and begin with a letter';
  const name = text({ min: 1, max: 20, pattern: /^[a-z][a-z0-9]*$/, says });
  const shape = object({
    name: rules(name, notOurs).describe('The name of the listener, unique in the service.'),
    port: port().describe('The port that brokers listen on.'),
    tls: bool().prefault(true).describe('Whether what is said is encrypted, and brokers prove who they are.'),
    authentication: enumeration(authentications)
      .prefault('ScramSha512')
      .describe(
        'How clients prove who they are: by the password or the certificate of a KafkaUser, by a token, or not at all.',
      ),
    oauth: optional(oauth()).describe('Whose tokens are taken, with authentication OAuth.'),
  });
  return rules(shape, someNeedTls, tokensNeedAnIssuer);
}

/** Nothing that has a meaning in a file of properties, in a list, or to Kafka's config providers. */
const uri = "[-A-Za-z0-9._~:/?#@!&'()*+;=%]";

function oauth() {
  const says = 'must have no spaces, commas or quotes, and begin with a letter or a digit';
  const word = (max: number) => text({ min: 1, max, pattern: new RegExp(`^[A-Za-z0-9]${uri}*$`), says });
  const address = { pattern: new RegExp(`^https://${uri}+$`), says: 'must be an https URL' };
  const claim = { pattern: /^[A-Za-z0-9_.-]+$/, says: 'must be the name of a claim, such as sub or client_id' };
  return object({
    issuer: word(512).describe('Who makes the tokens, as their claim iss says.'),
    jwksUri: text({ min: 1, max: 512, ...address }).describe('Where brokers find the public keys of the issuer.'),
    audience: word(256).describe('Whom the tokens are for: their claim aud is this, or has it in its list.'),
    principalClaim: text({ min: 1, max: 128, ...claim })
      .prefault('sub')
      .describe('The claim that has the name of the user.'),
    ca: optional(text({ min: 1, max: 32_768 })).describe(
      'PEM of the CAs that the certificate of jwksUri is of; those that java trusts if left out.',
    ),
  });
}

interface Door {
  tls: boolean;
  authentication: string;
  oauth?: object;
}

const someNeedTls: Rule<Door> = {
  cel: "!has(self.authentication) || !(self.authentication in ['Tls', 'OAuth']) || !has(self.tls) || self.tls",
  message:
    'certificates are shown in TLS only, and who reads a token can use it: leave tls out, or choose another authentication',
  field: 'tls',
  holds: ({ tls, authentication }) => tls || (authentication !== 'Tls' && authentication !== 'OAuth'),
};

const tokensNeedAnIssuer: Rule<Door> = {
  cel: "has(self.oauth) == (has(self.authentication) && self.authentication == 'OAuth')",
  message: 'oauth is required with authentication OAuth, and only there',
  field: 'oauth',
  holds: (door) => (door.oauth !== undefined) === (door.authentication === 'OAuth'),
};

const portsDiffer: Rule<readonly { port: number }[]> = {
  cel: 'self.all(one, self.exists_one(other, other.port == one.port))',
  message: 'two listeners have the same port',
  holds: (listeners) => new Set(listeners.map(({ port }) => port)).size === listeners.length,
};

function listeners() {
  const list = listMap('name', listener(), { min: 1, max: 8 });
  return whenAbsent(rules(list, portsDiffer), [{ name: 'secure', port: 9093 }]);
}

/** Whom Kafka takes those for who do not say who they are. */
export const anonymous = 'ANONYMOUS';

function authorization() {
  const says = `must be the name of a KafkaUser, or ${anonymous}`;
  const user = text({ min: 1, max: 253, pattern: /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?|ANONYMOUS)$/, says });
  return object({
    mode: enumeration(['Acl', 'None'])
      .prefault('Acl')
      .describe('Acl: clients may do what a KafkaUser grants them. None: everybody may do everything.'),
    superUsers: set(user, { max: 64 })
      .prefault([])
      .describe(`Who may do everything: KafkaUsers, or ${anonymous} for clients that do not say who they are.`),
  });
}

interface Access {
  listeners?: readonly { authentication?: string }[];
  authorization?: { mode?: string; superUsers?: readonly string[] };
}

const someoneIsLetIn: Rule<Access> = {
  cel:
    "!has(self.listeners) || !self.listeners.exists(listener, has(listener.authentication) && listener.authentication == 'None') || " +
    "(has(self.authorization) && ((has(self.authorization.mode) && self.authorization.mode == 'None') || " +
    `(has(self.authorization.superUsers) && '${anonymous}' in self.authorization.superUsers)))`,
  message: `clients of a listener with authentication None may do nothing: set authorization.mode to None, or name ${anonymous} among authorization.superUsers`,
  field: 'authorization',
  holds: ({ listeners: all = [], authorization: { mode, superUsers = [] } = {} }) =>
    all.every(({ authentication }) => authentication !== 'None') || mode === 'None' || superUsers.includes(anonymous),
};

function config() {
  const says = 'must be a Kafka configuration key such as log.retention.hours';
  const key = text({ min: 1, max: 256, pattern: /^[a-z][A-Za-z0-9._-]*$/, says });
  return map(key, text({ max: 4096 }), { max: 200 }).prefault({});
}

const shape = object({
  version: enumeration(kafkaVersions).prefault(kafkaVersions[0]).describe('The version of Kafka.'),
  image: optional(common.image()).describe('An image of this version in place of the standard one.'),
  pools: pools().describe('Members of one shape each; a pool named kafka of 3 members with both roles if left out.'),
  listeners: listeners().describe('Where clients connect; one named secure on port 9093 if left out.'),
  authorization: authorization().prefault({}).describe('What clients may do.'),
  certificates: certificates().prefault({}).describe('Who signs certificates, and how long they live.'),
  config: config().describe('Settings of every member; those that Stateward owns are refused with the reason.'),
  placement: placement().prefault({}).describe('Where members run.'),
  networkPolicy: networkPolicy().prefault({}).describe('Who reaches the members over the network.'),
  podMetadata: optional(common.podMetadata()).describe('Labels and annotations of every pod.'),
  updates: common.updates().prefault({}).describe('How changes reach running members.'),
  recovery: common.recovery().prefault({}).describe('What is done about members that are lost for good.'),
  control: common.control().prefault({}).describe('Pauses plans and lets single steps through.'),
  deletionPolicy: common
    .deletionPolicy()
    .describe('What happens to the volumes when the service or a member is removed.'),
  adoptVolumesFrom: optional(common.uid()).describe(
    'The uid of a former service whose retained volumes this one takes over.',
  ),
});

export const kafkaClusterSpec = rules(shape, someoneIsLetIn).prefault({});

/** What the operator counts from, and knows a restart by that has not helped. */
function notForwarding() {
  return object({
    since: timestamp().describe('Since when it is seen so.'),
    podUid: text({ max: 64 }).describe('The uid of the pod that is seen so.'),
    restarted: optional(bool().describe('Whether its pod before this one was seen so: another restart does not help.')),
  });
}

function member() {
  return object({
    ...memberShape(),
    nodeId: optional(count('The node id, which no other member ever has.')),
    directoryId: optional(text({ max: 64 }).describe('The directory id of the metadata log.')),
    roles: optional(set(enumeration(['Controller', 'Broker']), { max: 2 }).describe('What the member does.')),
    notForwarding: optional(
      notForwarding().describe('There while the member passes no requests on to the controllers, which it follows.'),
    ),
  });
}

/** All that brokers need to keep a listener open that the spec no longer has. */
function endpoint() {
  return object({
    ...endpointShape(),
    oauth: optional(oauth().describe('Whose tokens are taken, with authentication OAuth.')),
  });
}

/** Pools that a service can have had in its life. */
export const mostRanges = 64;

function poolStatus() {
  return object({
    name: text({ max: 20 }).describe('The pool.'),
    nodeIdStart: count('The node id of the first member of the pool.'),
  });
}

export const kafkaClusterStatus = object({
  ...statusShape(),
  members: members(member()),
  endpoints: endpoints(endpoint()),
  clusterId: optional(text({ max: 64 }).describe('The id that Kafka knows the cluster by.')),
  dynamicConfig: optional(
    set(text({ max: 256 }), { max: 200 }).describe('Settings that are in force without a restart, by their keys.'),
  ),
  pools: optional(
    listMap('name', poolStatus(), { max: mostRanges }).describe(
      'Node id ranges, kept for as long as the service lives.',
    ),
  ),
});

export const kafkaClusters = {
  group,
  version,
  kind: 'KafkaCluster',
  plural: 'kafkaclusters',
  singular: 'kafkacluster',
  shortNames: ['kfk'],
  namespaced: true,
  description: 'A Kafka cluster that Stateward sets up, keeps safe and changes without losing an acknowledged record.',
  spec: kafkaClusterSpec,
  status: kafkaClusterStatus,
  rules: [shortNames('self.spec.pools', 'pool')],
  columns: serviceColumns,
} as const satisfies Kind;

/** Reads a listener that status remembers: it is as good as one of a spec, or none. */
export function parseKafkaListener(value: unknown): Parsed<KafkaListener> {
  return parse(listener(), value, 'status.endpoints');
}

/** Reads the spec of a stored object, with every default filled in. */
export function parseKafkaSpec(spec: unknown): Parsed<KafkaClusterSpec> {
  return parse(kafkaClusterSpec, spec, 'spec');
}
