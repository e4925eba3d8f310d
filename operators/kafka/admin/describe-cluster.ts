/** DescribeCluster (API key 60) version 2, which tells fenced brokers from others (KIP-1073); the library ends at 1. */
import { createAPI, type Reader, ResponseError, Writer } from '@platformatic/kafka';
import type { Broker } from './admin.ts';

export const endpointTypes = { brokers: 1, controllers: 2 } as const;

const key = 60;
const version = 2;
const noError = 0;

export interface ClusterDescription {
  clusterId: string;
  controllerId: number;
  brokers: Broker[];
}

type Request = [endpointType: number, includeFenced: boolean];

function createRequest(endpointType: number, includeFenced: boolean): Writer {
  return Writer.create()
    .appendBoolean(false)
    .appendInt8(endpointType)
    .appendBoolean(includeFenced)
    .appendTaggedFields();
}

function parseResponse(_correlation: number, apiKey: number, apiVersion: number, reader: Reader): ClusterDescription {
  reader.readInt32(); // throttle time
  const errorCode = reader.readInt16();
  const errorMessage = reader.readNullableString();
  reader.readInt8(); // endpoint type
  const clusterId = reader.readString();
  const controllerId = reader.readInt32();
  const brokers = reader.readArray(readBroker);
  reader.readInt32(); // authorized operations
  reader.readTaggedFields();
  const description = { clusterId, controllerId, brokers };
  if (errorCode === noError) return description;
  throw new ResponseError(apiKey, apiVersion, { '/': [errorCode, errorMessage] }, description);
}

function readBroker(reader: Reader): Broker {
  const nodeId = reader.readInt32();
  reader.readString(); // host
  reader.readInt32(); // port
  const rack = reader.readNullableString() ?? undefined;
  return { nodeId, rack, fenced: reader.readBoolean() };
}

export const describeCluster = createAPI<Request, ClusterDescription>(key, version, createRequest, parseResponse);
