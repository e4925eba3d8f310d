/** Versions of Kafka and Cassandra: numbers between dots. */

/** Negative, zero or positive, for sorting from old to new. */
export function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
