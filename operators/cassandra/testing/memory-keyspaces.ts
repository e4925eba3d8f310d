/** The keyspaces of one Cassandra, in memory, beside the system's own. */
import type { Keyspace } from '../admin/admin.ts';
import type { ChangedKeyspaces, KeyspaceChange, NewKeyspace } from '../admin/schema-admin.ts';

export class MemoryKeyspaces {
  readonly keyspaces = new Map<string, Keyspace>();
  /** Changes in their order, for people. */
  readonly said: string[] = [];

  list(): Keyspace[] {
    return [...this.keyspaces.values()].map((keyspace) => ({ ...keyspace }));
  }

  /** As somebody else does it. */
  put(keyspace: NewKeyspace, strategy = 'NetworkTopologyStrategy'): void {
    this.keyspaces.set(keyspace.name, { ...keyspace, strategy, replication: new Map(keyspace.replication) });
  }

  change(changes: readonly KeyspaceChange[]): ChangedKeyspaces {
    const existing = new Set<string>();
    const refused = new Map<string, string>();
    for (const change of changes) {
      if (change.kind === 'Drop') this.#drop(change.name);
      else if (change.kind === 'Create' && this.keyspaces.has(change.keyspace.name)) existing.add(change.keyspace.name);
      else if (change.kind === 'Alter' && !this.keyspaces.has(change.keyspace.name))
        refused.set(change.keyspace.name, `Keyspace '${change.keyspace.name}' doesn't exist`);
      else this.#put(change.kind, change.keyspace);
    }
    return { existing, refused };
  }

  #put(kind: 'Create' | 'Alter', keyspace: NewKeyspace): void {
    this.said.push(`${kind} ${keyspace.name} ${[...keyspace.replication].join(' ').replaceAll(',', ':')}`);
    this.put(keyspace);
  }

  #drop(name: string): void {
    this.said.push(`Drop ${name}`);
    this.keyspaces.delete(name);
  }
}
