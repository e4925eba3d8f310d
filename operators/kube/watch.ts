/** A watch as the server sends it: one JSON event per line. */
import { ApiError, type WatchEvent } from './api.ts';
import { isRecord } from './json.ts';
import { decodeObject } from './object.ts';
import { statusError } from './request.ts';
import type { KubeObject, Resource } from './resource.ts';

const NEWLINE = 0x0a;

/** A line may be spread over many chunks, and a character over two: bytes are joined before they become text. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      yield Buffer.concat(pending).toString('utf8');
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  // What follows the last newline was cut off; it must fail to parse, not vanish.
  if (pending.length > 0) yield Buffer.concat(pending).toString('utf8');
}

/** Throws on the first line that is no event: to skip it would lose a change for ever. */
export async function* readEvents<T extends KubeObject>(
  resource: Resource<T>,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of readLines(chunks)) {
    if (line.trim() !== '') yield decodeEvent(resource, JSON.parse(line));
  }
}

function decodeEvent<T extends KubeObject>(resource: Resource<T>, event: unknown): WatchEvent<T> {
  if (!isRecord(event)) throw new Error('The watch sent something that is not an event');
  const { type, object } = event;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: decodeObject(resource, object) };
    case 'BOOKMARK':
      return { type, resourceVersion: bookmarkVersion(object) };
    case 'ERROR':
      throw statusError(object, 500, JSON.stringify(object));
    default:
      throw new Error(`The watch sent an event of unknown type ${String(type)}`);
  }
}

function bookmarkVersion(object: unknown): string {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  if (typeof version !== 'string' || version === '') throw new ApiError(500, 'Unknown', 'A bookmark without a version');
  return version;
}
