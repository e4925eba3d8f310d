/** Small helpers for decoded JSON. */

export type JsonRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same text for the same content, whatever the order of keys; absent where JSON has nothing for it. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** Plain assignments: a replacer, or entries for each record, take twice as long, and every reconcile comes by here. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).sort();
  // Assigned, this key would be lost.
  if (keys.includes('__proto__')) return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
  const result: JsonRecord = {};
  for (const key of keys) result[key] = sorted(value[key]);
  return result;
}

/** Freezes in place and returns the same value. */
export function deepFreeze<V>(value: V): V {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/** Whether there are more levels in each other: whatever goes down into them all would run out of stack at some depth. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}
