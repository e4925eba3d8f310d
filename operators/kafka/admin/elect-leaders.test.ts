import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import { electPreferred } from './elect-leaders.ts';
import { connectionOf } from './testing/connection.ts';

/** As `ElectLeadersResponse.json` of Kafka 4.3 lays it out, version 2. */
function answer(error: number, results: [index: number, error: number][]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(error)
    .appendArray(['t'], (topic, name) => {
      topic.appendString(name).appendArray(results, (writer, [index, code]) => {
        writer.appendInt32(index).appendInt16(code).appendString(null);
      });
    })
    .appendTaggedFields();
}

const elect = (response: Writer) => electPreferred(connectionOf(response).connection, [{ topic: 't', index: 1 }], 9);

describe('an election of preferred leaders', () => {
  it('names the partitions by topic', async () => {
    const { connection, sent } = connectionOf(answer(0, []));
    const partitions = [
      { topic: 't', index: 1 },
      { topic: 'u', index: 0 },
      { topic: 't', index: 2 },
    ];
    await electPreferred(connection, partitions, 9);
    // preferred; two topics: `t` with 1 and 2, `u` with 0; timeout 9
    const [t, u] = [
      [2, 0x74, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0],
      [2, 0x75, 2, 0, 0, 0, 0, 0],
    ];
    const request = Buffer.from([0, 3, ...t, ...u, 0, 0, 0, 9, 0]);
    assert.deepEqual(sent, [{ key: 43, version: 2, request }]);
  });

  const fine: [string, number][] = [
    ['is held', 0],
    ['is not needed', 84],
    ['has no preferred leader in sync', 80],
    ['finds the partition deleted', 3],
  ];
  for (const [name, code] of fine) {
    it(`is done when it ${name}`, async () => assert.equal(await elect(answer(0, [[1, code]])), undefined));
  }

  it('is held in parts, and not at all for nobody', async () => {
    const partitions = Array.from({ length: 1_001 }, (_, index) => ({ topic: 't', index }));
    const { connection, sent } = connectionOf(answer(0, []), answer(0, []));
    await electPreferred(connection, partitions, 9);
    await electPreferred(connection, [], 9);
    assert.equal(sent.length, 2);
  });

  it('has failed when one partition could not be changed', () =>
    assert.rejects(
      elect(
        answer(0, [
          [1, 0],
          [2, 29],
        ]),
      ),
      ResponseError,
    ));
  it('has failed when nobody held it', () => assert.rejects(elect(answer(41, [])), ResponseError));
});
