/** ElectLeaders (API key 43) version 2; the library does not have it. */
import { type Connection, createAPI, type Reader, ResponseError, Writer } from '@platformatic/kafka';
import type { PartitionId } from './admin.ts';
import { errorCodes } from './refusal.ts';

const preferred = 0;

/** Preferred leaders that lead already or are not in sync, and partitions that are gone, are no errors. */
const fine: readonly number[] = [
  errorCodes.none,
  errorCodes.electionNotNeeded,
  errorCodes.preferredLeaderNotAvailable,
  errorCodes.unknownTopicOrPartition,
];

type Request = [partitions: readonly PartitionId[], timeoutMs: number];
type Errors = Record<string, [code: number, message: string | null]>;

function createRequest(partitions: readonly PartitionId[], timeoutMs: number): Writer {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)];
  return Writer.create()
    .appendInt8(preferred)
    .appendArray(topics, (writer, [topic, members]) => {
      writer.appendString(topic).appendArray(members, appendIndex, true, false);
    })
    .appendInt32(timeoutMs)
    .appendTaggedFields();
}

function appendIndex(writer: Writer, { index }: PartitionId): void {
  writer.appendInt32(index);
}

function parseResponse(_correlation: number, key: number, version: number, reader: Reader): void {
  const errors: Errors = {};
  reader.readInt32(); // throttle time
  const code = reader.readInt16();
  if (code !== errorCodes.none) errors['/'] = [code, null];
  reader.readArray((topic) => readTopic(topic, errors));
  reader.readTaggedFields();
  if (Object.keys(errors).length > 0) throw new ResponseError(key, version, errors, undefined);
}

function readTopic(reader: Reader, errors: Errors): void {
  const topic = reader.readString();
  reader.readArray(() => {
    const index = reader.readInt32();
    const code = reader.readInt16();
    const message = reader.readNullableString();
    if (!fine.includes(code)) errors[`/${topic}/${index}`] = [code, message];
  });
}

const electLeaders = createAPI<Request, void>(43, 2, createRequest, parseResponse);

/** Partitions of one request: a controller refuses requests that make more than 10,000 records. */
const batch = 1_000;

/** @param timeoutMs - for each request */
export async function electPreferred(
  connection: Connection,
  partitions: readonly PartitionId[],
  timeoutMs: number,
): Promise<void> {
  for (let start = 0; start < partitions.length; start += batch) {
    await electLeaders.async(connection, partitions.slice(start, start + batch), timeoutMs);
  }
}
