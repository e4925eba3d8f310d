/** Topics by Kafka's own protocol, many in each request. */
import {
  type Connection,
  createPartitionsV3,
  createTopicsV7,
  deleteTopicsV6,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1,
} from '@platformatic/kafka';
import { configSources, describeConfigs, resourceTypes } from './describe-configs.ts';
import { listTopics } from './list-topics.ts';
import { errorCodes, wordsOf } from './refusal.ts';
import type { CreatedTopics, KnownTopic, NewTopic, TopicConfigs } from './topic-admin.ts';
import type { Refusals } from './user-admin.ts';
import { inHalves, inParts, type Result, whole } from './whole.ts';

/** Topics of one request: a broker goes through them one by one, and others wait for it meanwhile. */
const batch = 250;

/** Kafka's default. */
const unset = -1;

export async function describeTopics(
  connection: Connection,
  names: readonly string[],
): Promise<Map<string, KnownTopic>> {
  const found = await listTopics.async(connection, names);
  const configs = await configsOf(
    connection,
    found.map(({ name }) => name),
  );
  // Without configuration: deleted since.
  return new Map(
    found.flatMap(({ name, partitions }): [string, KnownTopic][] => {
      const config = configs.get(name);
      const ordered = partitions.toSorted((one, other) => one.index - other.index);
      return config === undefined ? [] : [[name, { partitions: ordered, config }]];
    }),
  );
}

async function configsOf(connection: Connection, names: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const found = new Map<string, Map<string, string>>();
  for (const part of inParts(names, batch)) {
    for (const [name, configs] of await describeConfigs.async(connection, resourceTypes.topic, part, null)) {
      const own = configs.filter(({ source }) => source === configSources.dynamicTopic);
      found.set(name, new Map(own.flatMap(({ name: key, value }) => (value === undefined ? [] : [[key, value]]))));
    }
  }
  return found;
}

type CreatedTopic = Awaited<ReturnType<typeof createTopicsV7.api.async>>['topics'][number];

export async function createTopics(
  connection: Connection,
  topics: readonly NewTopic[],
  timeoutMs: number,
): Promise<CreatedTopics> {
  const results: CreatedTopic[] = [];
  const ask = async (part: readonly NewTopic[]): Promise<CreatedTopic[]> =>
    (await whole(createTopicsV7.api.async(connection, part.map(wireOf), timeoutMs, false))).topics;
  for (const part of inParts(topics, batch)) results.push(...(await inHalves(part, ask)));
  const existing = results.filter(({ errorCode }) => errorCode === errorCodes.topicAlreadyExists);
  const made = results.filter(({ errorCode }) => errorCode === errorCodes.none);
  return {
    made: new Map(
      made.map((topic) => [topic.name, { partitions: topic.numPartitions, replicas: topic.replicationFactor }]),
    ),
    existing: new Set(existing.map(({ name }) => name)),
    refused: refusedOf(results.filter((result) => !existing.includes(result))),
  };
}

function wireOf({ name, partitions = unset, replicas = unset, config }: NewTopic) {
  const configs = [...config].map(([key, value]) => ({ name: key, value }));
  return { name, numPartitions: partitions, replicationFactor: replicas, assignments: [], configs };
}

export async function addPartitions(
  connection: Connection,
  counts: ReadonlyMap<string, number>,
  timeoutMs: number,
): Promise<Refusals> {
  const results: Result[] = [];
  for (const part of inParts([...counts], batch)) {
    const wire = part.map(([name, count]) => ({ name, count, assignments: null }));
    results.push(...(await whole(createPartitionsV3.api.async(connection, wire, timeoutMs, false))).results);
  }
  return refusedOf(results);
}

const { SET, DELETE } = IncrementalAlterConfigOperationTypes;

export async function alterTopics(connection: Connection, changes: TopicConfigs): Promise<Refusals> {
  const results: Result[] = [];
  for (const part of inParts([...changes], batch)) {
    const resources = part.map(([resourceName, values]) => ({
      resourceType: resourceTypes.topic,
      resourceName,
      configs: [...values].map(([name, value]) =>
        value === undefined ? { name, configOperation: DELETE } : { name, configOperation: SET, value },
      ),
    }));
    const { responses } = await whole(incrementalAlterConfigsV1.api.async(connection, resources, false));
    results.push(...responses.map(({ resourceName: name, ...rest }) => ({ name, ...rest })));
  }
  return refusedOf(results);
}

export async function deleteTopics(
  connection: Connection,
  names: readonly string[],
  timeoutMs: number,
): Promise<Refusals> {
  const results: Result[] = [];
  for (const part of inParts(names, batch)) {
    const wire = part.map((name) => ({ name, topicId: null }));
    const { responses } = await whole(deleteTopicsV6.api.async(connection, wire, timeoutMs));
    results.push(...responses.filter(({ errorCode }) => errorCode !== errorCodes.unknownTopicOrPartition));
  }
  return refusedOf(results);
}

function refusedOf(results: readonly Result[]): Refusals {
  const refused = results.filter(({ errorCode }) => errorCode !== errorCodes.none);
  return new Map(refused.map(({ name, errorCode, errorMessage }) => [name ?? '', wordsOf(errorCode, errorMessage)]));
}
