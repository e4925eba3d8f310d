/** DescribeConfigs (API key 32) version 4: unlike the library's, one resource that is gone does not spoil the others. */
import { createAPI, type Reader, ResponseError, Writer } from '@platformatic/kafka';
import { errorCodes } from './refusal.ts';

export const resourceTypes = { topic: 2, broker: 4 } as const;

/** Where a value comes from. */
export const configSources = { dynamicTopic: 1, dynamicDefaultBroker: 3 } as const;

export interface Config {
  name: string;
  value: string | undefined;
  source: number;
}

type Request = [type: number, names: readonly string[], keys: readonly string[] | null];
type Configs = Map<string, Config[]>;

function createRequest(type: number, names: readonly string[], keys: readonly string[] | null): Writer {
  return Writer.create()
    .appendArray([...names], (resource, name) => {
      resource
        .appendInt8(type)
        .appendString(name)
        .appendArray(keys === null ? null : [...keys], appendKey, true, false);
    })
    .appendBoolean(false) // include synonyms
    .appendBoolean(false) // include documentation
    .appendTaggedFields();
}

function appendKey(writer: Writer, key: string): void {
  writer.appendString(key);
}

/** By the names of the resources, without those that do not exist. */
function parseResponse(_correlation: number, apiKey: number, apiVersion: number, reader: Reader): Configs {
  const found: Configs = new Map();
  const errors: Record<string, [code: number, message: string | null]> = {};
  reader.readInt32(); // throttle time
  reader.readArray(() => {
    const code = reader.readInt16();
    const message = reader.readNullableString();
    reader.readInt8(); // resource type
    const name = reader.readString();
    const configs = reader.readArray(readConfig);
    if (code === errorCodes.none) found.set(name, configs);
    else if (code !== errorCodes.unknownTopicOrPartition) errors[`/${name}`] = [code, message];
  });
  reader.readTaggedFields();
  if (Object.keys(errors).length === 0) return found;
  throw new ResponseError(apiKey, apiVersion, errors, found);
}

function readConfig(reader: Reader): Config {
  const name = reader.readString();
  const value = reader.readNullableString() ?? undefined;
  reader.readBoolean(); // read only
  const source = reader.readInt8();
  reader.readBoolean(); // sensitive
  reader.readArray(skipSynonym);
  reader.readInt8(); // type
  reader.readNullableString(); // documentation
  return { name, value, source };
}

function skipSynonym(reader: Reader): void {
  reader.readString(); // name
  reader.readNullableString(); // value
  reader.readInt8(); // source
}

export const describeConfigs = createAPI<Request, Configs>(32, 4, createRequest, parseResponse);
