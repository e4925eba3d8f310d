/** `KafkaAdmin` over Kafka's own protocol: one short connection per question. */
import { Connection, describeQuorumV2 } from '@platformatic/kafka';
import type { Address, ClusterView, KafkaAdmin, Quorum, Voter } from './admin.ts';
import { describeCluster, endpointTypes } from './describe-cluster.ts';

/** Longest time for a connection and for one answer. */
const timeoutMs = 3_000;

const metadataTopic = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }];

export interface ProtocolAdminOptions {
  /** The port of the controllers, where DescribeCluster must be asked for controllers. */
  controllerPort: number;
}

export function protocolAdmin({ controllerPort }: ProtocolAdminOptions): KafkaAdmin {
  return {
    describe: (address, signal) =>
      connected(address, signal, async (connection) => {
        const type = address.port === controllerPort ? endpointTypes.controllers : endpointTypes.brokers;
        const quorum = await describeQuorumV2.api.async(connection, metadataTopic);
        const cluster = await describeCluster.async(connection, type, true);
        const view: ClusterView = {
          clusterId: cluster.clusterId,
          quorum: quorumOf(quorum),
          brokers: type === endpointTypes.brokers ? cluster.brokers : [],
        };
        return view;
      }),
  };
}

/** Runs `use` on a connection that is closed whatever happens, also when the signal ends the wait. */
async function connected<Result>(
  address: Address,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const connection = new Connection('stateward', { connectTimeout: timeoutMs, requestTimeout: timeoutMs });
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

type QuorumResponse = Awaited<ReturnType<typeof describeQuorumV2.api.async>>;

function quorumOf(response: QuorumResponse): Quorum {
  const partition = response.topics[0]?.partitions[0];
  if (partition === undefined) throw new Error('the answer names no metadata partition');
  return {
    leaderId: partition.leaderId,
    voters: partition.currentVoters.map(voterOf),
    observers: partition.observers.map(voterOf),
  };
}

function voterOf(state: { replicaId: number; replicaDirectoryId: string; logEndOffset: bigint }): Voter {
  return {
    nodeId: state.replicaId,
    directoryId: base64Id(state.replicaDirectoryId),
    logEndOffset: state.logEndOffset,
  };
}

/** The library prints ids with hyphens, Kafka's tools in URL-safe base64. */
function base64Id(hyphenated: string): string {
  return Buffer.from(hyphenated.replaceAll('-', ''), 'hex').toString('base64url');
}
