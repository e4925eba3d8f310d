/** Keyspaces of a ring, and whether their replicas have been repaired since their number was changed. */
import type { ChangedKeyspaces, KeyspaceChange, NewKeyspace } from '../../../operators/cassandra/admin/schema-admin.ts';
import { MemoryKeyspaces } from '../../../operators/cassandra/testing/memory-keyspaces.ts';
import type { Process } from './cassandra-ring.ts';

/** A number of replicas that has been changed, and who has not been repaired since. */
interface Debt {
  former: number;
  repaired: Set<Process>;
  paid: boolean;
}

export class Schema extends MemoryKeyspaces {
  /** By keyspace. */
  readonly debts = new Map<string, Debt>();
  /** Members that have cleaned up, by keyspace. */
  readonly cleaned = new Map<string, number>();
  readonly #violate: (what: string) => void;

  constructor(violate: (what: string) => void) {
    super();
    this.#violate = violate;
  }

  /** As the superuser is asked to. */
  alter(changes: readonly KeyspaceChange[]): ChangedKeyspaces {
    for (const change of changes) if (change.kind === 'Alter') this.#judge(change.keyspace);
    return this.change(changes);
  }

  #judge({ name, replication }: NewKeyspace): void {
    const [next, present] = [replication, this.keyspaces.get(name)?.replication].map(sum);
    if (next === undefined || present === undefined || next === present) return;
    if (Math.abs(next - present) > 1) this.#violate(`${name} goes from ${present} replicas to ${next} at once`);
    const debt = this.debts.get(name);
    if (debt !== undefined && !debt.paid && debt.former !== next)
      this.#violate(`${name} goes from ${present} replicas to ${next} before it is repaired`);
    this.debts.set(name, { former: present, repaired: new Set(), paid: false });
  }

  /** @param members - all that there are */
  maintained(process: Process, wish: string, members: readonly Process[]): void {
    const [task, , name = ''] = wish.split(':');
    const debt = this.debts.get(name);
    if (task === 'Cleanup') {
      if (debt?.paid === false) this.#violate(`${name} is cleaned up before it is repaired`);
      this.cleaned.set(name, (this.cleaned.get(name) ?? 0) + 1);
      return;
    }
    debt?.repaired.add(process);
    if (debt !== undefined) debt.paid = members.every((member) => debt.repaired.has(member));
  }
}

function sum(replication: ReadonlyMap<string, number> | undefined): number | undefined {
  return replication && [...replication.values()].reduce((total, factor) => total + factor, 0);
}
