/** `CassandraKeyspace`: a keyspace of a CassandraCluster. */
import type { z } from 'zod';
import { entityColumns, entityStatusShape, serviceName } from './entity.ts';
import {
  bool,
  enumeration,
  immutable,
  int32,
  list,
  map,
  object,
  optional,
  type Rule,
  rules,
  text,
} from './lib/dialect.ts';
import { group, type Kind, version } from './lib/kind.ts';
import { type Parsed, parse } from './lib/parse.ts';

export type CassandraKeyspaceSpec = z.output<typeof cassandraKeyspaceSpec>;
/** What a user may write: every default left out. */
export type CassandraKeyspaceSpecInput = z.input<typeof cassandraKeyspaceSpec>;
export type CassandraKeyspaceStatus = z.output<typeof cassandraKeyspaceStatus>;

const reserved = /^system(_.*)?$/i;

/** `org.apache.cassandra.schema.SchemaConstants`: its own keyspaces, virtual ones among them, begin with system. */
const notReserved: Rule<string> = {
  cel: "!self.lowerAscii().matches('^system(_.*)?$')",
  message: 'system and names that begin with system_ are those of Cassandra itself',
  holds: (value) => !reserved.test(value),
};

function keyspaceName() {
  const says = 'must be letters, digits and "_"';
  return rules(text({ min: 1, max: 48, pattern: /^[a-zA-Z0-9_]+$/, says }), notReserved);
}

function datacenter() {
  const says = 'must be letters, digits, "-" and "_", and begin with a letter';
  return text({ min: 1, max: 48, pattern: /^[A-Za-z][A-Za-z0-9_-]*$/, says });
}

/** A structural schema says nothing of keys. */
const datacenterNames: Rule<Record<string, number>> = {
  cel: "self.all(name, name.size() <= 48 && name.matches('^[A-Za-z][A-Za-z0-9_-]*$'))",
  message: 'must be letters, digits, "-" and "_", and begin with a letter',
};

const someDatacenter: Rule<Record<string, number>> = {
  cel: 'self.size() > 0',
  message: 'must name a datacenter: without any the keyspace would be nowhere',
  holds: (value) => Object.keys(value).length > 0,
};

function replication() {
  return map(datacenter(), int32(1, 500), { max: 16 });
}

/** A name that comes or goes would be a rename, too. */
const nameStays = {
  cel: 'has(self.name) == has(oldSelf.name)',
  message: 'a keyspace cannot be renamed: make another one',
  field: 'name',
};

const shape = object({
  cluster: serviceName('CassandraCluster'),
  name: optional(
    immutable(keyspaceName(), 'a keyspace cannot be renamed: make another one').describe(
      'The name of the keyspace; that of the object if left out.',
    ),
  ),
  replication: optional(
    rules(replication(), someDatacenter, datacenterNames).describe(
      'Replicas by datacenter, of NetworkTopologyStrategy; 3 in the datacenter of the CassandraCluster, or as many as it has members, if left out.',
    ),
  ),
  durableWrites: bool()
    .prefault(true)
    .describe('Whether writes go to the commit log; without it a crash loses what is in memory only.'),
  adoptionPolicy: enumeration(['Refuse', 'Adopt'])
    .prefault('Refuse')
    .describe('Adopt: a keyspace that exists already becomes that of this object, and is changed to what it says.'),
  deletionPolicy: enumeration(['Retain', 'Delete'])
    .prefault('Retain')
    .describe('Delete: the keyspace is dropped with the object, with all its tables.'),
});

export const cassandraKeyspaceSpec = rules(shape, nameStays);

function maintenance() {
  return object({
    id: text({ max: 64 }).describe('What the agents of the members know it by.'),
    task: enumeration(['Repair', 'Cleanup']).describe('What is done on each member.'),
    replication: replication().describe('The replication that it is done for.'),
    formerReplication: replication().describe('The one before.'),
    cleanup: bool().describe('Whether members hold data that is theirs no more, which a cleanup removes in the end.'),
    members: list(text({ max: 253 }), { max: 500 }).describe('The members, in their order.'),
    done: int32(0, 500).describe('With how many of them it is done.'),
  });
}

export const cassandraKeyspaceStatus = object({
  ...entityStatusShape(),
  name: optional(text({ max: 48 }).describe('The name of the keyspace.')),
  replication: optional(replication().describe('Replicas by datacenter, as Cassandra has them.')),
  replicationSummary: optional(text({ max: 1024 }).describe('The same in one line.')),
  maintenance: optional(maintenance().describe('What a change of the replication needs, and how far it is.')),
});

export const cassandraKeyspaces = {
  group,
  version,
  kind: 'CassandraKeyspace',
  plural: 'cassandrakeyspaces',
  singular: 'cassandrakeyspace',
  shortNames: ['cassks'],
  namespaced: true,
  description:
    "A keyspace of a CassandraCluster: how often its data exists, and where. Its tables are the application's.",
  spec: cassandraKeyspaceSpec,
  status: cassandraKeyspaceStatus,
  rules: [
    {
      rule: "has(self.spec.name) || self.metadata.name.matches('^[a-z0-9]{1,48}$')",
      message: 'the name of the object is none that a keyspace can have: set spec.name, of letters, digits and "_"',
    },
    {
      rule: "has(self.spec.name) || self.metadata.name != 'system'",
      message: 'system is a keyspace of Cassandra itself: set spec.name to another one',
    },
  ],
  columns: [
    {
      name: 'Replication',
      type: 'string',
      jsonPath: '.status.replicationSummary',
      description: 'Replicas by datacenter.',
    },
    ...entityColumns,
  ],
} as const satisfies Kind;

/** Reads the spec of a stored object, with every default filled in. */
export function parseCassandraKeyspace(spec: unknown): Parsed<CassandraKeyspaceSpec> {
  return parse(cassandraKeyspaceSpec, spec, 'spec');
}

/** Reads the name of an object as that of its keyspace. */
export function parseKeyspaceName(name: unknown): Parsed<string> {
  return parse(keyspaceName(), name, 'metadata.name');
}
