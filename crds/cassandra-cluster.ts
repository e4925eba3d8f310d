/** `CassandraCluster`: one Apache Cassandra datacenter. */
import type { z } from 'zod';
import { auditLog, authentication, certificatesNeedTls, guardrails } from './cassandra-settings.ts';
import { certificates } from './certificates.ts';
import * as common from './common.ts';
import {
  enumeration,
  freeform,
  immutable,
  int32,
  listMap,
  object,
  optional,
  rules,
  text,
  whenAbsent,
} from './lib/dialect.ts';
import { group, type Kind, serviceColumns, shortNames, version } from './lib/kind.ts';
import { type Parsed, parse } from './lib/parse.ts';
import { networkPolicy } from './network-policy.ts';
import { gpu, placement } from './placement.ts';
import { count, memberShape, members, statusShape } from './status.ts';

/** Newest first: that is the default. */
export const cassandraVersions = ['5.0.9', '5.0.8'] as const;

export type CassandraVersion = (typeof cassandraVersions)[number];
export type CassandraRack = CassandraClusterSpec['racks'][number];
export type CassandraClusterSpec = z.output<typeof cassandraClusterSpec>;
/** What a user may write: every default left out. */
export type CassandraClusterSpecInput = z.input<typeof cassandraClusterSpec>;
export type CassandraClusterStatus = z.output<typeof cassandraClusterStatus>;
export type CassandraMemberStatus = NonNullable<CassandraClusterStatus['members']>[number];

function rack() {
  return object({
    name: common.dnsLabel(20).describe('The name of the rack, part of the names of its members.'),
    zone: optional(common.labelValue()).describe("The failure domain, by the value of the placement's topologyKey."),
    nodeSelector: optional(common.labels()).describe('Labels that a node of this rack must have.'),
  });
}

function racks() {
  return whenAbsent(listMap('name', rack(), { min: 1, max: 16 }), [{ name: 'r1' }]);
}

function storage() {
  return object(common.volumeShape()).prefault({});
}

/** `Optional` is for the way between the two others: members speak both on the one port. */
export const clientEncryption = ['Required', 'Optional', 'None'] as const;

function encryption() {
  return object({
    clients: enumeration(clientEncryption)
      .prefault('Required')
      .describe('Whether clients must, may or cannot speak TLS; members among themselves always do.'),
  });
}

function datacenter() {
  const says = 'must be letters, digits, "-" and "_", and begin with a letter';
  const name = text({ min: 1, max: 48, pattern: /^[A-Za-z][A-Za-z0-9_-]*$/, says });
  return immutable(name, 'the datacenter cannot change: data is replicated by its name').prefault('dc1');
}

function clusterName() {
  const says = 'must be letters, digits, spaces, "-" and "_", and begin with a letter or a digit';
  return text({ min: 1, max: 63, pattern: /^[A-Za-z0-9][A-Za-z0-9 _-]*$/, says });
}

const clusterNameStays = {
  cel:
    'has(self.clusterName) == has(oldSelf.clusterName) && ' +
    '(!has(self.clusterName) || self.clusterName == oldSelf.clusterName)',
  message: 'the cluster name cannot change: every member keeps it with its data',
  field: 'clusterName',
};

interface Racked {
  replicas: number;
  racks: readonly unknown[];
}

/** The API server tries the default of the whole object before it fills in what the fields default to. */
const noEmptyRack = {
  cel: '!has(self.replicas) || !has(self.racks) || self.replicas >= self.racks.size()',
  message: 'every rack needs at least one member: raise replicas or name fewer racks',
  field: 'replicas',
  holds: ({ replicas, racks }: Racked) => replicas >= racks.length,
};

const shape = object({
  version: enumeration(cassandraVersions).prefault(cassandraVersions[0]).describe('The version of Cassandra.'),
  image: optional(common.image()).describe('An image of this version in place of the standard one.'),
  clusterName: optional(clusterName()).describe(
    'The name that every member keeps with its data; the object name if left out.',
  ),
  datacenter: datacenter().describe('The name of the datacenter in replication settings and drivers.'),
  replicas: int32(1, 500).prefault(3).describe('Number of members, split evenly over the racks.'),
  racks: racks().describe('Failure domains; a single rack named r1 over all zones if left out.'),
  storage: storage().describe('The data volume of each member.'),
  resources: common.resources('1', '4Gi').describe('CPU and memory of each member.'),
  jvm: optional(common.jvm()).describe('How java is started.'),
  config: freeform({ max: 400 })
    .prefault({})
    .describe('Keys of cassandra.yaml; those that Stateward owns are refused with the reason.'),
  superuserSecretName: optional(common.objectName()).describe(
    'A Secret with username and password of the superuser; one is generated if left out.',
  ),
  encryption: encryption().prefault({}).describe('What is encrypted.'),
  certificates: certificates().prefault({}).describe('Who signs certificates, and how long they live.'),
  authentication: authentication().prefault({}).describe('Who is let in.'),
  auditLog: optional(auditLog()).describe('Writes into the log of each member who does what; nothing if left out.'),
  guardrails: guardrails().prefault({}).describe('What roles that are no superusers are warned of, and refused.'),
  placement: placement().prefault({}).describe('Where members run.'),
  gpu: optional(gpu()).describe('GPUs for each member; none if left out.'),
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

export const cassandraClusterSpec = rules(
  shape,
  clusterNameStays,
  noEmptyRack,
  common.heapBelowLimit,
  certificatesNeedTls,
).prefault({});

function member() {
  return object({
    ...memberShape(),
    hostId: optional(text({ max: 64 }).describe('The host id, which outlives pods and addresses.')),
  });
}

export const cassandraClusterStatus = object({
  ...statusShape(),
  members: members(member()),
  replicas: optional(count('Number of members that exist, for kubectl scale.')),
  selector: optional(text({ max: 1024 }).describe('Label selector of the members, for autoscalers.')),
});

export const cassandraClusters = {
  group,
  version,
  kind: 'CassandraCluster',
  plural: 'cassandraclusters',
  singular: 'cassandracluster',
  shortNames: ['cass'],
  namespaced: true,
  description:
    'A Cassandra datacenter that Stateward sets up, keeps safe and changes without losing an acknowledged write.',
  spec: cassandraClusterSpec,
  status: cassandraClusterStatus,
  rules: [shortNames('self.spec.racks', 'rack')],
  columns: serviceColumns,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
} as const satisfies Kind;

/** Reads the spec of a stored object, with every default filled in. */
export function parseCassandraSpec(spec: unknown): Parsed<CassandraClusterSpec> {
  return parse(cassandraClusterSpec, spec, 'spec');
}
