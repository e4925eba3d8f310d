/** Dynamic configuration (KIP-226): that of all brokers together is the broker resource without a name. */
import { type Connection, IncrementalAlterConfigOperationTypes, incrementalAlterConfigsV1 } from '@platformatic/kafka';
import type { Change } from './admin.ts';
import { configSources, describeConfigs, resourceTypes } from './describe-configs.ts';
import { errorCodes, refusalOf } from './refusal.ts';

const allBrokers = '';

export async function dynamicConfig(connection: Connection): Promise<Map<string, string>> {
  const found = await describeConfigs.async(connection, resourceTypes.broker, [allBrokers], null);
  const configs = found.get(allBrokers);
  if (configs === undefined) throw new Error('the answer names no configuration of all brokers');
  return new Map(
    configs.flatMap(({ name, value, source }) =>
      value === undefined || source !== configSources.dynamicDefaultBroker ? [] : [[name, value]],
    ),
  );
}

type Changes = ReadonlyMap<string, string | undefined>;

export function alterDynamicConfig(connection: Connection, changes: Changes, validateOnly: boolean): Promise<Change> {
  return alterBrokerConfig(connection, allBrokers, changes, validateOnly);
}

const refusals = [
  errorCodes.invalidConfig,
  errorCodes.invalidRequest,
  errorCodes.policyViolation,
  errorCodes.brokerIdNotRegistered,
];

/** @param broker - a node id, or nobody for all of them */
export async function alterBrokerConfig(
  connection: Connection,
  broker: string,
  changes: Changes,
  validateOnly: boolean,
): Promise<Change> {
  const configs = [...changes].map(([name, value]) => changeOf(name, value));
  const resources = [{ resourceType: resourceTypes.broker, resourceName: broker, configs }];
  const refusal = await refusalOf(incrementalAlterConfigsV1.api.async(connection, resources, validateOnly), refusals);
  return refusal === undefined ? { kind: 'Done' } : { kind: 'Refused', message: refusal.message };
}

const { SET, DELETE } = IncrementalAlterConfigOperationTypes;

function changeOf(name: string, value: string | undefined) {
  return value === undefined ? { name, configOperation: DELETE } : { name, configOperation: SET, value };
}
