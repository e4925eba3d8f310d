import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import { alterDynamicConfig, dynamicConfig } from './broker-config.ts';
import { connectionOf } from './testing/connection.ts';

/** As `DescribeConfigsResponse.json` of Kafka 4.3 lays it out, version 4. */
function described(configs: [name: string, value: string | null, source: number][]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([''], (writer, name) => {
      writer.appendInt16(0).appendString(null).appendInt8(4).appendString(name);
      writer.appendArray(configs, (config, [key, value, source]) => {
        config.appendString(key).appendString(value).appendBoolean(false).appendInt8(source).appendBoolean(false);
        config
          .appendArray([1], (synonym) => synonym.appendString('s').appendString(null).appendInt8(5))
          .appendInt8(2)
          .appendString('what it is');
      });
    })
    .appendTaggedFields();
}

/** As `IncrementalAlterConfigsResponse.json` lays it out, version 1. */
function altered(error: number, message: string | null): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([''], (writer, name) => {
      writer.appendInt16(error).appendString(message).appendInt8(4).appendString(name);
    })
    .appendTaggedFields();
}

describe('the configuration of all brokers', () => {
  it('is what is set for all of them', async () => {
    const { connection, sent } = connectionOf(
      described([
        ['num.io.threads', '16', 3],
        ['listeners', 'x', 4],
        ['a.secret', null, 3],
      ]),
    );
    assert.deepEqual(await dynamicConfig(connection), new Map([['num.io.threads', '16']]));
    // one resource: a broker, no name, all keys; synonyms: no; documentation: no
    assert.deepEqual(sent, [{ key: 32, version: 4, request: Buffer.from([2, 4, 1, 0, 0, 0, 0, 0]) }]);
  });

  it('is unknown when the answer is about something else', () => {
    const nothing = Writer.create()
      .appendInt32(0)
      .appendArray([], () => {})
      .appendTaggedFields();
    return assert.rejects(dynamicConfig(connectionOf(nothing).connection), /no configuration of all brokers/);
  });

  it('is set and taken back in one request', async () => {
    const { connection, sent } = connectionOf(altered(0, null));
    const changes = new Map([
      ['a', '1'],
      ['b', undefined],
    ]);
    assert.deepEqual(await alterDynamicConfig(connection, changes, true), { kind: 'Done' });
    // one resource: a broker, no name, two keys: `a` is set to `1`, `b` is deleted; validate only: yes
    const request = [2, 4, 1, 3, 2, 0x61, 0, 2, 0x31, 0, 2, 0x62, 1, 0, 0, 0, 1, 0];
    assert.deepEqual(sent, [{ key: 44, version: 1, request: Buffer.from(request) }]);
  });

  for (const code of [40, 42, 44]) {
    it(`is refused with error ${code} and the reason`, async () =>
      assert.deepEqual(await alterDynamicConfig(connectionOf(altered(code, 'too many')).connection, new Map(), false), {
        kind: 'Refused',
        message: 'too many',
      }));
  }

  it('is refused without a reason in the words of the protocol', async () => {
    const answer = await alterDynamicConfig(connectionOf(altered(40, null)).connection, new Map(), false);
    assert.match(JSON.stringify(answer), /"Refused","message":"[A-Z]/);
  });

  it('is not changed by a controller that is not the active one', () =>
    assert.rejects(alterDynamicConfig(connectionOf(altered(41, null)).connection, new Map(), false), ResponseError));
});
