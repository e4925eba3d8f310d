import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import { cordon } from './cordon.ts';
import { apiVersions, connectionOf } from './testing/connection.ts';

/** As `IncrementalAlterConfigsResponse.json` of Kafka 4.3 lays it out, version 1. */
function altered(error: number, message: string | null): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray(['7'], (writer, name) => {
      writer.appendInt16(error).appendString(message).appendInt8(4).appendString(name);
    })
    .appendTaggedFields();
}

const key = [...Buffer.from('cordoned.log.dirs')];
const [old, recent] = [apiVersions([35, 4]), apiVersions([35, 5])];

describe('a broker', () => {
  it('is cordoned with all its directories', async () => {
    const { connection, sent } = connectionOf(recent, altered(0, null));
    assert.deepEqual(await cordon(connection, 7, true), { kind: 'Done' });
    // one resource: a broker, 7, one key: it is set to `*`; validate only: no
    const request = Buffer.from([2, 4, 2, 0x37, 2, 18, ...key, 0, 2, 0x2a, 0, 0, 0, 0]);
    assert.deepEqual(sent[1], { key: 44, version: 1, request });
  });

  it('is given back to use, whatever its version', async () => {
    const { connection, sent } = connectionOf(altered(0, null));
    assert.deepEqual(await cordon(connection, 7, false), { kind: 'Done' });
    // the same, but it is deleted
    const request = Buffer.from([2, 4, 2, 0x37, 2, 18, ...key, 1, 0, 0, 0, 0, 0]);
    assert.deepEqual(sent, [{ key: 44, version: 1, request }]);
  });

  it('is not cordoned by Kafka 4.2, which is not even asked', async () => {
    const { connection, sent } = connectionOf(old);
    assert.equal((await cordon(connection, 7, true)).kind, 'Refused');
    assert.equal(sent.length, 1);
  });

  const refusals: [string, number][] = [
    ['another broker is asked', 42],
    ['its metadata version is too low', 40],
    ['it is not registered', 102],
  ];
  for (const [name, code] of refusals) {
    it(`is not cordoned when ${name}`, async () => {
      const { connection } = connectionOf(recent, altered(code, 'not this one'));
      assert.deepEqual(await cordon(connection, 7, true), { kind: 'Refused', message: 'not this one' });
    });
  }

  it('is not given back by a controller that is not the active one', () =>
    assert.rejects(cordon(connectionOf(altered(41, null)).connection, 7, false), ResponseError));
});
