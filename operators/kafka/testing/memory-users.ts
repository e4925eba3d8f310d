/** The users of one Kafka, in memory. */
import type { AclBinding, Credential, KafkaUsers, QuotaChanges, UserAdmin } from '../admin/user-admin.ts';
import { aclKey } from '../users/user.ts';

export class MemoryUsers {
  readonly passwords = new Map<string, Credential>();
  readonly acls = new Map<string, AclBinding>();
  readonly quotas = new Map<string, Map<string, number>>();
  /** Without one nobody is told of ACLs, nor takes any. */
  authorizer = true;

  users(): KafkaUsers {
    return {
      passwords: new Set(this.passwords.keys()),
      acls: this.authorizer ? [...this.acls.values()] : undefined,
      quotas: this.quotas,
    };
  }

  alterPasswords(set: readonly Credential[], remove: readonly string[]): void {
    for (const credential of set) this.passwords.set(credential.user, credential);
    for (const user of remove) this.passwords.delete(user);
  }

  addAcls(bindings: readonly AclBinding[]): void {
    if (!this.authorizer) throw new Error('Security features are disabled.');
    for (const binding of bindings) this.acls.set(aclKey(binding), binding);
  }

  removeAcls(bindings: readonly AclBinding[]): void {
    for (const binding of bindings) this.acls.delete(aclKey(binding));
  }

  alterQuotas(changes: QuotaChanges): void {
    for (const [user, values] of changes) {
      const quotas = this.quotas.get(user) ?? new Map<string, number>();
      for (const [key, value] of values) {
        if (value === undefined) quotas.delete(key);
        else quotas.set(key, value);
      }
      if (quotas.size === 0) this.quotas.delete(user);
      else this.quotas.set(user, quotas);
    }
  }
}

/** Of the Kafka that is found at an address. */
export function memoryUserAdmin(at: (address: Parameters<UserAdmin['users']>[0]) => Promise<MemoryUsers>): UserAdmin {
  const none = new Map<string, string>();
  return {
    users: async (address) => (await at(address)).users(),
    alterPasswords: async (address, set, remove) => {
      (await at(address)).alterPasswords(set, remove);
      return none;
    },
    addAcls: async (address, bindings) => {
      (await at(address)).addAcls(bindings);
      return none;
    },
    removeAcls: async (address, bindings) => {
      (await at(address)).removeAcls(bindings);
      return none;
    },
    alterQuotas: async (address, changes) => {
      (await at(address)).alterQuotas(changes);
      return none;
    },
  };
}
