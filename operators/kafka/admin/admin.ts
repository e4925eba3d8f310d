/** What the operator asks of a running Kafka; nothing here knows how it is asked. */

export interface Address {
  host: string;
  port: number;
}

/** One directory of one node: a node with a new metadata volume is another voter. */
export interface VoterKey {
  nodeId: number;
  /** As Kafka's tools print it: URL-safe base64. */
  directoryId: string;
}

export interface Voter extends VoterKey {
  logEndOffset: bigint;
  /** When it last had all that the leader had, in milliseconds by the leader's clock; -1 if that is not known. */
  lastCaughtUp: bigint;
  /** When it last asked the leader for more, in the same way; that of a replica that is gone stays for minutes. */
  lastFetch: bigint;
}

export interface Quorum {
  /** -1 while there is none. */
  leaderId: number;
  /** The end of what a majority has; -1 while a new leader does not know it yet. */
  highWatermark: bigint;
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

export interface PartitionId {
  topic: string;
  index: number;
}

export interface Partition extends PartitionId {
  /** -1 while there is none. */
  leader: number;
  /** The first one is the preferred leader. */
  replicas: number[];
  inSync: number[];
  /** `min.insync.replicas` as it is in force for the topic; it may be more than the topic has replicas. */
  minInSync: number;
}

/** Where a voter is reached by the other members of the quorum: one for each controller listener. */
export interface VoterEndpoint extends Address {
  listener: string;
}

export interface NewVoter extends VoterKey {
  endpoints: readonly VoterEndpoint[];
}

export type Change = { kind: 'Done' } | { kind: 'Refused'; message: string };

export type VoterAddition = Change | { kind: 'AlreadyVoter' };
export type VoterRemoval = Change | { kind: 'NotVoter' };

/**
 * Each call asks one member, and rejects when it does not answer in time or answers with an error that nobody expects.
 * An answer is never partial.
 */
export interface KafkaAdmin {
  /** What the member at this address knows of its cluster. */
  describe(address: Address, signal: AbortSignal): Promise<ClusterView>;

  /**
   * Every partition of every topic, internal ones too, as this broker has heard of them: a broker that has lost its
   * controllers knows the past. Controllers do not answer this.
   */
  partitions(address: Address, signal: AbortSignal): Promise<Partition[]>;

  /**
   * The dynamic configuration of all brokers together, without what is set for one of them or in its file. A broker that
   * has not heard of a change yet answers what was before.
   */
  dynamicConfig(address: Address, signal: AbortSignal): Promise<Map<string, string>>;

  /**
   * Sets, or with undefined takes back, dynamic configuration of all brokers: all of it or nothing. Ask a broker: it
   * checks the values against what it runs with, a controller takes anything.
   */
  alterDynamicConfig(
    address: Address,
    changes: ReadonlyMap<string, string | undefined>,
    options: { validateOnly: boolean },
    signal: AbortSignal,
  ): Promise<Change>;

  /** Gives partitions back to their preferred leaders, as far as these are in sync. Deleted ones are passed over. */
  electPreferred(address: Address, partitions: readonly PartitionId[], signal: AbortSignal): Promise<void>;

  /**
   * Gives an observer that has caught up a vote (KIP-853). Refused while it lags, while another change goes on, and by
   * everybody but the leader of the quorum, which is asked at its controller listener: a broker passes the request on to
   * the leader that it last heard of.
   */
  addVoter(address: Address, voter: NewVoter, clusterId: string, signal: AbortSignal): Promise<VoterAddition>;

  /** Takes the vote from one directory of a node (KIP-853). Ask the leader, as above; it steps down if the vote is its. */
  removeVoter(address: Address, voter: VoterKey, clusterId: string, signal: AbortSignal): Promise<VoterRemoval>;

  /** Forgets a broker that is gone for good; Kafka does not check that it is. Also done if there is no such broker. */
  unregisterBroker(address: Address, nodeId: number, signal: AbortSignal): Promise<void>;
}
