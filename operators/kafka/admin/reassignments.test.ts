import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import type { Move } from './admin.ts';
import { listReassignments, reassign } from './reassignments.ts';
import { connectionOf } from './testing/connection.ts';

function appendIds(writer: Writer, ids: number[]): Writer {
  return writer.appendArray(ids, (each, id) => each.appendInt32(id), true, false);
}

/** As `ListPartitionReassignmentsResponse.json` of Kafka 4.3 lays it out, version 0. */
function underWay(error: number, partitions: [index: number, all: number[], adding: number[], removing: number[]][]) {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(error)
    .appendString(null)
    .appendArray(partitions.length === 0 ? [] : ['t'], (topic, name) => {
      topic.appendString(name).appendArray(partitions, (partition, [index, ...lists]) => {
        partition.appendInt32(index);
        for (const ids of lists) appendIds(partition, ids);
      });
    })
    .appendTaggedFields();
}

/** As `AlterPartitionReassignmentsResponse.json` of Kafka 4.3 lays it out, version 1. */
function answered(error: number, results: [index: number, error: number, message: string | null][]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendBoolean(false)
    .appendInt16(error)
    .appendString(null)
    .appendArray(['t'], (topic, name) => {
      topic.appendString(name).appendArray(results, (partition, [index, code, message]) => {
        partition.appendInt32(index).appendInt16(code).appendString(message);
      });
    })
    .appendTaggedFields();
}

const one: Move = { topic: 't', index: 1, replicas: [3, 4] };
const two: Move = { topic: 't', index: 2, replicas: [4, 3] };

const movedBy =
  (...moves: Move[]) =>
  (response: Writer) =>
    reassign(connectionOf(response).connection, moves, 9);

describe('partitions on their way', () => {
  it('are asked for, whatever their topic', async () => {
    const { connection, sent } = connectionOf(underWay(0, [[7, [3, 1, 2], [3], [1]]]));
    assert.deepEqual(await listReassignments(connection, 9), [{ topic: 't', index: 7, adding: [3], removing: [1] }]);
    // timeout 9; all topics
    assert.deepEqual(sent, [{ key: 46, version: 0, request: Buffer.from([0, 0, 0, 9, 0, 0]) }]);
  });
  it('may be none', async () =>
    assert.deepEqual(await listReassignments(connectionOf(underWay(0, [])).connection, 9), []));
  it('are unknown without a controller', () =>
    assert.rejects(listReassignments(connectionOf(underWay(41, [])).connection, 9), ResponseError));
});

describe('moves', () => {
  it('are told by topic, with one that is ended', async () => {
    const { connection, sent } = connectionOf(answered(0, [[1, 0, null]]));
    const ended = { topic: 'u', index: 0, replicas: undefined };
    assert.deepEqual(await reassign(connection, [one, ended, two], 9), { kind: 'Done' });
    // timeout 9; no other number of replicas; two topics: `t` with 1 to 3, 4 and 2 to 4, 3, and `u` with 0 to nowhere
    const [t, u] = [
      [2, 0x74, 3, 0, 0, 0, 1, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 2, 3, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0],
      [2, 0x75, 2, 0, 0, 0, 0, 0, 0, 0],
    ];
    const request = Buffer.from([0, 0, 0, 9, 0, 3, ...t, ...u, 0]);
    assert.deepEqual(sent, [{ key: 45, version: 1, request }]);
  });

  it('are asked for only where there are some', async () => {
    const { connection, sent } = connectionOf();
    assert.deepEqual(await reassign(connection, [], 9), { kind: 'Done' });
    assert.deepEqual(sent, []);
  });

  const overtaken: [string, number][] = [
    ['the partition is deleted', 3],
    ['the move to be ended has ended', 85],
    ['the partition has another number of replicas by now', 38],
  ];
  for (const [name, code] of overtaken) {
    it(`are done also when ${name}`, async () =>
      assert.deepEqual(await movedBy(one)(answered(0, [[1, code, 'too late']])), { kind: 'Done' }));
  }

  const refused: [string, [number, number, string | null][], string][] = [
    ['in the words of Kafka', [[1, 39, 'no such broker']], '1 of 2 partitions: t-1: no such broker'],
    [
      'though others are not',
      [
        [1, 0, null],
        [2, 39, 'no such broker'],
      ],
      '1 of 2 partitions: t-2: no such broker',
    ],
    [
      'each by itself',
      [
        [1, 39, 'no such broker'],
        [2, 60, ''],
      ],
      '2 of 2 partitions: t-1: no such broker, t-2: ',
    ],
  ];
  for (const [name, results, message] of refused) {
    it(`are refused ${name}`, async () => {
      const answer = await movedBy(one, two)(answered(0, results));
      assert.ok(answer.kind === 'Refused' && answer.message.startsWith(message), JSON.stringify(answer));
    });
  }

  it('are refused without a reason in the words of the protocol', async () => {
    const answer = await movedBy(one)(answered(0, [[1, 39, null]]));
    assert.match(JSON.stringify(answer), /"Refused","message":"1 of 1 partitions: t-1: [A-Z]/);
  });

  it('have failed without a controller', () => assert.rejects(movedBy(one)(answered(41, [])), ResponseError));
});
