/** Pure: what has to change in Kafka so that it has the topics that are wanted. */
import type { Broker, Move } from '../admin/admin.ts';
import type { KnownTopic, NewTopic, TopicConfigs } from '../admin/topic-admin.ts';
import { type Load, resized } from './replicas.ts';

export interface WantedTopic {
  name: string;
  spec: { partitions?: number; replicas?: number };
  config: ReadonlyMap<string, string>;
}

export interface Present {
  topics: ReadonlyMap<string, KnownTopic>;
  brokers: readonly Broker[];
  load: Load;
  /** Partitions that are on their way to other brokers. */
  moving: ReadonlySet<string>;
}

export interface TopicChanges {
  create: NewTopic[];
  /** To so many in all. */
  partitions: ReadonlyMap<string, number>;
  configs: TopicConfigs;
  moves: Move[];
  /** What cannot be done, by topic. */
  impossible: ReadonlyMap<string, string>;
}

/** Reassignments on their way at a time, in the whole cluster. */
const mostMoves = 100;

export function topicChanges(wanted: readonly WantedTopic[], present: Present): TopicChanges {
  const { topics } = present;
  const known = wanted.flatMap((topic) => {
    const found = topics.get(topic.name);
    return found === undefined ? [] : [{ topic, found }];
  });
  const grown = known.filter(({ topic, found }) => (topic.spec.partitions ?? 0) > found.partitions.length);
  const { moves, impossible } = replicaMoves(known, present);
  const shrunk = known.filter(
    ({ topic, found }) => topic.spec.partitions !== undefined && topic.spec.partitions < found.partitions.length,
  );
  return {
    create: wanted.filter(({ name }) => !topics.has(name)).map(newTopic),
    partitions: new Map(grown.map(({ topic }) => [topic.name, topic.spec.partitions ?? 0])),
    configs: new Map(
      known.flatMap(({ topic, found }) => {
        const changes = configChanges(topic.config, found.config);
        return changes.size === 0 ? [] : [[topic.name, changes]];
      }),
    ),
    moves: moves.slice(0, Math.max(0, mostMoves - present.moving.size)),
    impossible: new Map([...impossible, ...shrunk.map(tooFewPartitions)]),
  };
}

type Known = { topic: WantedTopic; found: KnownTopic };

function newTopic({ name, spec, config }: WantedTopic): NewTopic {
  return { name, partitions: spec.partitions, replicas: spec.replicas, config };
}

function tooFewPartitions({ topic: { name, spec }, found }: Known): [string, string] {
  const message = `it has ${found.partitions.length} partitions, and Kafka takes none away: set spec.partitions to ${found.partitions.length}, or make another topic instead of one of ${spec.partitions}`;
  return [name, message];
}

function replicaMoves(known: readonly Known[], { brokers, load, moving }: Present) {
  const moves: Move[] = [];
  const impossible = new Map<string, string>();
  for (const { topic, found } of known) {
    const { name, spec } = topic;
    const resting = found.partitions.filter(({ index }) => !moving.has(partitionKey(name, index)));
    const wanted = spec.replicas === undefined ? [] : resized(name, resting, spec.replicas, brokers, load);
    if (wanted === undefined) impossible.set(name, tooFewBrokers(spec.replicas ?? 0, brokers));
    else moves.push(...wanted);
  }
  return { moves, impossible };
}

function tooFewBrokers(replicas: number, brokers: readonly Broker[]): string {
  const serving = brokers.filter(({ fenced }) => !fenced).length;
  return `spec.replicas is ${replicas} and ${serving} brokers serve: add brokers, or ask for fewer copies`;
}

export function partitionKey(topic: string, index: number): string {
  return `${topic}/${index}`;
}

/** Set while replicas are moved by Kafka's own tools (KIP-73). */
const throttles = ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'];

function configChanges(
  wanted: ReadonlyMap<string, string>,
  present: ReadonlyMap<string, string>,
): Map<string, string | undefined> {
  const keys = new Set([...wanted.keys(), ...present.keys()]);
  const changed = [...keys].filter((key) => wanted.get(key) !== present.get(key) && !throttles.includes(key));
  return new Map(changed.map((key) => [key, wanted.get(key)]));
}

/** In words, what is changed of one topic; undefined if nothing is. */
export function changesOf(name: string, { create, partitions, configs, moves }: TopicChanges): string | undefined {
  if (create.some((topic) => topic.name === name)) return 'makes it';
  const said = [
    ...(partitions.has(name) ? [`makes it one of ${partitions.get(name)} partitions`] : []),
    ...(configs.has(name) ? [`sets ${[...(configs.get(name) ?? new Map()).keys()].join(', ')}`] : []),
    ...(moves.some(({ topic }) => topic === name) ? ['changes the copies of its partitions'] : []),
  ];
  return said.length === 0 ? undefined : said.join(', ');
}
