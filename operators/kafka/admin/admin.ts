/** What the operator asks of a running Kafka; nothing here knows how it is asked. */

export interface Address {
  host: string;
  port: number;
}

export interface Voter {
  nodeId: number;
  /** As Kafka's tools print it: URL-safe base64. */
  directoryId: string;
  logEndOffset: bigint;
}

export interface Quorum {
  /** -1 while there is none. */
  leaderId: number;
  voters: Voter[];
  observers: Voter[];
}

export interface Broker {
  nodeId: number;
  rack: string | undefined;
  /** Registered and kept out: it serves nothing. */
  fenced: boolean;
}

export interface ClusterView {
  clusterId: string;
  quorum: Quorum;
  brokers: Broker[];
}

export interface KafkaAdmin {
  /**
   * What the member at this address knows of its cluster. Rejects when it does not answer in time; an answer is never
   * partial.
   */
  describe(address: Address, signal: AbortSignal): Promise<ClusterView>;
}
