/** Which members a starting member asks first. */

const mostSeeds = 3;

/**
 * Up to three members from as many racks as there are, chosen among those that have joined: a member that joins is
 * never its own seed, or it would not bootstrap. Before anybody has joined, the first member founds the ring alone.
 * The choice does not follow a member's ups and downs, or every restart would write the configuration of all.
 */
export function chooseSeeds(order: { pod: string; rack: string }[], joined: readonly string[]): string[] {
  const known = order.filter(({ pod }) => joined.includes(pod));
  const first = order[0];
  if (known.length === 0) return first === undefined ? [] : [first.pod];
  const racks = new Set<string>();
  const ofDistinctRacks = known.filter(({ rack }) => !racks.has(rack) && racks.add(rack));
  const others = known.filter((member) => !ofDistinctRacks.includes(member));
  return [...ofDistinctRacks, ...others].slice(0, mostSeeds).map(({ pod }) => pod);
}
