/** What the operator asks of a running Cassandra; nothing here knows how it is asked. */
import type { Address } from '../../workload/address.ts';
import type { RoleAdmin } from './role-admin.ts';
import type { SchemaAdmin } from './schema-admin.ts';

/** Another member as gossip shows it. One that was replaced or has left is shown for a while yet. */
export interface Peer {
  hostId: string | undefined;
  address: string;
  /** NORMAL, BOOT, BOOT_REPLACE, LEFT, shutdown (it says that it stops), …; UNKNOWN where gossip does not say. */
  status: string;
  /** The second, since the epoch, in which its process started: memories of an earlier process have another one. */
  generation: number;
  alive: boolean;
  /** Whether ranges of the ring are its. They are no more where another member took them, or its host moved. */
  member: boolean;
}

/** Writes that a member keeps for another one, which missed them. */
export interface Hints {
  /** Whom they are for. A member that was replaced leaves those for its old host id behind. */
  hostId: string;
  /** How many files of them; what came within the last ten seconds may be in none yet. */
  files: number;
}

/** A member's word on the wish that it leaves the ring (see leave.ts); it tries a failed attempt again by itself. */
export interface LeaveWord {
  kind: 'Asked' | 'Failed';
  /** How far it is, or why the last attempt failed. */
  message: string;
}

/** A member's word on what it was last asked to do with one keyspace (see keyspaces/maintenance.ts). */
export type MaintenanceWord =
  | { kind: 'Idle' }
  /** With the id that it was asked under. */
  | { kind: 'Running' | 'Done'; id: string }
  /** It tries again by itself. */
  | { kind: 'Failed'; id: string; message: string };

/** Of the file system that its data is on, in bytes. */
export interface Disk {
  totalBytes: number;
  /** What a process without special rights may still write. */
  usableBytes: number;
}

/** One member's own word on itself and on its peers. */
export interface MemberWord {
  /**
   * As `StorageService.OperationMode` says it, e.g. NORMAL or JOINING. DECOMMISSIONED also after a restart on the data of
   * a member that has left: the agent then says it in Cassandra's place.
   */
  operationMode: string;
  /** From its first start on: also while it joins, and while it is about to take the place of another host. */
  hostId: string | undefined;
  /** As of `Peer`; undefined before gossip has started. */
  generation: number | undefined;
  /** Version of the schema; undefined before gossip has started. */
  schema: string | undefined;
  /** Addresses of members that it sees alive, itself included. */
  live: string[];
  /** Those that have left are among them for as long as gossip remembers them: three days. */
  unreachable: string[];
  /** Addresses. */
  joining: string[];
  leaving: string[];
  moving: string[];
  /** Everybody else. */
  peers: Peer[];
  /** Undefined where it does not say. */
  hints: Hints[] | undefined;
  /** Bytes of its live SSTables, without snapshots and what is only in memory yet; undefined before gossip has started. */
  load: number | undefined;
  /** Undefined where it does not say. */
  disk: Disk | undefined;
  /** Undefined while it does not know of a wish that it leaves. */
  leave: LeaveWord | undefined;
  /** Undefined where its agent is one of an earlier version, which knows nothing of it. */
  maintenance: MaintenanceWord | undefined;
}

export interface Credentials {
  username: string;
  password: string;
}

/** Whom the operator logs in as. */
export interface Superuser extends Credentials {
  /** What takes the place of these: a member that does not let them in is shown the others. */
  next?: Credentials;
}

export interface Target extends Address {
  datacenter: string;
  /** Whether it may be spoken to in clear, where it knows no TLS. */
  clear: boolean;
}

/** What is spoken at a port. */
export type Protocol = 'Internode' | 'Cql' | 'Agent';

export interface Roles {
  /** The built-in `cassandra` role cannot log in and is no superuser. */
  defaultLocked: boolean;
  /** System keyspaces that are not replicated as wanted. */
  unreplicated: string[];
}

/** What the superuser finds. */
export type Authentication =
  | { kind: 'Ours'; roles: Roles }
  /** Our role does not exist, and the built-in one still has its well-known password. */
  | { kind: 'Default' }
  /** Too few replicas of the roles answer: they are replicated to members that have not joined yet. */
  | { kind: 'NotEnoughReplicas' }
  /** Nothing can be said. */
  | { kind: 'Unknown'; message: string };

export interface Keyspace {
  name: string;
  /** Without its package, e.g. NetworkTopologyStrategy. */
  strategy: string;
  /**
   * Replicas by datacenter. SimpleStrategy knows no datacenters: its one factor is given for the one that was asked.
   * Empty for a strategy that Cassandra does not come with.
   */
  replication: ReadonlyMap<string, number>;
  /** Whether writes go to the commit log. */
  durableWrites: boolean;
}

export interface CassandraAdmin extends SchemaAdmin, RoleAdmin {
  /** PEM of what the member presents at this port, once it has let in the one who asks. */
  certificate(address: Address, protocol: Protocol, signal: AbortSignal): Promise<string>;
  /** Rejects when the member does not answer in time. */
  ask(address: Address, signal: AbortSignal): Promise<MemberWord>;
  inspect(target: Target, own: Superuser, replication: number, signal: AbortSignal): Promise<Authentication>;
  /** Those that are replicated, the system's own among them. Rejects when the member does not answer in time. */
  keyspaces(target: Target, own: Superuser, signal: AbortSignal): Promise<Keyspace[]>;
  /** Whether the member lets somebody in by these. Rejects when it does not say. */
  letsIn(target: Target, credentials: Credentials, signal: AbortSignal): Promise<boolean>;
  /** Logs in with the well-known password and makes our superuser. */
  createSuperuser(target: Target, own: Credentials, signal: AbortSignal): Promise<void>;
  /** Takes login, superuser and its known password from the built-in role. */
  lockDefault(target: Target, own: Superuser, randomPassword: string, signal: AbortSignal): Promise<void>;
  replicate(
    target: Target,
    own: Superuser,
    keyspaces: string[],
    replication: number,
    signal: AbortSignal,
  ): Promise<void>;
}
