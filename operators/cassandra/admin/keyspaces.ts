/** What `system_schema.keyspaces` says of one keyspace. */
import type { Keyspace } from './admin.ts';

/** Each member has its own: nothing is lost with one that the others would have. */
const local = 'LocalStrategy';

/** Undefined for one that is not replicated. */
export function keyspaceOf(
  name: string,
  replication: unknown,
  durableWrites: boolean,
  datacenter: string,
): Keyspace | undefined {
  const { class: type, ...options } = Object(replication);
  const strategy = String(type).split('.').at(-1) ?? '';
  if (strategy === local) return undefined;
  return { name, strategy, replication: factorsOf(strategy, options, datacenter), durableWrites };
}

function factorsOf(strategy: string, options: object, datacenter: string): Map<string, number> {
  const factors = Object.entries(options).map(([key, factor]) => [key, factorOf(factor)] as const);
  switch (strategy) {
    case 'NetworkTopologyStrategy':
      return new Map(factors);
    case 'SimpleStrategy':
      return new Map(factors.filter(([key]) => key === 'replication_factor').map(([, factor]) => [datacenter, factor]));
    default:
      return new Map();
  }
}

/** `3/1` is three replicas, one of them transient. */
function factorOf(text: unknown): number {
  return Number.parseInt(String(text), 10);
}
