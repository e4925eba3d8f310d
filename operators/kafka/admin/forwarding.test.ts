import assert from 'node:assert/strict';
import { NetworkError, TimeoutError, Writer } from '@platformatic/kafka';
import { forwards } from './forwarding.ts';
import { connectionOf } from './testing/connection.ts';

/** As `DescribeClusterResponse.json` of Kafka 4.3 lays it out, version 2: no brokers, which is all the same here. */
const cluster = Writer.create()
  .appendInt32(0)
  .appendInt16(0)
  .appendString(null)
  .appendInt8(1)
  .appendString('id')
  .appendInt32(0)
  .appendArray([], () => {})
  .appendInt32(0)
  .appendTaggedFields();

/** As `DescribeQuorumResponse.json` of Kafka 4.3 lays it out, version 2. */
function quorum(error = 0): Writer {
  return Writer.create()
    .appendInt16(error)
    .appendString(null)
    .appendArray(['__cluster_metadata'], (topic, name) => {
      topic.appendString(name).appendArray([0], (partition, index) => {
        partition.appendInt32(index).appendInt16(0).appendString(null).appendInt32(4).appendInt32(9).appendInt64(77n);
        for (const states of [[], []]) partition.appendArray(states, () => {});
      });
    })
    .appendArray([], () => {})
    .appendTaggedFields();
}

describe('a broker that is asked for what the controllers know', () => {
  it('passes that on', async () => {
    const { connection, sent } = connectionOf(cluster, quorum());
    assert.equal(await forwards(connection), true);
    assert.deepEqual(
      sent.map(({ key }) => key),
      [60, 55],
    );
  });

  it('does not where no answer comes, though it answers for itself', async () =>
    assert.equal(await forwards(connectionOf(cluster, new TimeoutError('Request timed out')).connection), false));

  const table: [string, (Writer | Error)[]][] = [
    ['that answers nothing', [new TimeoutError('Request timed out')]],
    ['whose connection ends', [cluster, new NetworkError('Connection closed')]],
    ['with an error of the controllers', [cluster, quorum(6)]],
  ];
  for (const [name, answers] of table) {
    it(`says nothing ${name}`, () => assert.rejects(forwards(connectionOf(...answers).connection)));
  }
});
