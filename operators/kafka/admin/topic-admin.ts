/** What is asked of Kafka about topics, and what is changed; always of many at once. */
import type { Address, Move } from './admin.ts';
import type { Refusals } from './user-admin.ts';

export interface KnownTopic {
  /** In the order of their indexes; node ids, the preferred leader first. */
  partitions: readonly { index: number; replicas: readonly number[] }[];
  /** What is set for this topic alone. */
  config: ReadonlyMap<string, string>;
}

export interface NewTopic {
  name: string;
  /** Kafka's own default where it is undefined. */
  partitions: number | undefined;
  replicas: number | undefined;
  config: ReadonlyMap<string, string>;
}

/** By topic, then by key; undefined takes the setting back. */
export type TopicConfigs = ReadonlyMap<string, ReadonlyMap<string, string | undefined>>;

export interface CreatedTopics {
  /** As Kafka has made them, by name. */
  made: ReadonlyMap<string, { partitions: number; replicas: number }>;
  /** There were topics of these names. */
  existing: ReadonlySet<string>;
  refused: Refusals;
}

/** Refusals are by the names of topics. */
export interface TopicAdmin {
  /** Those that exist, by name, as this broker has heard of them. */
  topics(address: Address, names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, KnownTopic>>;

  createTopics(address: Address, topics: readonly NewTopic[], signal: AbortSignal): Promise<CreatedTopics>;

  /** To so many in all. */
  addPartitions(address: Address, counts: ReadonlyMap<string, number>, signal: AbortSignal): Promise<Refusals>;

  alterTopics(address: Address, changes: TopicConfigs, signal: AbortSignal): Promise<Refusals>;

  /** Begins reassignments, also to more or fewer replicas. */
  changeReplicas(address: Address, moves: readonly Move[], signal: AbortSignal): Promise<Refusals>;

  /** Done as well where there was none. */
  deleteTopics(address: Address, names: readonly string[], signal: AbortSignal): Promise<Refusals>;
}
