/** A connection that answers with prepared bytes, for tests. */
import assert from 'node:assert/strict';
import { type Connection, Reader, Writer } from '@platformatic/kafka';

export interface Sent {
  key: number;
  version: number;
  request: Buffer;
}

type Send = (...args: unknown[]) => void;

/** Takes the requests, and answers them one after another; an Error is what the connection itself comes to. */
export function connectionOf(...answers: (Writer | Error)[]): { connection: Connection; sent: Sent[] } {
  const sent: Sent[] = [];
  const send: Send = (key, version, create, parse, _header, _response, callback) => {
    assert.ok(typeof create === 'function' && typeof parse === 'function' && typeof callback === 'function');
    assert.ok(typeof key === 'number' && typeof version === 'number');
    sent.push({ key, version, request: create().buffer });
    const answer = answers[sent.length - 1];
    assert.ok(answer !== undefined, `nobody expects request ${sent.length}`);
    if (answer instanceof Error) return callback(answer);
    try {
      callback(null, parse(1, key, version, Reader.from(answer.buffer)));
    } catch (error) {
      callback(error);
    }
  };
  const connection: object = { send };
  return { connection: connection as Connection, sent };
}

/** Which versions a broker knows, as `ApiVersionsResponse.json` of Kafka 4.3 lays it out, version 4. */
export function apiVersions(...keys: [key: number, most: number][]): Writer {
  return Writer.create()
    .appendInt16(0)
    .appendArray(keys, (api, [key, most]) => void api.appendInt16(key).appendInt16(0).appendInt16(most))
    .appendInt32(0)
    .appendTaggedFields();
}
