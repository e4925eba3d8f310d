import assert from 'node:assert/strict';
import type { KafkaTopicSpecInput } from '../../../crds/kafka-topic.ts';
import { entityWorld } from '../testing/entities.ts';
import { adminOf, clusterOf } from '../testing/kafka.ts';
import { MemoryTopics, memoryTopicAdmin } from '../testing/memory-topics.ts';
import { topicFinalizer, topicReconcile } from './reconcile.ts';
import { topicResource } from './topic.ts';

async function world() {
  const kafka = new MemoryTopics();
  const topics = memoryTopicAdmin(async () => kafka);
  const asked: string[][] = [];
  const admin = adminOf({
    ...topics,
    topics: (address, names, signal) => {
      asked.push([...names].sort());
      return topics.topics(address, names, signal);
    },
    describe: async () => clusterOf({ brokers: [0, 1, 2] }),
    reassignments: async () => [],
    partitions: async () => [],
  });
  const made = entityWorld(topicResource, topicReconcile, admin);
  await made.haveCluster({});
  return {
    ...made,
    kafka,
    asked,
    topic: (name: string, spec: Partial<KafkaTopicSpecInput> = {}) => made.entity(name, spec),
    /** Until all topics are looked at again. */
    pass: () => made.io.clock.jump(60_000),
    finalizers: (name: string) => made.get(topicResource, name)?.metadata.finalizers ?? [],
  };
}

const config = { 'retention.ms': '1000' };

describe('the topics of a KafkaCluster', () => {
  it('are made as they are wanted, and cost nothing afterwards', async () => {
    const { topic, run, ready, kafka, get, api, finalizers } = await world();
    await topic('orders', { partitions: 6, replicas: 2, config });
    await topic('plain', { name: 'Plain_Topic' });
    await run();
    assert.deepEqual(ready('orders'), ['True', 'Applied', 'Kafka has the topic as the spec says']);
    assert.equal(kafka.topics.get('orders')?.partitions.length, 6);
    assert.deepEqual(kafka.topics.get('orders')?.config, new Map(Object.entries(config)));
    assert.ok(kafka.topics.has('Plain_Topic'));
    const { status } = get(topicResource, 'orders') ?? {};
    assert.deepEqual([status?.name, status?.partitions, status?.replicas], ['orders', 6, 2]);
    assert.deepEqual(finalizers('orders'), [topicFinalizer]);
    api.calls.length = 0;
    await run();
    assert.deepEqual(api.writes(), []);
  });

  it('are corrected, and it is told', async () => {
    const { topic, run, pass, kafka, told } = await world();
    await topic('orders', { config });
    await run();
    kafka.topics.get('orders')?.config.set('retention.ms', '5').set('cleanup.policy', 'compact');
    pass();
    await run();
    assert.deepEqual(kafka.topics.get('orders')?.config, new Map(Object.entries(config)));
    assert.deepEqual(
      told.map(({ reason, note }) => [reason, note]),
      [['DriftCorrected', 'what Kafka has differs from the spec: sets retention.ms, cleanup.policy']],
    );
  });

  it('are asked about while they are not as they should be, and all of them once a minute', async () => {
    const { topic, run, pass, asked, doom, kafka } = await world();
    await topic('orders', { deletionPolicy: 'Delete' });
    await topic('bills');
    await run();
    await topic('plain');
    await run();
    await topic('bills', { config });
    await run();
    await doom('orders');
    await run();
    pass();
    await run();
    assert.deepEqual(asked, [['bills', 'orders'], ['plain'], ['bills'], ['bills', 'plain']]);
    assert.deepEqual([...kafka.topics.keys()].sort(), ['bills', 'plain']);
  });

  it('get more partitions and other copies', async () => {
    const { topic, run, kafka, ready } = await world();
    await topic('orders', { partitions: 1, replicas: 1 });
    await run();
    await topic('orders', { partitions: 3, replicas: 3 });
    await run();
    assert.equal(ready('orders')?.[1], 'Moving');
    await run();
    await run();
    assert.deepEqual(
      kafka.topics.get('orders')?.partitions.map((replicas) => replicas.length),
      [3, 3, 3],
    );
    assert.equal(ready('orders')?.[0], 'True');
  });

  it('are left alone where they are not ours, until they are to be', async () => {
    const { topic, run, kafka, ready, finalizers } = await world();
    kafka.create([{ name: 'orders', partitions: 2, replicas: 1, config: new Map([['cleanup.policy', 'compact']]) }]);
    await topic('orders', { config });
    await run();
    assert.deepEqual(ready('orders')?.slice(0, 2), ['False', 'TopicExists']);
    assert.match(ready('orders')?.[2] ?? '', /set spec.adoptionPolicy to Adopt/);
    assert.deepEqual(finalizers('orders'), []);
    assert.equal(kafka.topics.get('orders')?.config.get('cleanup.policy'), 'compact');
    await topic('orders', { config, adoptionPolicy: 'Adopt' });
    await run();
    assert.equal(ready('orders')?.[0], 'True');
    assert.deepEqual(kafka.topics.get('orders')?.config, new Map(Object.entries(config)));
  });

  it('stay ours when the answer to their making was lost', async () => {
    const { topic, run, kafka, ready } = await world();
    await topic('orders');
    const { create } = kafka;
    kafka.create = (topics) => {
      create.call(kafka, topics);
      throw new Error('connection reset');
    };
    await assert.rejects(run(), /connection reset/);
    kafka.create = create;
    await run();
    assert.equal(ready('orders')?.[0], 'True');
  });

  for (const [policy, stays] of [
    ['Retain', true],
    ['Delete', false],
  ] as const)
    it(`${stays ? 'stay' : 'go'} with ${policy} when their object goes`, async () => {
      const { topic, run, kafka, doom, finalizers } = await world();
      await topic('orders', { deletionPolicy: policy });
      await run();
      await doom('orders');
      await run();
      assert.equal(kafka.topics.has('orders'), stays);
      assert.deepEqual(finalizers('orders'), []);
    });

  it('are not deleted by an object that they were never of', async () => {
    const { topic, run, kafka, doom } = await world();
    kafka.create([{ name: 'orders', partitions: 1, replicas: 1, config: new Map() }]);
    await topic('orders', { deletionPolicy: 'Delete' });
    await run();
    await doom('orders');
    await run();
    assert.ok(kafka.topics.has('orders'));
  });

  it('are of one object only', async () => {
    const { topic, run, ready } = await world();
    await topic('first', { name: 'orders' });
    await topic('second', { name: 'orders' });
    await run();
    assert.equal(ready('first')?.[0], 'True');
    assert.deepEqual(ready('second')?.slice(0, 2), ['False', 'NameTaken']);
  });

  const refusals: [string, Partial<KafkaTopicSpecInput>, string, RegExp][] = [
    ['more copies than brokers', { replicas: 4 }, 'KafkaRefuses', /Replication factor is larger/],
    [
      'a name that Kafka keeps for itself',
      { name: '__consumer_offsets' },
      'InvalidSpec',
      /not begin with two underscores/,
    ],
    ['a name of two dots', { name: '..' }, 'InvalidSpec', /spec.name: must not be/],
  ];
  for (const [what, spec, reason, words] of refusals)
    it(`are refused with ${what}, and nobody else is`, async () => {
      const { topic, run, ready } = await world();
      await topic('bad', spec);
      await topic('good');
      await run();
      assert.equal(ready('bad')?.[1], reason);
      assert.match(ready('bad')?.[2] ?? '', words);
      assert.equal(ready('good')?.[0], 'True');
    });
});
