import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import { listTopics } from './list-topics.ts';
import { connectionOf } from './testing/connection.ts';

/** As `MetadataResponse.json` of Kafka 4.3 lays it out, version 12: topics of no partitions. */
function metadata(topics: [name: string, error: number][]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([], () => {})
    .appendString('the-id')
    .appendInt32(1)
    .appendArray(topics, (writer, [name, error]) => {
      writer.appendInt16(error).appendString(name).appendUUID(null).appendBoolean(false);
      writer.appendArray([], () => {}).appendInt32(-2147483648);
    })
    .appendTaggedFields();
}

describe('topics that are asked for by their names', () => {
  it('are those that exist', async () => {
    const { connection, sent } = connectionOf(
      metadata([
        ['a', 0],
        ['b', 3],
      ]),
    );
    assert.deepEqual(await listTopics.async(connection, ['a', 'b']), [{ name: 'a', partitions: [] }]);
    const topic = (name: string) =>
      Buffer.concat([Buffer.alloc(16), Buffer.from([2]), Buffer.from(name), Buffer.of(0)]);
    // two topics, each by its name and not its id; create topics: no; authorized operations: no; no tagged fields
    const request = Buffer.concat([Buffer.of(3), topic('a'), topic('b'), Buffer.of(0, 0, 0)]);
    assert.deepEqual(sent, [{ key: 3, version: 12, request }]);
  });

  it('are unknown where one is not told', () =>
    assert.rejects(listTopics.async(connectionOf(metadata([['a', 29]])).connection, ['a']), ResponseError));
});
