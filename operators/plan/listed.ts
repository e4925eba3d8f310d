/** Names in a message: the first ones, and how many more there are. */
export function listed<Item>(items: readonly Item[], name: (item: Item) => string = String, most = 5): string {
  const names = items.slice(0, most).map(name).join(', ');
  return items.length <= most ? names : `${names} and ${items.length - most} more`;
}

/** One partition, two partitions: for nouns that take an s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
