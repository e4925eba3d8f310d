/** The roles of one Cassandra, in memory; what it refuses it says in Cassandra's words. */
import type { KnownRole, KnownRoles, RoleChange, RoleRefusal, RoleRefusals } from '../admin/role-admin.ts';

interface Role {
  login: boolean;
  superuser: boolean;
  memberOf: Set<string>;
  password: { text: string; written: number } | undefined;
  permissions: Map<string, Set<string>>;
}

/** Cassandra takes no second password of a role within this time. */
const passwordIntervalMs = 5_000;

export class MemoryRoles {
  readonly roles = new Map<string, Role>();
  readonly identities = new Map<string, string>();
  readonly resources = new Set<string>();
  readonly #now: () => number;

  /** @param now - milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** As a client is let in. */
  admits(username: string, password: string): boolean {
    const role = this.roles.get(username);
    return role?.login === true && role.password?.text === password;
  }

  read(): KnownRoles {
    return {
      roles: new Map([...this.roles].map(([name, role]) => [name, knownOf(role)])),
      permissions: new Map([...this.roles].map(([name, { permissions }]) => [name, structuredClone(permissions)])),
      identities: new Map(this.identities),
      resources: new Set(this.resources),
      remembersMs: 2_000,
    };
  }

  change(changes: readonly RoleChange[]): RoleRefusals {
    const refusals = new Map<string, RoleRefusal>();
    for (const change of changes) {
      const refusal = this.#execute(change);
      if (refusal !== undefined && !refusals.has(change.role)) refusals.set(change.role, refusal);
    }
    return refusals;
  }

  #execute(change: RoleChange): RoleRefusal | undefined {
    const role = this.roles.get(change.role);
    if (change.kind === 'Create') return this.#create(change, role);
    if (change.kind === 'Drop') return this.#drop(change.role);
    if (role === undefined) return refused(`Role ${change.role} doesn't exist`);
    switch (change.kind) {
      case 'Alter':
        role.login = change.login;
        role.superuser = change.superuser;
        return;
      case 'SetPassword':
        return this.#setPassword(role, change);
      case 'Join':
        if (!this.roles.has(change.group)) return refused(`${change.group} doesn't exist`);
        role.memberOf.add(change.group);
        return;
      case 'Leave':
        role.memberOf.delete(change.group);
        return;
      case 'Grant':
      case 'Revoke':
        return this.#permit(role, change);
      case 'AddIdentity':
        if (this.identities.has(change.identity)) return refused(`${change.identity} already exists`);
        this.identities.set(change.identity, change.role);
        return;
      case 'DropIdentity':
        this.identities.delete(change.identity);
        return;
      default:
        return change satisfies never;
    }
  }

  #create({ role: name, login, superuser }: Extract<RoleChange, { kind: 'Create' }>, known?: Role) {
    if (known !== undefined) return refused(`${name} already exists`);
    this.roles.set(name, { login, superuser, memberOf: new Set(), password: undefined, permissions: new Map() });
    return undefined;
  }

  #drop(name: string): undefined {
    this.roles.delete(name);
    for (const { memberOf } of this.roles.values()) memberOf.delete(name);
    for (const [identity, role] of this.identities) if (role === name) this.identities.delete(identity);
  }

  #setPassword(known: Role, { role, password: text }: Extract<RoleChange, { kind: 'SetPassword' }>) {
    const written = this.#now();
    if (known.password !== undefined && written < known.password.written + passwordIntervalMs)
      return { message: `Password for role ${role} can only be changed every ${passwordIntervalMs}ms.`, passes: true };
    known.password = { text, written };
    return undefined;
  }

  #permit({ permissions }: Role, change: Extract<RoleChange, { kind: 'Grant' | 'Revoke' }>) {
    const { kind, resource } = change;
    if (resource !== 'data' && !this.resources.has(resource)) return refused(`Resource <${resource}> doesn't exist`);
    const has = permissions.get(resource) ?? new Set<string>();
    permissions.set(resource, has);
    for (const permission of change.permissions) {
      if (kind === 'Grant') has.add(permission);
      else has.delete(permission);
    }
    return undefined;
  }
}

function refused(message: string): RoleRefusal {
  return { message, passes: false };
}

function knownOf({ login, superuser, memberOf, password }: Role): KnownRole {
  const passwordWritten = password && password.written * 1_000;
  return { login, superuser, memberOf: new Set(memberOf), passwordWritten };
}
