/** What is asked of Cassandra about its roles, and what is changed; always of many at once. */
import type { Superuser, Target } from './admin.ts';

export interface KnownRole {
  login: boolean;
  superuser: boolean;
  /** Roles whose rights it has; not those that it has through others. */
  memberOf: ReadonlySet<string>;
  /** When it was given its password, in microseconds since 1970; undefined without one. */
  passwordWritten: number | undefined;
}

/** By resource, as Cassandra names it (data, data/shop, data/shop/orders): what may be done with it. */
export type Permissions = ReadonlyMap<string, ReadonlySet<string>>;

export interface KnownRoles {
  roles: ReadonlyMap<string, KnownRole>;
  /** By role; only those on keyspaces and tables. */
  permissions: ReadonlyMap<string, Permissions>;
  /** By identity: whom a certificate with it logs in as. */
  identities: ReadonlyMap<string, string>;
  /** Keyspaces and tables that exist, as resources; not the virtual ones, which are all of the system. */
  resources: ReadonlySet<string>;
  /** For how long the other members may still know what was before a change; milliseconds. */
  remembersMs: number;
}

/** One statement about one role. */
export type RoleChange =
  | { kind: 'Create'; role: string; login: boolean; superuser: boolean }
  | { kind: 'Alter'; role: string; login: boolean; superuser: boolean }
  | { kind: 'SetPassword'; role: string; password: string }
  | { kind: 'Join' | 'Leave'; role: string; group: string }
  | { kind: 'Grant' | 'Revoke'; role: string; resource: string; permissions: readonly string[] }
  | { kind: 'AddIdentity' | 'DropIdentity'; role: string; identity: string }
  | { kind: 'Drop'; role: string };

export interface RoleRefusal {
  message: string;
  /** Whether Cassandra will take the same some seconds later. */
  passes: boolean;
}

/** By role: the first thing that Cassandra refused; for nobody where all was done. */
export type RoleRefusals = ReadonlyMap<string, RoleRefusal>;

export interface RoleAdmin {
  roles(target: Target, own: Superuser, signal: AbortSignal): Promise<KnownRoles>;

  /** One after another, in this order. Rejects when the member does not do them in time. */
  changeRoles(
    target: Target,
    own: Superuser,
    changes: readonly RoleChange[],
    signal: AbortSignal,
  ): Promise<RoleRefusals>;
}
