/** `KafkaAdmin` over Kafka's own protocol: one short connection per question. */
import { type SecureContextOptions, TLSSocket } from 'node:tls';
import { apiVersionsV3, Connection, unregisterBrokerV0 } from '@platformatic/kafka';
import { type Access, trustOf } from '../../workload/certificates/access.ts';
import type { Address, ClusterView, KafkaAdmin } from './admin.ts';
import { alterDynamicConfig, dynamicConfig } from './broker-config.ts';
import { cordon } from './cordon.ts';
import { describeCluster, endpointTypes } from './describe-cluster.ts';
import { electPreferred } from './elect-leaders.ts';
import { forwards } from './forwarding.ts';
import { listPartitions } from './list-partitions.ts';
import { logDirs } from './log-dirs.ts';
import { addVoter, describeQuorum, removeVoter } from './quorum.ts';
import { changeReplicas, listReassignments, reassign } from './reassignments.ts';
import { errorCodes, refusalOf } from './refusal.ts';
import { addPartitions, alterTopics, createTopics, deleteTopics, describeTopics } from './topics.ts';
import { addAcls, alterPasswords, alterQuotas, listUsers, removeAcls } from './users.ts';

/** Longest time for a connection and for one answer. */
const timeoutMs = 3_000;

/** Longest time that Kafka takes for a change; it answers a little before the answer is given up. */
const changeTimeoutMs = timeoutMs - 500;

export interface ProtocolAdminOptions {
  /** The port of the controllers, where DescribeCluster must be asked for controllers. */
  controllerPort: number;
  access: Access;
}

export function protocolAdmin({ controllerPort, access }: ProtocolAdminOptions): KafkaAdmin {
  const tls = { ...trustOf(access), cert: access.identity.certificate, key: access.identity.key };
  const connected: Connected = (address, signal, use) => overTls(tls, address, signal, use);
  return {
    certificate: (address, signal) => connected(address, signal, presented),
    describe: (address, signal) =>
      connected(address, signal, (connection) => describe(connection, address.port === controllerPort)),
    forwards: (address, signal) => connected(address, signal, forwards),
    partitions: (address, signal) => connected(address, signal, listPartitions),
    dynamicConfig: (address, signal) => connected(address, signal, dynamicConfig),
    alterDynamicConfig: (address, changes, { validateOnly }, signal) =>
      connected(address, signal, (connection) => alterDynamicConfig(connection, changes, validateOnly)),
    electPreferred: (address, partitions, signal) =>
      connected(address, signal, (connection) => electPreferred(connection, partitions, changeTimeoutMs)),
    addVoter: (address, voter, clusterId, signal) =>
      connected(address, signal, (connection) => addVoter(connection, voter, clusterId, changeTimeoutMs)),
    removeVoter: (address, voter, clusterId, signal) =>
      connected(address, signal, (connection) => removeVoter(connection, voter, clusterId)),
    reassignments: (address, signal) =>
      connected(address, signal, (connection) => listReassignments(connection, changeTimeoutMs)),
    reassign: (address, moves, signal) =>
      connected(address, signal, (connection) => reassign(connection, moves, changeTimeoutMs)),
    logDirs: (address, signal) => connected(address, signal, logDirs),
    cordon: (address, nodeId, cordoned, signal) =>
      connected(address, signal, (connection) => cordon(connection, nodeId, cordoned)),
    topics: (address, names, signal) => connected(address, signal, (connection) => describeTopics(connection, names)),
    createTopics: (address, topics, signal) =>
      connected(address, signal, (connection) => createTopics(connection, topics, changeTimeoutMs)),
    addPartitions: (address, counts, signal) =>
      connected(address, signal, (connection) => addPartitions(connection, counts, changeTimeoutMs)),
    changeReplicas: (address, moves, signal) =>
      connected(address, signal, (connection) => changeReplicas(connection, moves, changeTimeoutMs)),
    alterTopics: (address, changes, signal) =>
      connected(address, signal, (connection) => alterTopics(connection, changes)),
    deleteTopics: (address, names, signal) =>
      connected(address, signal, (connection) => deleteTopics(connection, names, changeTimeoutMs)),
    users: (address, signal) => connected(address, signal, listUsers),
    alterPasswords: (address, set, remove, signal) =>
      connected(address, signal, (connection) => alterPasswords(connection, set, remove)),
    addAcls: (address, bindings, signal) => connected(address, signal, (connection) => addAcls(connection, bindings)),
    removeAcls: (address, bindings, signal) =>
      connected(address, signal, (connection) => removeAcls(connection, bindings)),
    alterQuotas: (address, changes, signal) =>
      connected(address, signal, (connection) => alterQuotas(connection, changes)),
    unregisterBroker: (address, nodeId, signal) =>
      connected(address, signal, (connection) => unregister(connection, nodeId)),
  };
}

async function presented(connection: Connection): Promise<string> {
  await apiVersionsV3.api.async(connection, 'stateward', '1');
  const { socket } = connection;
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) throw new Error('the member presents no certificate');
  return certificate.toString();
}

/** Controllers know of no brokers. */
async function describe(connection: Connection, isController: boolean): Promise<ClusterView> {
  const quorum = await describeQuorum(connection);
  const type = isController ? endpointTypes.controllers : endpointTypes.brokers;
  const { clusterId, brokers } = await describeCluster.async(connection, type, true);
  return { clusterId, quorum, brokers: isController ? [] : brokers };
}

async function unregister(connection: Connection, nodeId: number): Promise<void> {
  await refusalOf(unregisterBrokerV0.api.async(connection, nodeId), [errorCodes.brokerIdNotRegistered]);
}

type Connected = <Result>(
  address: Address,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<Result>,
) => Promise<Result>;

/** Runs `use` on a connection that is closed whatever happens, also when the signal ends the wait. */
async function overTls<Result>(
  tls: SecureContextOptions,
  address: Address,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const timeouts = { connectTimeout: timeoutMs, requestTimeout: timeoutMs };
  const connection = new Connection('stateward', { ...timeouts, tls, tlsServerName: address.name });
  const close = (): void => void connection.close().catch(() => {});
  signal.addEventListener('abort', close, { once: true });
  // Failures come back through the calls; without a listener they would end the process as well.
  connection.on('error', () => {});
  try {
    await connection.connect(address.host, address.port);
    return await use(connection);
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
