import assert from 'node:assert/strict';
import { Reader, ResponseError, Writer } from '@platformatic/kafka';
import { type ClusterDescription, describeCluster, endpointTypes } from './describe-cluster.ts';

type Send = (...args: unknown[]) => void;

/** Stands for a connection: takes the request, answers with these bytes. */
function connection(answer: Writer, sent: { key: number; version: number; request: Buffer }[]): object {
  const send: Send = (key, version, create, parse, _header, _response, callback) => {
    assert.ok(typeof create === 'function' && typeof parse === 'function' && typeof callback === 'function');
    assert.ok(typeof key === 'number' && typeof version === 'number');
    sent.push({ key, version, request: create().buffer });
    try {
      callback(null, parse(1, key, version, Reader.from(answer.buffer)));
    } catch (error) {
      callback(error);
    }
  };
  return { send };
}

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
  const sent: { key: number; version: number; request: Buffer }[] = [];
  const to = connection(answer, sent) as Parameters<typeof describeCluster.async>[0];
  const description: ClusterDescription = await describeCluster.async(to, endpointTypes.brokers, true);
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
