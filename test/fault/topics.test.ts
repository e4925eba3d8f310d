/** Topics of a Kafka come, change and go: Kafka ends with what is wanted, whenever the operator dies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { topicFinalizer } from '../../operators/kafka/topics/reconcile.ts';
import { topicResource } from '../../operators/kafka/topics/topic.ts';
import { assertReady, converge } from './operator/converge.ts';
import { changed, crashAtEachWrite, deploy } from './operator/deploy.ts';
import { interleave, moves } from './operator/leaders.ts';
import { Operator } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { combinedKafka } from './shapes.ts';
import type { World } from './world/world.ts';

function putTopic(world: World, name: string, spec: object): void {
  world.put('KafkaTopic', name, { cluster: 'demo', ...spec });
}

/** By topic: partitions, copies of each, and what is set. */
type Topics = Record<string, [partitions: number, replicas: number, config: Record<string, string>]>;

function inKafka(world: World): Topics {
  const { topics } = world.kafka.topics;
  const sorted = [...topics].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([name, { partitions, config }]) => [
      name,
      [partitions.length, partitions[0]?.length ?? 0, Object.fromEntries(config)],
    ]),
  );
}

/** @param objects - names of those that are Ready; others exist, too, and are not */
function assertTopics(world: World, expected: Topics, objects: string[]): void {
  assertReady(world);
  assert.deepEqual(inKafka(world), expected);
  const ready = world.server
    .list(topicResource)
    .filter(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True');
  assert.deepEqual(ready.map(({ metadata }) => metadata.name).sort(), objects);
  for (const { metadata } of ready) assert.deepEqual(metadata.finalizers, [topicFinalizer]);
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

const retention = (ms: string) => ({ 'retention.ms': ms });

function create(world: World): void {
  putTopic(world, 'orders', { partitions: 3, replicas: 2, config: retention('1000') });
  putTopic(world, 'kept', {});
  putTopic(world, 'dropped', { deletionPolicy: 'Delete' });
}

/** As somebody else has made it. */
function foreign(world: World): void {
  world.kafka.topics.create([{ name: 'theirs', partitions: 1, replicas: 1, config: new Map() }]);
}

const theirs: Topics = { theirs: [1, 1, {}] };

interface Case {
  name: string;
  before: (world: World) => void;
  change: (world: World) => void;
  expected: Topics;
  objects: string[];
}

const cases: Case[] = [
  {
    name: 'come, and leave alone what is not theirs',
    before: foreign,
    change: (world) => {
      create(world);
      putTopic(world, 'theirs', { partitions: 5, deletionPolicy: 'Delete' });
    },
    expected: { dropped: [1, 3, {}], kept: [1, 3, {}], orders: [3, 2, retention('1000')], ...theirs },
    objects: ['dropped', 'kept', 'orders'],
  },
  {
    name: 'change, are adopted, stay and go',
    before: (world) => {
      foreign(world);
      create(world);
      putTopic(world, 'theirs', { deletionPolicy: 'Delete' });
    },
    change: (world) => {
      putTopic(world, 'orders', { partitions: 6, replicas: 3, config: retention('5') });
      putTopic(world, 'theirs', { adoptionPolicy: 'Adopt', config: retention('7') });
      world.drop(topicResource, 'kept');
      world.drop(topicResource, 'dropped');
    },
    expected: { kept: [1, 3, {}], orders: [6, 3, retention('5')], theirs: [1, 1, retention('7')] },
    objects: ['orders', 'theirs'],
  },
];

describe('the topics of a Kafka', () => {
  for (const each of cases) {
    it(`${each.name}, with a crash at every write`, async () => {
      const undisturbed = await changed({ shape: combinedKafka, ...each });
      assertTopics(undisturbed.world, each.expected, each.objects);
      await assertIdle(undisturbed.world, undisturbed.operator);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed({ shape: combinedKafka, ...each }, options),
        1,
        (world) => assertTopics(world, each.expected, each.objects),
      );
    });
  }

  it('are the same for two leaders', async () => {
    const property = fc.asyncProperty(moves, async (all) => {
      const { world } = await deploy(combinedKafka);
      foreign(world);
      create(world);
      putTopic(world, 'theirs', {});
      await interleave(world, all);
      await converge(world, new Operator(world));
      const [{ expected, objects }] = cases as [Case];
      assertTopics(world, expected, objects);
    });
    await fc.assert(property, { numRuns: 10, seed: 7 });
  });

  it('stay when an object goes that they were never of', async () => {
    const { world, operator } = await deploy(combinedKafka);
    foreign(world);
    putTopic(world, 'theirs', { deletionPolicy: 'Delete' });
    await converge(world, operator);
    world.drop(topicResource, 'theirs');
    await converge(world, operator);
    assert.deepEqual(world.server.list(topicResource), []);
    assert.deepEqual(inKafka(world), theirs);
  });

  it('go with their Kafka', async () => {
    const { world, operator } = await deploy(combinedKafka);
    create(world);
    await converge(world, operator);
    world.drop(topicResource, 'orders');
    world.drop(kafkaResource, 'demo');
    world.drop(topicResource, 'kept');
    await converge(world, operator);
    const left = world.server.list(topicResource).map(({ metadata }) => metadata.name);
    assert.deepEqual(left, ['dropped']);
  });
});
