/** Which fields two specs differ in, as people write them: `config.log.retention.hours`, `pools[broker].replicas`. */
import { canonicalJson, isRecord, type JsonRecord } from '../../kube/json.ts';

/** The deepest fields that differ, sorted; whole lists where their items have no names. */
export function changedFields(before: unknown, after: unknown, path = ''): string[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  const [one, other] = [branches(before), branches(after)];
  if (one === undefined || other === undefined) return [path === '' ? 'everything' : path];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const nested = [...keys].sort().flatMap((key) => changedFields(one[key], other[key], join(path, key)));
  // The same items by other positions.
  return nested.length === 0 ? [path] : nested;
}

function join(path: string, key: string): string {
  return path === '' || key.startsWith('[') ? `${path}${key}` : `${path}.${key}`;
}

/** The parts of a value that have names; `undefined` where it has none. */
function branches(value: unknown): JsonRecord | undefined {
  if (isRecord(value)) return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const items: unknown[] = value;
  const named = items.flatMap((item) =>
    isRecord(item) && typeof item['name'] === 'string' ? [[`[${item['name']}]`, item]] : [],
  );
  return named.length === items.length ? Object.fromEntries(named) : undefined;
}
