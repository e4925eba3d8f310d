/** Which partitions are moved, and moving them (KIP-455). */
import {
  type Connection,
  createAPI,
  listPartitionReassignmentsV0,
  type Reader,
  ResponseError,
  Writer,
} from '@platformatic/kafka';
import { listed } from '../../plan/listed.ts';
import type { Change, Move, PartitionId, Reassignment } from './admin.ts';
import { errorCodes, wordsOf } from './refusal.ts';
import type { Refusals } from './user-admin.ts';

const allTopics = null;

export async function listReassignments(connection: Connection, timeoutMs: number): Promise<Reassignment[]> {
  const { topics } = await listPartitionReassignmentsV0.api.async(connection, timeoutMs, allTopics);
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
      topic: name,
      index: partitionIndex,
      adding: addingReplicas,
      removing: removingReplicas,
    })),
  );
}

interface Answer extends PartitionId {
  code: number;
  message: string | null;
}

type Request = [moves: readonly Move[], anyNumber: boolean, timeoutMs: number];

/** @param anyNumber - false refuses what would leave a partition with more or fewer replicas than it has (KIP-860) */
function createRequest(moves: readonly Move[], anyNumber: boolean, timeoutMs: number): Writer {
  const topics = [...Map.groupBy(moves, ({ topic }) => topic)];
  return Writer.create()
    .appendInt32(timeoutMs)
    .appendBoolean(anyNumber)
    .appendArray(topics, (writer, [topic, partitions]) => {
      writer.appendString(topic).appendArray(partitions, appendMove);
    })
    .appendTaggedFields();
}

function appendMove(writer: Writer, { index, replicas }: Move): void {
  writer.appendInt32(index).appendArray(replicas, (ids, nodeId) => ids.appendInt32(nodeId), true, false);
}

/** Unlike the library's, one partition that cannot be moved does not hide which one it is. */
function parseResponse(_correlation: number, key: number, version: number, reader: Reader): Answer[] {
  reader.readInt32(); // throttle time
  reader.readBoolean(); // allow a change of the replication factor
  const code = reader.readInt16();
  const message = reader.readNullableString();
  const answers = reader.readArray(readTopic).flat();
  reader.readTaggedFields();
  if (code === errorCodes.none) return answers;
  throw new ResponseError(key, version, { '/': [code, message] }, answers);
}

function readTopic(reader: Reader): Answer[] {
  const topic = reader.readString();
  return reader.readArray((partition) => ({
    topic,
    index: partition.readInt32(),
    code: partition.readInt16(),
    message: partition.readNullableString(),
  }));
}

const alterReassignments = createAPI<Request, Answer[]>(45, 1, createRequest, parseResponse);

/**
 * The partition is deleted; its reassignment, which was to be ended, has ended by itself; or it has more or fewer replicas
 * than are given: a broker that had not heard of the end of a reassignment yet was asked for them.
 */
const overtaken: readonly number[] = [
  errorCodes.unknownTopicOrPartition,
  errorCodes.noReassignmentInProgress,
  errorCodes.invalidReplicationFactor,
];

/** @param moves - at most 10,000, which is what a controller takes at once */
export async function reassign(connection: Connection, moves: readonly Move[], timeoutMs: number): Promise<Change> {
  if (moves.length === 0) return { kind: 'Done' };
  const answers = await alterReassignments.async(connection, moves, false, timeoutMs);
  const refused = answers.filter(({ code }) => code !== errorCodes.none && !overtaken.includes(code));
  if (refused.length === 0) return { kind: 'Done' };
  const reasons = listed(refused, ({ topic, index, code, message }) => `${topic}-${index}: ${wordsOf(code, message)}`);
  return { kind: 'Refused', message: `${refused.length} of ${moves.length} partitions: ${reasons}` };
}

/** As `reassign`, also to more or fewer replicas; answers the refusals by topic. */
export async function changeReplicas(
  connection: Connection,
  moves: readonly Move[],
  timeoutMs: number,
): Promise<Refusals> {
  const answers = await alterReassignments.async(connection, moves, true, timeoutMs);
  const refused = answers.filter(({ code }) => code !== errorCodes.none && code !== errorCodes.unknownTopicOrPartition);
  return new Map(refused.map(({ topic, code, message }) => [topic, wordsOf(code, message)]));
}
