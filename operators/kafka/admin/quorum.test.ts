import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import { addVoter, describeQuorum, removeVoter } from './quorum.ts';
import { connectionOf } from './testing/connection.ts';

const id = 'AAAAAAAAQAEAAAAAAAAAAw';
const idBytes = Buffer.from(id, 'base64url');
const hyphenated = '00000000-0000-4001-0000-000000000003';

/** As `DescribeQuorumResponse.json` of Kafka 4.3 lays it out, version 2. */
function described(voters: [nodeId: number, offset: bigint, caughtUp: bigint][], error = 0): Writer {
  return Writer.create()
    .appendInt16(0)
    .appendString(null)
    .appendArray(['__cluster_metadata'], (topic, name) => {
      topic.appendString(name).appendArray([0], (partition, index) => {
        partition.appendInt32(index).appendInt16(error).appendString(null).appendInt32(4).appendInt32(9);
        partition.appendInt64(77n);
        for (const states of [voters, []]) {
          partition.appendArray(states, (state, [nodeId, offset, caughtUp]) => {
            state.appendInt32(nodeId).appendUUID(hyphenated).appendInt64(offset).appendInt64(5n).appendInt64(caughtUp);
          });
        }
      });
    })
    .appendArray([], () => {})
    .appendTaggedFields();
}

function answer(error: number, message: string | null = null): Writer {
  return Writer.create().appendInt32(0).appendInt16(error).appendString(message).appendTaggedFields();
}

describe('the quorum', () => {
  it('tells who has what, and when each was last caught up', async () => {
    const { connection } = connectionOf(described([[4, 78n, -1n]]));
    assert.deepEqual(await describeQuorum(connection), {
      leaderId: 4,
      highWatermark: 77n,
      voters: [{ nodeId: 4, directoryId: id, logEndOffset: 78n, lastCaughtUp: -1n, lastFetch: 5n }],
      observers: [],
    });
  });

  it('is unknown when the member cannot tell', () =>
    assert.rejects(describeQuorum(connectionOf(described([], 6)).connection), ResponseError));
});

describe('a vote', () => {
  const voter = { nodeId: 3, directoryId: id, endpoints: [{ listener: 'C', host: 'h', port: 65_535 }] };
  const add = (response: Writer) => addVoter(connectionOf(response).connection, voter, 'c', 9);
  const remove = (response: Writer) => removeVoter(connectionOf(response).connection, voter, 'c');

  it('is given to a directory of a node, with its endpoints', async () => {
    const { connection, sent } = connectionOf(answer(0));
    assert.deepEqual(await addVoter(connection, voter, 'c', 9), { kind: 'Done' });
    // cluster `c`; timeout 9; node 3; the directory; one listener: `C` at `h`, port 65535
    const start = Buffer.from([2, 0x63, 0, 0, 0, 9, 0, 0, 0, 3]);
    const end = Buffer.from([2, 2, 0x43, 2, 0x68, 0xff, 0xff, 0, 0]);
    assert.deepEqual(sent, [{ key: 80, version: 0, request: Buffer.concat([start, idBytes, end]) }]);
  });

  it('is taken from a directory of a node', async () => {
    const { connection, sent } = connectionOf(answer(0));
    assert.deepEqual(await removeVoter(connection, voter, 'c'), { kind: 'Done' });
    const request = Buffer.concat([Buffer.from([2, 0x63, 0, 0, 0, 3]), idBytes, Buffer.from([0])]);
    assert.deepEqual(sent, [{ key: 81, version: 0, request }]);
  });

  it('is there already', async () => assert.deepEqual(await add(answer(126, 'twice')), { kind: 'AlreadyVoter' }));
  it('is gone already', async () => assert.deepEqual(await remove(answer(127, 'who?')), { kind: 'NotVoter' }));

  for (const code of [7, 42]) {
    it(`is neither given nor taken for now, with error ${code} and the reason`, async () => {
      const refused = { kind: 'Refused', message: 'it lags' };
      assert.deepEqual(await add(answer(code, 'it lags')), refused);
      assert.deepEqual(await remove(answer(code, 'it lags')), refused);
    });
  }

  it('is only for the leader to give or to take', async () => {
    const refused = { kind: 'Refused', message: 'another member leads the quorum' };
    assert.deepEqual(await add(answer(6, '')), refused);
    assert.deepEqual(await remove(answer(6)), refused);
  });

  it('is not for another cluster to give or to take', async () => {
    await assert.rejects(add(answer(104, 'not this cluster')), ResponseError);
    await assert.rejects(remove(answer(104, 'not this cluster')), ResponseError);
  });
});
