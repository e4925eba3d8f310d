/** A hostile or broken object, who is the first to refuse it, and what the refusal must name. */

export type HostileKind =
  | 'KafkaCluster'
  | 'CassandraCluster'
  | 'ServiceOperation'
  | 'KafkaUser'
  | 'KafkaTopic'
  | 'CassandraKeyspace'
  | 'CassandraRole';

/**
 * The API server, by the schema; the parse of the stored object, where a schema cannot say it, as of the keys of a map;
 * or the reconcile, which knows the product, the cluster and other objects. Whom one lets pass the next one refuses: the
 * parse refuses all that the API server does, since objects may be older than a schema.
 */
export type Judge = 'ApiServer' | 'Parse' | 'Reconcile';

export interface Hostile {
  what: string;
  kind: HostileKind;
  spec: unknown;
  judge: Judge;
  /** What the message names. */
  field: string;
  /** What the API server names, where it speaks of it in another way. */
  server?: string;
}

type Row = [what: string, spec: unknown, field: string, server?: string];

export function hostile(kind: HostileKind, judge: Judge, rows: readonly Row[]): Hostile[] {
  return rows.map(([what, spec, field, server]) => ({
    what,
    kind,
    spec,
    judge,
    field,
    ...(server === undefined ? {} : { server }),
  }));
}

/** A pool of one of three members that are everything, with something else about it. */
export function inPool(extra: object): object {
  return { pools: [{ name: 'kafka', roles: ['Controller', 'Broker'], ...extra }] };
}

export function inVolume(extra: object): object {
  return inPool({ storage: { volumes: [{ name: 'data', ...extra }] } });
}

/** So many levels of objects in each other. */
export function nested(levels: number): unknown {
  return JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
}

/** An own key of that name, which no literal can make. */
export function polluted(value: unknown): unknown {
  return JSON.parse(`{"__proto__":${JSON.stringify(value)}}`);
}

export function many<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** With so many entries. */
export function entries(count: number, value: string): Record<string, string> {
  return Object.fromEntries(many(count, (index) => [`k${index}`, value]));
}
