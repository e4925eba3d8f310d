/** The topics of one Kafka, in memory: who has been told to have a copy has it at once. */
import type { Move } from '../admin/admin.ts';
import type { CreatedTopics, KnownTopic, NewTopic, TopicAdmin, TopicConfigs } from '../admin/topic-admin.ts';

interface Topic {
  /** Node ids of each. */
  partitions: number[][];
  config: Map<string, string>;
}

export class MemoryTopics {
  readonly topics = new Map<string, Topic>();
  readonly #brokers: readonly number[];

  constructor(brokers: readonly number[] = [0, 1, 2]) {
    this.#brokers = brokers;
  }

  known(names: readonly string[]): Map<string, KnownTopic> {
    return new Map(
      names.flatMap((name): [string, KnownTopic][] => {
        const topic = this.topics.get(name);
        if (topic === undefined) return [];
        const partitions = topic.partitions.map((replicas, index) => ({ index, replicas: [...replicas] }));
        return [[name, { partitions, config: new Map(topic.config) }]];
      }),
    );
  }

  create(topics: readonly NewTopic[]): CreatedTopics {
    const made = new Map<string, { partitions: number; replicas: number }>();
    const existing = new Set<string>();
    const refused = new Map<string, string>();
    for (const { name, partitions = 1, replicas = Math.min(3, this.#brokers.length), config } of topics) {
      if (this.topics.has(name)) existing.add(name);
      else if (replicas > this.#brokers.length)
        refused.set(name, 'Replication factor is larger than available brokers.');
      else {
        const copies = this.#brokers.slice(0, replicas);
        this.topics.set(name, {
          partitions: Array.from({ length: partitions }, () => [...copies]),
          config: new Map(config),
        });
        made.set(name, { partitions, replicas });
      }
    }
    return { made, existing, refused };
  }

  grow(counts: ReadonlyMap<string, number>): void {
    for (const [name, count] of counts) {
      const topic = this.topics.get(name);
      while (topic !== undefined && topic.partitions.length < count)
        topic.partitions.push([...(topic.partitions[0] ?? [])]);
    }
  }

  alter(changes: TopicConfigs): void {
    for (const [name, values] of changes) {
      for (const [key, value] of values) {
        if (value === undefined) this.topics.get(name)?.config.delete(key);
        else this.topics.get(name)?.config.set(key, value);
      }
    }
  }

  move(moves: readonly Move[]): void {
    for (const { topic, index, replicas } of moves) {
      const partitions = this.topics.get(topic)?.partitions;
      if (partitions?.[index] !== undefined && replicas !== undefined) partitions[index] = replicas;
    }
  }
}

/** Of the Kafka that is found at an address. */
export function memoryTopicAdmin(
  at: (address: Parameters<TopicAdmin['topics']>[0]) => Promise<MemoryTopics>,
): TopicAdmin {
  const none = new Map<string, string>();
  return {
    topics: async (address, names) => (await at(address)).known(names),
    createTopics: async (address, topics) => (await at(address)).create(topics),
    addPartitions: async (address, counts) => {
      (await at(address)).grow(counts);
      return none;
    },
    alterTopics: async (address, changes) => {
      (await at(address)).alter(changes);
      return none;
    },
    changeReplicas: async (address, moves) => {
      (await at(address)).move(moves);
      return none;
    },
    deleteTopics: async (address, names) => {
      const { topics } = await at(address);
      for (const name of names) topics.delete(name);
      return none;
    },
  };
}
