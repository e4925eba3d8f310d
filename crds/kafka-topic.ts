/** `KafkaTopic`: a topic of a KafkaCluster. */
import type { z } from 'zod';
import { entityColumns, entityStatusShape, serviceName } from './entity.ts';
import { enumeration, immutable, int32, map, object, optional, type Rule, rules, text } from './lib/dialect.ts';
import { group, type Kind, version } from './lib/kind.ts';
import { type Parsed, parse } from './lib/parse.ts';

export type KafkaTopicSpec = z.output<typeof kafkaTopicSpec>;
/** What a user may write: every default left out. */
export type KafkaTopicSpecInput = z.input<typeof kafkaTopicSpec>;
export type KafkaTopicStatus = z.output<typeof kafkaTopicStatus>;

/** `org.apache.kafka.common.internals.Topic`; Kafka keeps names that begin with two underscores for itself. */
function topicName() {
  const says = 'must be letters, digits, ".", "_" and "-", and not begin with two underscores';
  const name = text({ min: 1, max: 249, pattern: /^(_?[a-zA-Z0-9.-][a-zA-Z0-9._-]*|_)$/, says });
  const dots: Rule<string> = {
    cel: "self != '.' && self != '..'",
    message: 'must not be . or ..',
    holds: (value) => value !== '.' && value !== '..',
  };
  return rules(name, dots);
}

/** Kafka cannot take a partition away. */
const onlyGrows: Rule<number> = {
  cel: 'self >= oldSelf',
  message: 'a topic cannot have fewer partitions: make another topic',
};

function config() {
  const says = 'must be a setting of a topic such as retention.ms';
  const key = text({ min: 1, max: 256, pattern: /^[a-z][a-z0-9._-]*$/, says });
  return map(key, text({ max: 4096 }), { max: 64 }).prefault({});
}

export const kafkaTopicSpec = object({
  cluster: serviceName('KafkaCluster'),
  name: optional(
    immutable(topicName(), 'a topic cannot be renamed: make another one').describe(
      'The name of the topic; that of the object if left out.',
    ),
  ),
  partitions: optional(
    rules(int32(1, 10_000), onlyGrows).describe(
      'Number of partitions; as Kafka makes it, and left alone, if left out.',
    ),
  ),
  replicas: optional(
    int32(1, 32).describe('Copies of each partition; as Kafka makes them, and left alone, if left out.'),
  ),
  config: config().describe('Settings of the topic; what is not here has the default of the cluster.'),
  adoptionPolicy: enumeration(['Refuse', 'Adopt'])
    .prefault('Refuse')
    .describe('Adopt: a topic that exists already becomes that of this object, and is changed to what it says.'),
  deletionPolicy: enumeration(['Retain', 'Delete'])
    .prefault('Retain')
    .describe('Delete: the topic goes with the object, with all its records.'),
});

export const kafkaTopicStatus = object({
  ...entityStatusShape(),
  name: optional(text({ max: 249 }).describe('The name of the topic.')),
  partitions: optional(int32(0, 2_000_000_000).describe('How many partitions it has.')),
  replicas: optional(int32(0, 2_000_000_000).describe('How many copies of each it has; the fewest.')),
});

export const kafkaTopics = {
  group,
  version,
  kind: 'KafkaTopic',
  plural: 'kafkatopics',
  singular: 'kafkatopic',
  shortNames: ['kft'],
  namespaced: true,
  description: 'A topic of a KafkaCluster: its partitions, their copies, and its settings.',
  spec: kafkaTopicSpec,
  status: kafkaTopicStatus,
  rules: [],
  columns: [
    { name: 'Partitions', type: 'integer', jsonPath: '.status.partitions', description: 'How many it has.' },
    { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas', description: 'Copies of each.' },
    ...entityColumns,
  ],
} as const satisfies Kind;

/** Reads the spec of a stored object, with every default filled in. */
export function parseKafkaTopic(spec: unknown): Parsed<KafkaTopicSpec> {
  return parse(kafkaTopicSpec, spec, 'spec');
}
