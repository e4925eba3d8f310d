/** Server-side apply in small: what one manager applied before and leaves out now goes, what others set stays. */
import { isRecord, type JsonRecord } from '../../../operators/kube/json.ts';

/** Lists whose items are told apart by these fields; every other list is one value. */
const listKeys: Record<string, string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};
/** Keyed in our own kinds' statuses (`x-kubernetes-list-type: map`). */
const statusKeys: Record<string, string> = {
  members: 'name',
  plans: 'name',
  endpoints: 'name',
  pools: 'name',
  targets: 'name',
};

interface Merge {
  live: unknown;
  /** What the same manager applied last. */
  before: unknown;
  next: unknown;
  /** What the other managers set at this place. */
  others: unknown[];
  field: string;
}

export function applyFields(live: JsonRecord, before: JsonRecord, next: JsonRecord, others: JsonRecord[]): JsonRecord {
  const merged = merge({ live, before, next, others, field: '' });
  return isRecord(merged) ? merged : {};
}

function merge({ live, before, next, others, field }: Merge): unknown {
  if (isRecord(next)) return mergeRecord(live, before, next, others);
  const keys = Array.isArray(next) ? keysOf(field, next) : undefined;
  return keys === undefined ? next : mergeList(keys, { live, before, next, others, field });
}

function mergeRecord(live: unknown, before: unknown, next: JsonRecord, others: unknown[]): JsonRecord {
  const result: JsonRecord = { ...recordOf(live) };
  for (const name of Object.keys(recordOf(before))) {
    if (name in next) continue;
    const rest = withdraw(result[name], recordOf(before)[name], at(others, name));
    if (rest === undefined) delete result[name];
    else result[name] = rest;
  }
  for (const [name, value] of Object.entries(next)) {
    if (value === undefined) continue;
    const parts = { live: result[name], before: recordOf(before)[name], others: at(others, name) };
    result[name] = merge({ ...parts, next: value, field: name });
  }
  return result;
}

function mergeList(keys: string[], { live, before, next, others, field }: Merge): unknown[] {
  const find = (list: unknown, id: string): unknown => itemsOf(list).find((item) => idOf(item, keys) === id);
  const wanted = itemsOf(next).map((item) => idOf(item, keys));
  const mine = itemsOf(before).map((item) => idOf(item, keys));
  const kept = itemsOf(live).filter((item) => {
    const id = idOf(item, keys);
    return !wanted.includes(id) && (!mine.includes(id) || others.some((other) => find(other, id) !== undefined));
  });
  const merged = itemsOf(next).map((item) => {
    const id = idOf(item, keys);
    return merge({
      live: find(live, id),
      before: find(before, id),
      next: item,
      others: others.map((other) => find(other, id)),
      field,
    });
  });
  return [...merged, ...kept];
}

/** What is left of a value when its manager no longer sets it. */
function withdraw(live: unknown, before: unknown, others: unknown[]): unknown {
  if (!isRecord(live) || !isRecord(before)) return others.some((other) => other !== undefined) ? live : undefined;
  const result: JsonRecord = { ...live };
  for (const [name, value] of Object.entries(before)) {
    const rest = withdraw(result[name], value, at(others, name));
    if (rest === undefined) delete result[name];
    else result[name] = rest;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function keysOf(field: string, items: unknown[]): string[] | undefined {
  const known = listKeys[field] ?? (statusKeys[field] === undefined ? undefined : [statusKeys[field]]);
  return known !== undefined && items.every((item) => isRecord(item)) ? known : undefined;
}

function idOf(item: unknown, keys: string[]): string {
  return keys.map((key) => String(recordOf(item)[key] ?? '')).join('/');
}

function at(values: unknown[], name: string): unknown[] {
  return values.map((value) => recordOf(value)[name]);
}

function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** JSON merge patch (RFC 7386). */
export function mergePatch(live: JsonRecord, patch: object): JsonRecord {
  const result: JsonRecord = { ...live };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (isRecord(value)) result[name] = mergePatch(recordOf(result[name]), value);
    else if (value !== undefined) result[name] = value;
  }
  return result;
}

/** Keys without a value are no keys. Everything that did not change is shared, so most comparisons end at once. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => sameJson(item, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  return [...Object.keys(one), ...Object.keys(other)].every((name) => sameJson(one[name], other[name]));
}
