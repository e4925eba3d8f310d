/** DescribeLogDirs (API key 35) version 5, which tells cordoned directories (KIP-1066), or 4 of Kafka before 4.3. */
import { apiVersionsV4, type Connection, createAPI, type Reader, ResponseError, Writer } from '@platformatic/kafka';
import type { LogDir, ReplicaSize } from './admin.ts';
import { errorCodes } from './refusal.ts';

const key = 35;
const versions = { withCordon: 5, before: 4 } as const;

const allTopics = null;

type Errors = Record<string, [code: number, message: null]>;

function createRequest(): Writer {
  return Writer.create()
    .appendArray(allTopics, () => {})
    .appendTaggedFields();
}

/** Unlike the library's, one directory that has failed does not hide the others. */
function parseResponse(_correlation: number, apiKey: number, apiVersion: number, reader: Reader): LogDir[] {
  const errors: Errors = {};
  reader.readInt32(); // throttle time
  const code = reader.readInt16();
  if (code !== errorCodes.none) errors['/'] = [code, null];
  const dirs = reader.readArray((dir) => readDir(dir, apiVersion, errors));
  reader.readTaggedFields();
  if (Object.keys(errors).length === 0) return dirs;
  throw new ResponseError(apiKey, apiVersion, errors, dirs);
}

function readDir(reader: Reader, version: number, errors: Errors): LogDir {
  const code = reader.readInt16();
  const path = reader.readString();
  const replicas = reader.readArray(readTopic).flat();
  const [totalBytes, usableBytes] = [reader.readInt64(), reader.readInt64()];
  const cordoned = version >= versions.withCordon && reader.readBoolean();
  const failed = code === errorCodes.kafkaStorageError;
  if (code !== errorCodes.none && !failed) errors[`/${path}`] = [code, null];
  return { path, failed, totalBytes, usableBytes, cordoned, replicas };
}

function readTopic(reader: Reader): ReplicaSize[] {
  const topic = reader.readString();
  return reader.readArray((partition) => {
    const [index, bytes] = [partition.readInt32(), partition.readInt64()];
    partition.readInt64(); // lag
    return { topic, index, bytes, future: partition.readBoolean() };
  });
}

const withCordon = createAPI<[], LogDir[]>(key, versions.withCordon, createRequest, parseResponse);
const before = createAPI<[], LogDir[]>(key, versions.before, createRequest, parseResponse);

export async function logDirs(connection: Connection): Promise<LogDir[]> {
  return (await knowsCordons(connection)) ? withCordon.async(connection) : before.async(connection);
}

/** Asked beforehand: a broker closes the connection at a version that it does not know. */
export async function knowsCordons(connection: Connection): Promise<boolean> {
  const { apiKeys } = await apiVersionsV4.api.async(connection, 'stateward', '1');
  return apiKeys.some(({ apiKey, maxVersion }) => apiKey === key && maxVersion >= versions.withCordon);
}
