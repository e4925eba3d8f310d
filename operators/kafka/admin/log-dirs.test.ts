import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import { logDirs } from './log-dirs.ts';
import { apiVersions, connectionOf } from './testing/connection.ts';

type Dir = [error: number, path: string, sizes: bigint[], cordoned?: boolean];

/** As `DescribeLogDirsResponse.json` of Kafka 4.3 lays it out: version 4, and 5 where it says what is cordoned. */
function described(error: number, ...dirs: Dir[]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(error)
    .appendArray(dirs, (dir, [code, path, [total = -1n, usable = -1n, ...sizes], cordoned]) => {
      dir.appendInt16(code).appendString(path);
      dir.appendArray(sizes.length === 0 ? [] : ['t'], (topic, name) => {
        topic.appendString(name).appendArray(sizes, (partition, bytes, index) => {
          partition
            .appendInt32(index)
            .appendInt64(bytes)
            .appendInt64(3n)
            .appendBoolean(index === 1);
        });
      });
      dir.appendInt64(total).appendInt64(usable);
      if (cordoned !== undefined) dir.appendBoolean(cordoned);
    })
    .appendTaggedFields();
}

const [old, recent] = [apiVersions([34, 9], [35, 4]), apiVersions([35, 5])];

describe('the directories of a broker', () => {
  it('are told with what is in them', async () => {
    const { connection, sent } = connectionOf(recent, described(0, [0, '/a', [100n, 40n, 7n, 8n], false]));
    assert.deepEqual(await logDirs(connection), [
      {
        path: '/a',
        failed: false,
        totalBytes: 100n,
        usableBytes: 40n,
        cordoned: false,
        replicas: [
          { topic: 't', index: 0, bytes: 7n, future: false },
          { topic: 't', index: 1, bytes: 8n, future: true },
        ],
      },
    ]);
    // all topics
    assert.deepEqual(sent[1], { key: 35, version: 5, request: Buffer.from([0, 0]) });
  });

  it('are told by Kafka 4.2 as well, and none is cordoned', async () => {
    const { connection, sent } = connectionOf(old, described(0, [0, '/a', [100n, 40n, 7n]]));
    assert.deepEqual(await logDirs(connection), [
      {
        path: '/a',
        failed: false,
        totalBytes: 100n,
        usableBytes: 40n,
        cordoned: false,
        replicas: [{ topic: 't', index: 0, bytes: 7n, future: false }],
      },
    ]);
    assert.deepEqual(sent[1], { key: 35, version: 4, request: Buffer.from([0, 0]) });
  });

  it('are told apart: which are cordoned, and which have failed', async () => {
    const answer = described(0, [0, '/a', [100n, 40n], true], [56, '/b', [], false]);
    const dirs = await logDirs(connectionOf(recent, answer).connection);
    const told = dirs.map(({ path, failed, cordoned, usableBytes }) => [path, failed, cordoned, usableBytes]);
    assert.deepEqual(told, [
      ['/a', false, true, 40n],
      ['/b', true, false, -1n],
    ]);
  });

  it('are unknown when nobody may ask', () =>
    assert.rejects(logDirs(connectionOf(recent, described(31)).connection), ResponseError));
  it('are unknown when one cannot be described', () =>
    assert.rejects(logDirs(connectionOf(recent, described(0, [-1, '/a', [], false])).connection), ResponseError));
});
