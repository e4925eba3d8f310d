import assert from 'node:assert/strict';
import kafkajs from 'kafkajs';
import { openRanges } from './kafka-reader.ts';

/** What the broker says for OFFSET_NOT_AVAILABLE to a client as old as this one. */
const unsettled = protocolError('LEADER_NOT_AVAILABLE', 5, true);
const moved = protocolError('NOT_LEADER_FOR_PARTITION', 6, true);
const refused = protocolError('TOPIC_AUTHORIZATION_FAILED', 29, false);

function protocolError(type: string, code: number, retriable: boolean): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable }));
}

const offsets = [
  { partition: 0, low: '0', high: '7', offset: '7' },
  { partition: 1, low: '3', high: '3', offset: '3' },
];

/** Fails with the errors in turn, then answers; each client is another one. */
function clientOf(...errors: Error[]) {
  const did: string[] = [];
  let clients = 0;
  const admin = () => {
    const number = ++clients;
    return {
      connect: async () => void did.push(`${number} connect`),
      disconnect: async () => void did.push(`${number} disconnect`),
      fetchTopicOffsets: async () => {
        const error = errors.shift();
        if (error !== undefined) throw error;
        return offsets;
      },
    };
  };
  return { did, admin };
}

const { signal } = new AbortController();

describe('the end of a topic', () => {
  it('is asked for again, by a client that knows no former leader, until each leader is sure of it', async () => {
    const kafka = clientOf(moved, unsettled);
    const ranges = await openRanges(kafka, 't', signal);
    assert.deepEqual([...ranges], [[0, { next: 0n, end: 7n }]]);
    const twice = ['1 connect', '1 disconnect', '2 connect', '2 disconnect', '3 connect', '3 disconnect'];
    assert.deepEqual(kafka.did, twice);
  });

  it('is not asked for again where the answer will not change', async () => {
    const kafka = clientOf(refused);
    await assert.rejects(openRanges(kafka, 't', signal), refused);
    assert.deepEqual(kafka.did, ['1 connect', '1 disconnect']);
  });

  it('is waited for no longer than the signal lets it', async () => {
    const ending = new AbortController();
    const asking = openRanges(clientOf(...Array.from({ length: 100 }, () => unsettled)), 't', ending.signal);
    ending.abort(new Error('enough'));
    await assert.rejects(asking, (error) => error === ending.signal.reason || String(error).includes('aborted'));
  });
});
