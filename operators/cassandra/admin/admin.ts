/** What the operator asks of a running Cassandra; nothing here knows how it is asked. */

/** One member's own word on itself. */
export interface MemberWord {
  /** As `StorageService.OperationMode` says it, e.g. NORMAL or JOINING. */
  operationMode: string;
  hostId: string | undefined;
  /** Addresses of members that it sees alive, itself included. */
  live: string[];
  unreachable: string[];
  joining: string[];
}

export interface Credentials {
  username: string;
  password: string;
}

export interface Target {
  host: string;
  port: number;
  datacenter: string;
}

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

export interface CassandraAdmin {
  /** Rejects when the member does not answer in time. */
  ask(host: string, port: number, signal: AbortSignal): Promise<MemberWord>;
  inspect(target: Target, own: Credentials, replication: number, signal: AbortSignal): Promise<Authentication>;
  /** Logs in with the well-known password and makes our superuser. */
  createSuperuser(target: Target, own: Credentials, signal: AbortSignal): Promise<void>;
  /** Takes login, superuser and its known password from the built-in role. */
  lockDefault(target: Target, own: Credentials, randomPassword: string, signal: AbortSignal): Promise<void>;
  replicate(
    target: Target,
    own: Credentials,
    keyspaces: string[],
    replication: number,
    signal: AbortSignal,
  ): Promise<void>;
}
