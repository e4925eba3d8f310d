/** Every partition with its `min.insync.replicas`, in as few requests as Kafka bears. */
import type { Connection } from '@platformatic/kafka';
import type { Partition } from './admin.ts';
import { type Config, describeConfigs, resourceTypes } from './describe-configs.ts';
import { listTopics, type TopicPartitions } from './list-topics.ts';

/** Topics of one question about configuration: a broker reads them one by one, and others wait for it meanwhile. */
const batch = 500;

const minInSyncKey = 'min.insync.replicas';

/** In the order of topics and indexes, whichever broker is asked. */
export async function listPartitions(connection: Connection): Promise<Partition[]> {
  const topics = (await listTopics.async(connection, 'All')).sort((one, other) => (one.name < other.name ? -1 : 1));
  const minInSync = await minInSyncOf(connection, topics);
  // Without configuration: deleted since.
  return topics.flatMap((topic) => partitionsOf(topic, minInSync.get(topic.name)));
}

async function minInSyncOf(connection: Connection, topics: TopicPartitions[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let start = 0; start < topics.length; start += batch) {
    const names = topics.slice(start, start + batch).map(({ name }) => name);
    const configs = await describeConfigs.async(connection, resourceTypes.topic, names, [minInSyncKey]);
    for (const [name, values] of configs) found.set(name, numberOf(name, values));
  }
  return found;
}

function numberOf(topic: string, configs: Config[]): number {
  const value = Number(configs.find(({ name }) => name === minInSyncKey)?.value);
  if (!Number.isInteger(value)) throw new Error(`the answer has no ${minInSyncKey} for ${topic}`);
  return value;
}

function partitionsOf({ name, partitions }: TopicPartitions, minInSync: number | undefined): Partition[] {
  if (minInSync === undefined) return [];
  const ordered = partitions.toSorted((one, other) => one.index - other.index);
  return ordered.map((partition) => ({ topic: name, minInSync, ...partition }));
}
