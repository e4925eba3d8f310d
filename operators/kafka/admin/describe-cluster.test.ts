import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import { describeCluster, endpointTypes } from './describe-cluster.ts';
import { connectionOf } from './testing/connection.ts';

/** As `DescribeClusterResponse.json` of Kafka 4.3 lays it out, version 2. */
function response(errorCode: number, brokers: [number, string | null, boolean][]): Writer {
  return Writer.create()
    .appendInt32(5)
    .appendInt16(errorCode)
    .appendString(errorCode === 0 ? null : 'not here')
    .appendInt8(1)
    .appendString('the-id')
    .appendInt32(7)
    .appendArray(brokers, (writer, [nodeId, rack, fenced]) => {
      writer.appendInt32(nodeId).appendString('host').appendInt32(9091).appendString(rack).appendBoolean(fenced);
    })
    .appendInt32(-2147483648)
    .appendTaggedFields();
}

async function described(answer: Writer) {
  const { connection, sent } = connectionOf(answer);
  const description = await describeCluster.async(connection, endpointTypes.brokers, true);
  return { sent, description };
}

describe('DescribeCluster', () => {
  it('asks for fenced brokers, and tells them from others', async () => {
    const { sent, description } = await described(
      response(0, [
        [0, 'a', false],
        [1001, null, true],
      ]),
    );
    // include authorized operations: no; endpoints: brokers; include fenced: yes; no tagged fields
    assert.deepEqual(sent, [{ key: 60, version: 2, request: Buffer.from([0, 1, 1, 0]) }]);
    assert.deepEqual(description, {
      clusterId: 'the-id',
      controllerId: 7,
      brokers: [
        { nodeId: 0, rack: 'a', fenced: false },
        { nodeId: 1001, rack: undefined, fenced: true },
      ],
    });
  });

  it('knows a cluster without brokers', async () =>
    assert.deepEqual((await described(response(0, []))).description.brokers, []));

  it('is no answer when it is an error', () => assert.rejects(described(response(41, [])), ResponseError));
});
