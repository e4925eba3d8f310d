/** The KRaft quorum: who votes, and who has what. */
import { type Connection, describeQuorumV2 } from '@platformatic/kafka';
import type { Change, NewVoter, Quorum, Voter, VoterAddition, VoterKey, VoterRemoval } from './admin.ts';
import { base64Id } from './directory-id.ts';
import { addRaftVoter, removeRaftVoter } from './raft-voters.ts';
import { errorCodes, type Refusal, refusalOf } from './refusal.ts';

const metadataTopic = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }];

/** Any member passes the question on to the leader. */
export async function describeQuorum(connection: Connection): Promise<Quorum> {
  const response = await describeQuorumV2.api.async(connection, metadataTopic);
  const partition = response.topics[0]?.partitions[0];
  if (partition === undefined) throw new Error('the answer names no metadata partition');
  return {
    leaderId: partition.leaderId,
    highWatermark: partition.highWatermark,
    voters: partition.currentVoters.map(voterOf),
    observers: partition.observers.map(voterOf),
  };
}

interface ReplicaState {
  replicaId: number;
  replicaDirectoryId: string;
  logEndOffset: bigint;
  lastCaughtUpTimestamp: bigint;
  lastFetchTimestamp: bigint;
}

function voterOf(state: ReplicaState): Voter {
  return {
    nodeId: state.replicaId,
    directoryId: base64Id(state.replicaDirectoryId),
    logEndOffset: state.logEndOffset,
    lastCaughtUp: state.lastCaughtUpTimestamp,
    lastFetch: state.lastFetchTimestamp,
  };
}

export async function addVoter(
  connection: Connection,
  voter: NewVoter,
  clusterId: string,
  timeoutMs: number,
): Promise<VoterAddition> {
  const answer = addRaftVoter.async(connection, clusterId, voter, timeoutMs);
  const refusal = await refusalOf(answer, [errorCodes.duplicateVoter, ...transient]);
  return refusal?.code === errorCodes.duplicateVoter ? { kind: 'AlreadyVoter' } : changeOf(refusal);
}

export async function removeVoter(connection: Connection, voter: VoterKey, clusterId: string): Promise<VoterRemoval> {
  const answer = removeRaftVoter.async(connection, clusterId, voter);
  const refusal = await refusalOf(answer, [errorCodes.voterNotFound, ...transient]);
  return refusal?.code === errorCodes.voterNotFound ? { kind: 'NotVoter' } : changeOf(refusal);
}

/** The voter lags, another change goes on, or the leader is another by now. */
const transient = [errorCodes.requestTimedOut, errorCodes.invalidRequest, errorCodes.notLeader];

function changeOf(refusal: Refusal | undefined): Change {
  if (refusal === undefined) return { kind: 'Done' };
  // Kafka's words for it are about partitions.
  const message = refusal.code === errorCodes.notLeader ? 'another member leads the quorum' : refusal.message;
  return { kind: 'Refused', message };
}
