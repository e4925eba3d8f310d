/** AddRaftVoter (API key 80) and RemoveRaftVoter (81), version 0 (KIP-853); the library has neither. */
import { createAPI, type Reader, ResponseError, Writer } from '@platformatic/kafka';
import type { NewVoter, VoterKey } from './admin.ts';
import { hyphenatedId } from './directory-id.ts';
import { errorCodes } from './refusal.ts';

type Addition = [clusterId: string, voter: NewVoter, timeoutMs: number];
type Removal = [clusterId: string, voter: VoterKey];

function createAddition(clusterId: string, voter: NewVoter, timeoutMs: number): Writer {
  return Writer.create()
    .appendString(clusterId)
    .appendInt32(timeoutMs)
    .appendInt32(voter.nodeId)
    .appendUUID(hyphenatedId(voter.directoryId))
    .appendArray([...voter.endpoints], (writer, { listener, host, port }) => {
      writer.appendString(listener).appendString(host).appendUnsignedInt16(port);
    })
    .appendTaggedFields();
}

function createRemoval(clusterId: string, { nodeId, directoryId }: VoterKey): Writer {
  return Writer.create()
    .appendString(clusterId)
    .appendInt32(nodeId)
    .appendUUID(hyphenatedId(directoryId))
    .appendTaggedFields();
}

function parseResponse(_correlation: number, key: number, version: number, reader: Reader): void {
  reader.readInt32(); // throttle time
  const code = reader.readInt16();
  const message = reader.readNullableString();
  reader.readTaggedFields();
  if (code !== errorCodes.none) throw new ResponseError(key, version, { '/': [code, message] }, undefined);
}

export const addRaftVoter = createAPI<Addition, void>(80, 0, createAddition, parseResponse);
export const removeRaftVoter = createAPI<Removal, void>(81, 0, createRemoval, parseResponse);
