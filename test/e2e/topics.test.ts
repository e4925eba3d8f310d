/** Topics of a KafkaCluster as objects: what they say is what Kafka has, and the records stay. */
import assert from 'node:assert/strict';
import type { Admin, Kafka } from 'kafkajs';
import { topicFinalizer } from '../../operators/kafka/topics/reconcile.ts';
import { kafkas, kafkaTopics, kubeEvents } from '../lib/resources.ts';
import { conditionOf } from '../lib/services.ts';
import { assertRecords, clientOf, fill } from './lib/kafka.ts';
import { until, usePlace } from './lib/place.ts';
import { apply, list, read, remove, singleKafka, untilKafkaReady, untilReady } from './lib/services.ts';

const name = 'topics';
const topic = 'orders';

describe('the topics of a KafkaCluster', () => {
  const at = usePlace('topics');
  let kafka: Kafka;

  const put = (object: string, spec: object = {}): Promise<void> =>
    apply(at(), kafkaTopics, object, { cluster: name, ...spec });

  async function ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await question(admin);
    } finally {
      await admin.disconnect();
    }
  }

  const partitions = () =>
    ask((admin) => admin.fetchTopicMetadata({ topics: [topic] })).then(({ topics }) => topics[0]?.partitions ?? []);

  async function settingOf(key: string): Promise<string | undefined> {
    const resources = [{ type: 2, name: topic, configNames: [key] }];
    const { resources: found } = await ask((admin) => admin.describeConfigs({ includeSynonyms: false, resources }));
    return found[0]?.configEntries[0]?.configValue;
  }

  it('are made', async () => {
    await apply(at(), kafkas, name, { pools: [singleKafka({ replicas: 3 })] });
    await untilKafkaReady(at(), name);
    kafka = await clientOf(at(), name);
    await put(topic, { partitions: 3, replicas: 1, config: { 'retention.ms': '86400000' } });
    const { status } = await untilReady(at(), kafkaTopics, topic);
    assert.deepEqual([status?.partitions, status?.replicas], [3, 1]);
    assert.equal((await partitions()).length, 3);
    assert.equal(await settingOf('retention.ms'), '86400000');
  });

  it('get more partitions and more copies, and keep what was written', async () => {
    const records = await fill(kafka, 'plain', 1, 10);
    await put(topic, { partitions: 6, replicas: 3, config: { 'min.insync.replicas': '2' } });
    await untilReady(at(), kafkaTopics, topic);
    await until(at(), async () => {
      const all = await partitions();
      assert.deepEqual(
        all.map(({ replicas }) => replicas.length),
        [3, 3, 3, 3, 3, 3],
      );
    });
    assert.equal(await settingOf('min.insync.replicas'), '2');
    assert.equal(await settingOf('retention.ms'), '604800000');
    await assertRecords(at(), kafka, 'plain', records);
  });

  it('are corrected when somebody changes them in Kafka', async () => {
    const configEntries = [{ name: 'min.insync.replicas', value: '1' }];
    await ask((admin) =>
      admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] }),
    );
    await until(at(), async () => {
      const events = await list(at(), kubeEvents);
      assert.ok(events.some(({ reason, regarding }) => reason === 'DriftCorrected' && regarding?.name === topic));
    });
    assert.equal(await settingOf('min.insync.replicas'), '2');
  });

  it('are made beside one that comes to too much for one request', async () => {
    await Promise.all([put('vast', { partitions: 10_000, replicas: 32 }), put('small', { partitions: 1 })]);
    await untilReady(at(), kafkaTopics, 'small');
    await until(at(), async () =>
      assert.equal(conditionOf(await read(at(), kafkaTopics, 'vast'), 'Ready')?.reason, 'KafkaRefuses'),
    );
    await remove(at(), kafkaTopics, 'vast');
    await put('small', { partitions: 1, deletionPolicy: 'Delete' });
    await remove(at(), kafkaTopics, 'small');
  });

  it('are left alone that exist already, until they are adopted', async () => {
    await put('plain');
    await until(at(), async () => {
      const found = await read(at(), kafkaTopics, 'plain');
      assert.equal(conditionOf(found, 'Ready')?.reason, 'TopicExists');
      assert.deepEqual(found.metadata.finalizers ?? [], []);
    });
    await put('plain', { adoptionPolicy: 'Adopt' });
    const { metadata } = await untilReady(at(), kafkaTopics, 'plain');
    assert.deepEqual(metadata.finalizers, [topicFinalizer]);
  });

  it('are refused by the API server where Kafka could not do it', async () => {
    await assert.rejects(put(topic, { partitions: 2 }), /cannot have fewer partitions/);
    await assert.rejects(
      put('internal', { name: '__consumer_offsets' }),
      /not begin with two underscores|should match/,
    );
  });

  it('stay or go with their objects', async () => {
    await remove(at(), kafkaTopics, 'plain');
    await put(topic, { partitions: 6, replicas: 3, deletionPolicy: 'Delete' });
    await untilReady(at(), kafkaTopics, topic);
    await remove(at(), kafkaTopics, topic);
    await until(at(), async () =>
      assert.deepEqual(
        (await ask((admin) => admin.listTopics())).filter((one) => !one.startsWith('__')),
        ['plain'],
      ),
    );
  });
});
