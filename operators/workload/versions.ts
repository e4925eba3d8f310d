/** Versions of Kafka and Cassandra: numbers between dots. */

/** Made once: `localeCompare` makes another at each call. */
const collator = new Intl.Collator('en', { numeric: true });

/** Negative, zero or positive, for sorting from old to new. */
export function compareVersions(one: string, other: string): number {
  return collator.compare(one, other);
}
