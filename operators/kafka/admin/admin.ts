/** What the operator asks of a running Kafka; nothing here knows how it is asked. */
import type { Address } from '../../workload/address.ts';
import type { TopicAdmin } from './topic-admin.ts';
import type { UserAdmin } from './user-admin.ts';

export type { Address };

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

/** A partition on its way. Its `replicas` are all of them meanwhile, those that it is to have before the others. */
export interface Reassignment extends PartitionId {
  adding: number[];
  removing: number[];
}

export interface Move extends PartitionId {
  /**
   * Where the partition is to be, the preferred leader first; undefined ends the reassignment that is under way and goes
   * back to where it was.
   */
  replicas: number[] | undefined;
}

export interface ReplicaSize extends PartitionId {
  bytes: bigint;
  /** A copy that is to take the place of one in another directory of the same broker. */
  future: boolean;
}

/** One directory of a broker, usually one volume. */
export interface LogDir {
  path: string;
  /** Nothing more is known of it then: no sizes and no replicas. */
  failed: boolean;
  /** Of the volume; -1 where it is not known. */
  totalBytes: bigint;
  usableBytes: bigint;
  /** It takes no new replicas (KIP-1066). */
  cordoned: boolean;
  replicas: ReplicaSize[];
}

/** Where a voter is reached by the other members of the quorum: one for each controller listener. */
export interface VoterEndpoint extends Omit<Address, 'name'> {
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
export interface KafkaAdmin extends UserAdmin, TopicAdmin {
  /** PEM of what the member presents at this port, once it has answered a request of the one who asks. */
  certificate(address: Address, signal: AbortSignal): Promise<string>;

  /** What the member at this address knows of its cluster. */
  describe(address: Address, signal: AbortSignal): Promise<ClusterView>;

  /**
   * Whether this broker passes requests on to the active controller. False also while there is none: only together with
   * the word of another member does it say something about this one.
   */
  forwards(address: Address, signal: AbortSignal): Promise<boolean>;

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

  /** Partitions on their way, as the active controller knows them: any broker asks it. */
  reassignments(address: Address, signal: AbortSignal): Promise<Reassignment[]>;

  /**
   * Begins, replaces or ends reassignments. It is no transaction: a refusal names the partitions that Kafka would not
   * move, the others are under way. Passes over what has been overtaken: partitions that are deleted, reassignments to be
   * ended that have ended, and moves to more or fewer replicas than a partition has. Kafka refuses replicas on brokers
   * that are not registered, and takes such on fenced and cordoned ones.
   */
  reassign(address: Address, moves: readonly Move[], signal: AbortSignal): Promise<Change>;

  /** The directories of the broker at this address, and of nobody else. */
  logDirs(address: Address, signal: AbortSignal): Promise<LogDir[]>;

  /**
   * Lets a broker take no new replicas, or takes that back (KIP-1066). It keeps what it has, and is cordoned after a
   * restart too; its `logDirs` show it. Topics and partitions that are created pass it over; a `reassign` does not.
   * To cordon, ask the broker itself: refused by any other, before Kafka 4.3, and before its metadata version.
   * To take back, ask the broker itself too, or after its end the active controller at its controller listener, while the
   * broker is registered still: Kafka keeps the setting of one that is not, takes no change of it, and the next broker
   * with that id starts cordoned.
   */
  cordon(address: Address, nodeId: number, cordoned: boolean, signal: AbortSignal): Promise<Change>;

  /**
   * Forgets a broker that is gone for good. Also done if there is no such broker. Kafka does not check that it is gone:
   * one that still runs serves nobody any more, and takes minutes to end. Its replicas and its configuration stay.
   */
  unregisterBroker(address: Address, nodeId: number, signal: AbortSignal): Promise<void>;
}
