/** Pure: whether somebody is, through others, a member of himself. */

/**
 * The shortest way from a role back to it, both ends named; undefined if there is none.
 *
 * @param groups - by role: those that it is a member of
 */
export function cycleOf(role: string, groups: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[role]];
  for (const way of ways) {
    for (const next of groups.get(way.at(-1) ?? '') ?? []) {
      if (next === role) return [...way, role];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}
