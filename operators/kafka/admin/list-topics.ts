/** Metadata (API key 3) version 12 of topics: unlike the library's, a partition without a leader is no error. */
import { createAPI, type Reader, ResponseError, Writer } from '@platformatic/kafka';
import { errorCodes } from './refusal.ts';

export interface TopicPartitions {
  name: string;
  partitions: { index: number; leader: number; replicas: number[]; inSync: number[] }[];
}

type Errors = Record<string, [code: number, message: null]>;

/** By their names, without those that do not exist; or all. */
type Request = [names: readonly string[] | 'All'];

function createRequest(names: Request[0]): Writer {
  return Writer.create()
    .appendArray(names === 'All' ? null : [...names], (topic, name) => {
      topic.appendUUID(null).appendString(name);
    })
    .appendBoolean(false) // create topics
    .appendBoolean(false) // include authorized operations
    .appendTaggedFields();
}

function parseResponse(_correlation: number, key: number, version: number, reader: Reader): TopicPartitions[] {
  const errors: Errors = {};
  reader.readInt32(); // throttle time
  reader.readArray(skipBroker);
  reader.readNullableString(); // cluster id
  reader.readInt32(); // controller id
  const topics = reader.readArray((topic) => readTopic(topic, errors)).filter((topic) => topic !== undefined);
  reader.readTaggedFields();
  if (Object.keys(errors).length === 0) return topics;
  throw new ResponseError(key, version, errors, topics);
}

function skipBroker(reader: Reader): void {
  reader.readInt32(); // node id
  reader.readString(); // host
  reader.readInt32(); // port
  reader.readNullableString(); // rack
}

function readTopic(reader: Reader, errors: Errors): TopicPartitions | undefined {
  const code = reader.readInt16();
  const name = reader.readString();
  reader.readUUID(); // topic id
  reader.readBoolean(); // internal
  const partitions = reader.readArray((partition) => readPartition(partition, name, errors));
  reader.readInt32(); // authorized operations
  if (code === errorCodes.unknownTopicOrPartition) return undefined;
  if (code !== errorCodes.none) errors[`/${name}`] = [code, null];
  return { name, partitions };
}

function readPartition(reader: Reader, topic: string, errors: Errors): TopicPartitions['partitions'][number] {
  const code = reader.readInt16();
  const index = reader.readInt32();
  const leader = reader.readInt32();
  reader.readInt32(); // leader epoch
  const [replicas, inSync] = [readIds(reader), readIds(reader)];
  readIds(reader); // offline replicas
  if (!tellsOfNoLeader(code)) errors[`/${topic}/${index}`] = [code, null];
  return { index, leader, replicas, inSync };
}

function tellsOfNoLeader(code: number): boolean {
  return code === errorCodes.none || code === errorCodes.leaderNotAvailable || code === errorCodes.listenerNotFound;
}

function readIds(reader: Reader): number[] {
  return reader.readArray((ids) => ids.readInt32(), true, false);
}

export const listTopics = createAPI<Request, TopicPartitions[]>(3, 12, createRequest, parseResponse);
