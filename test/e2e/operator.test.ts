/** The operator dies again and again while it sets services up. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { cassandras, kafkas } from '../lib/resources.ts';
import { assertRows, fill as fillTable, stateOf } from './lib/cassandra.ts';
import { assertRecords, clientOf, describeAny, fill } from './lib/kafka.ts';
import { deleteLeader } from './lib/operator.ts';
import { usePlace } from './lib/place.ts';
import { podsOf } from './lib/pods.ts';
import { apply, singleKafka, smallCassandra, untilCassandraReady, untilKafkaReady } from './lib/services.ts';

describe('the operator, killed at random moments', () => {
  const at = usePlace('operator');

  it('sets a KafkaCluster and a CassandraCluster up all the same', async () => {
    const kafka = { pools: [singleKafka({ replicas: 3 })] };
    const leaders = new Set<string>();
    await apply(at(), kafkas, 'kafka', kafka);
    await apply(at(), cassandras, 'cassandra', { replicas: 2, ...smallCassandra });
    for (let kill = 0; kill < 3; kill += 1) {
      // The moment itself is what varies: between any two writes of the operator.
      await delay(Math.random() * 4_000, undefined, { signal: at().signal });
      leaders.add(await deleteLeader(at()));
    }
    assert.equal(leaders.size, 3);
    await Promise.all([untilKafkaReady(at(), 'kafka'), untilCassandraReady(at(), 'cassandra')]);
  });

  it('has made one Kafka cluster of them, and one ring', async () => {
    const { quorum, brokers } = await describeAny(at(), 'kafka');
    assert.deepEqual(quorum.voters.map(({ nodeId }) => nodeId).toSorted(), [0, 1, 2]);
    assert.deepEqual(quorum.observers, []);
    assert.deepEqual(brokers.map(({ nodeId }) => nodeId).toSorted(), [0, 1, 2]);
    const states = await Promise.all(['cassandra-r1-0', 'cassandra-r1-1'].map((pod) => stateOf(at(), pod)));
    for (const { live } of states) assert.equal(live.length, 2);
    assert.equal(new Set(states.map(({ hostId }) => hostId)).size, 2);
  });

  it('has disrupted no member for it', async () => {
    for (const service of ['kafka', 'cassandra']) {
      for (const { metadata, status } of await podsOf(at(), service))
        assert.equal(status?.containerStatuses?.[0]?.restartCount, 0, metadata.name);
    }
  });

  it('leaves services that keep data', async () => {
    const kafka = await clientOf(at(), 'kafka');
    await assertRecords(at(), kafka, 'records', await fill(kafka, 'records', 3));
    await fillTable(at(), 'cassandra', { keyspace: 'kept', replication: 2 });
    await assertRows(at(), 'cassandra', 'kept');
  });
});
