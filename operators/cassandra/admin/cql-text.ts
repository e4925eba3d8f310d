/** Text of CQL: whatever is put into a statement is quoted here, and nowhere else. */

/** A name of a keyspace, a table or a role, in the case that it has. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A map of text to text or whole numbers. */
export function mapLiteral(entries: Iterable<readonly [string, string | number]>): string {
  const pairs = [...entries].map(
    ([key, value]) => `${literal(key)}: ${typeof value === 'number' ? value : literal(value)}`,
  );
  return `{${pairs.join(', ')}}`;
}
