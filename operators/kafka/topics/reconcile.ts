/**
 * All topics of one KafkaCluster together: Kafka is asked once for what it has, and told once what is to change. From
 * time to time it is asked about all of them, in between about those only that are not as they should be.
 */
import type { KafkaTopicStatus } from '../../../crds/kafka-topic.ts';
import type { Outcome as Later, Request } from '../../runtime/controller.ts';
import { clusterIndex, Entities, each, isSettled, type Outcome } from '../../workload/entities/entity.ts';
import { type EntityWork, entityRound } from '../../workload/entities/round.ts';
import type { Io, Round } from '../../workload/io.ts';
import type { Address, KafkaAdmin } from '../admin/admin.ts';
import type { CreatedTopics, KnownTopic } from '../admin/topic-admin.ts';
import type { Refusals } from '../admin/user-admin.ts';
import { type ClusterParts, type Reached, reach } from '../entities.ts';
import { changesOf, type Present, partitionKey, type TopicChanges, topicChanges } from './changes.ts';
import { Looks, type Scope } from './looks.ts';
import type { Load } from './replicas.ts';
import { readTopics, type TopicModel, type TopicObject, topicResource } from './topic.ts';

export const topicFinalizer = 'stateward.dev/kafka-topic';

/** How often all of Kafka is looked at when nothing has changed here; somebody may have changed it there. */
const quietMs = 60_000;
const movingMs = 2_000;

type TopicReason = 'KafkaRefuses' | 'NameTaken' | 'TopicExists' | 'Impossible' | 'Moving';

/** What Kafka was told, and what it said. */
interface Told {
  /** Those that are ours, and what was known of them before. */
  ours: readonly TopicModel[];
  foreign: readonly TopicModel[];
  topics: ReadonlyMap<string, KnownTopic>;
  changes: TopicChanges;
  created: CreatedTopics;
  refused: Refusals;
  /** Partitions on their way to other brokers, by topic. */
  moving: ReadonlyMap<string, number>;
}

export function topicReconcile(parts: ClusterParts, io: Io): (request: Request) => Promise<Later> {
  const looks = new Looks(io.clock, quietMs);
  return async ({ key, log, signal }) => {
    const round: Round = { ...io, log, signal };
    const topics = round.cache.by(topicResource, clusterIndex, key);
    const { scope, end } = looks.begin(key);
    if (topics.length === 0) return {};
    const work = new TopicWork(scope, round);
    const { requeueAfterMs = quietMs } = await entityRound(
      key,
      topics,
      await reach(key, parts, round),
      work.entities,
      work,
      round,
    );
    return { requeueAfterMs: end(requeueAfterMs) };
  };
}

class TopicWork implements EntityWork<TopicObject, Reached, TopicModel[], Told> {
  readonly entities: Entities<KafkaTopicStatus, TopicReason>;
  readonly #scope: Scope;
  readonly #signal: AbortSignal;

  constructor(scope: Scope, round: Round) {
    this.#scope = scope;
    this.#signal = round.signal;
    this.entities = new Entities({ resource: topicResource, finalizer: topicFinalizer, product: 'Kafka' }, round);
  }

  readonly prepare = async (objects: readonly TopicObject[]): Promise<TopicModel[]> => {
    const readings = readTopics(objects);
    const models = await each(readings, async (reading): Promise<TopicModel[]> => {
      if (reading.kind === 'Topic') return this.#isDue(reading.topic.object) ? [reading.topic] : [];
      const { object, reason, message } = reading;
      await this.entities.show(object, { kind: 'Refused', reason, message });
      return [];
    });
    return models.flat();
  };

  #isDue(object: TopicObject): boolean {
    return this.#scope === 'All' || !isSettled(object);
  }

  readonly tell = async (
    models: readonly TopicModel[],
    leaving: readonly TopicObject[],
    address: Address,
    { admin }: Reached,
  ): Promise<Told> => {
    const doomed = readTopics(leaving).flatMap((reading) => (reading.kind === 'Topic' ? [reading.topic] : []));
    const names = models.map(({ name }) => name);
    const topics: ReadonlyMap<string, KnownTopic> =
      names.length === 0 ? new Map() : await admin.topics(address, names, this.#signal);
    const ours = models.filter((model) => this.#isOurs(model, topics));
    const foreign = models.filter((model) => !ours.includes(model));
    const present = await this.#look(ours, topics, admin, address);
    const changes = topicChanges(ours, present);
    const claimed = ours.filter(({ object }) => !this.entities.isClaimed(object));
    await each(claimed, ({ object }) => this.entities.claim(object));
    const { created, refused } = await this.#change(changes, admin, address);
    const gone = doomed.filter(
      ({ object, spec }) => this.entities.isClaimed(object) && spec.deletionPolicy === 'Delete',
    );
    const kept =
      gone.length === 0
        ? new Map()
        : await admin.deleteTopics(
            address,
            gone.map(({ name }) => name),
            this.#signal,
          );
    const taken = claimed.filter(({ name }) => created.existing.has(name));
    await this.entities.release(taken.map(({ object }) => object));
    return {
      ours: ours.filter((model) => !taken.includes(model)),
      foreign: [...foreign, ...taken],
      topics,
      changes,
      created,
      refused: new Map([...refused, ...kept]),
      moving: countByTopic(present.moving),
    };
  };

  /** A finalizer says that a topic was ours, or was not there, when it was put on. */
  #isOurs({ object, name, spec }: TopicModel, topics: ReadonlyMap<string, KnownTopic>): boolean {
    return this.entities.isClaimed(object) || spec.adoptionPolicy === 'Adopt' || !topics.has(name);
  }

  /** What only a change of the copies has to know is asked only for one. */
  async #look(
    ours: readonly TopicModel[],
    topics: ReadonlyMap<string, KnownTopic>,
    admin: KafkaAdmin,
    address: Address,
  ): Promise<Present> {
    const differs = ours.some(({ name, spec }) =>
      topics
        .get(name)
        ?.partitions.some(({ replicas }) => spec.replicas !== undefined && replicas.length !== spec.replicas),
    );
    if (!differs) return { topics, brokers: [], load: new Map(), moving: new Set() };
    const { brokers } = await admin.describe(address, this.#signal);
    const flights = await admin.reassignments(address, this.#signal);
    const load: Load = new Map();
    for (const { replicas } of await admin.partitions(address, this.#signal))
      for (const nodeId of replicas) load.set(nodeId, (load.get(nodeId) ?? 0) + 1);
    const moving = new Set(flights.map(({ topic, index }) => partitionKey(topic, index)));
    return { topics, brokers, load, moving };
  }

  async #change(
    { create, partitions, configs, moves }: TopicChanges,
    admin: KafkaAdmin,
    address: Address,
  ): Promise<{ created: CreatedTopics; refused: Refusals }> {
    const signal = this.#signal;
    const none: Refusals = new Map();
    const nothing: CreatedTopics = { made: new Map(), existing: new Set(), refused: none };
    const created = create.length > 0 ? await admin.createTopics(address, create, signal) : nothing;
    const answers = [
      created.refused,
      configs.size > 0 ? await admin.alterTopics(address, configs, signal) : none,
      partitions.size > 0 ? await admin.addPartitions(address, partitions, signal) : none,
      moves.length > 0 ? await admin.changeReplicas(address, moves, signal) : none,
    ];
    return { created, refused: new Map(answers.flatMap((answer) => [...answer])) };
  }

  readonly conclude = async (
    _models: readonly TopicModel[],
    leaving: readonly TopicObject[],
    told: Told,
  ): Promise<Later> => {
    await each(told.foreign, ({ object, name }) => this.entities.show(object, existsAlready(name)));
    const outcomes = await each(told.ours, async (model) => {
      const what = changesOf(model.name, told.changes);
      if (what !== undefined) this.entities.report(model.object, what);
      const outcome = outcomeOf(model, told);
      await this.entities.show(model.object, outcome, shownOf(model, told));
      return outcome;
    });
    const refused = readTopics(leaving).flatMap((reading) =>
      reading.kind === 'Topic' && told.refused.has(reading.topic.name) ? [reading.topic.object] : [],
    );
    await this.entities.release(leaving.filter((object) => !refused.includes(object)));
    // New partitions have as many copies as the old ones had.
    const moving = told.changes.partitions.size > 0 || outcomes.some(({ kind }) => kind === 'Waits');
    return { requeueAfterMs: moving ? movingMs : quietMs };
  };
}

function countByTopic(partitions: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of partitions) {
    const topic = key.slice(0, key.lastIndexOf('/'));
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  return counts;
}

function existsAlready(name: string): Outcome<TopicReason> {
  const message = `topic ${name} exists already; set spec.adoptionPolicy to Adopt to take it over as it is and change it, or name another topic`;
  return { kind: 'Refused', reason: 'TopicExists', message };
}

function outcomeOf({ name }: TopicModel, { refused, changes, moving }: Told): Outcome<TopicReason> {
  const refusal = refused.get(name);
  if (refusal !== undefined)
    return { kind: 'Refused', reason: 'KafkaRefuses', message: `Kafka refuses the topic: ${refusal}` };
  const impossible = changes.impossible.get(name);
  if (impossible !== undefined) return { kind: 'Refused', reason: 'Impossible', message: impossible };
  const begun = changes.moves.filter(({ topic }) => topic === name).length;
  const flying = (moving.get(name) ?? 0) + begun;
  if (flying > 0) {
    const message = `copies of ${flying} partitions are on their way to other brokers`;
    return { kind: 'Waits', reason: 'Moving', message };
  }
  return { kind: 'Applied', message: 'Kafka has the topic as the spec says' };
}

/** As it is, or as it has just been made. */
function shownOf({ name, spec }: TopicModel, { topics, created, changes }: Told): Partial<KafkaTopicStatus> {
  const made = created.made.get(name);
  if (made !== undefined) return { name, ...made };
  const found = topics.get(name);
  if (found === undefined) return { name };
  const partitions = changes.partitions.has(name) ? (spec.partitions ?? 0) : found.partitions.length;
  return { name, partitions, replicas: Math.min(...found.partitions.map(({ replicas }) => replicas.length)) };
}
