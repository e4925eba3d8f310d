/**
 * Whether a live object still carries everything that is desired. The server adds defaults and others add fields of
 * their own, so this is containment, not equality; lists are matched by the keys that server-side apply uses.
 */
import { canonicalJson, isRecord, type JsonRecord } from './json.ts';
import { sameQuantity } from './quantity.ts';

/** Lists whose items belong together by these fields. Every list that is not named here is one value. */
const LIST_KEYS: Record<string, string[][]> = {
  containers: [['name']],
  initContainers: [['name']],
  volumes: [['name']],
  env: [['name']],
  imagePullSecrets: [['name']],
  claims: [['name']],
  resourceClaims: [['name']],
  // Of a Service and of a container; the first whose fields are present counts.
  ports: [
    ['port', 'protocol'],
    ['containerPort', 'protocol'],
  ],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  hostAliases: [['ip']],
  conditions: [['type']],
  ownerReferences: [['uid']],
};
const SETS = new Set(['finalizers']);
/** Maps with keys of the user's choosing: an entry with an empty value is an entry. */
const FREE_MAPS = new Set(['labels', 'annotations', 'data', 'binaryData', 'matchLabels', 'nodeSelector']);
/** Of a network policy: whatever somebody adds there, at any depth, opens or closes something and must go. */
const WHOLE = new Set(['podSelector', 'ingress']);
/** Empty they are everybody, absent nobody. */
const SELECTORS = new Set(['podSelector', 'namespaceSelector']);
const KEY_DEFAULTS: JsonRecord = { protocol: 'TCP' };
const QUANTITY_MAPS = new Set(['requests', 'limits', 'capacity', 'hard']);
const QUANTITY_FIELDS = new Set(['sizeLimit', 'divisor', 'storage']);
/** What a writer of desired state does not own. */
const NOT_DESIRED = new Set(['status', 'apiVersion', 'kind']);

/** The path of the first field that differs, as a reason for a write; `undefined` where nothing differs. */
export function firstDifference(desired: object, live: object): string | undefined {
  if (!isRecord(desired) || !isRecord(live)) return '';
  const owned = Object.entries(desired).filter(([name]) => !NOT_DESIRED.has(name));
  return inRecord(Object.fromEntries(owned), live, []);
}

type Path = readonly string[];

function inValue(desired: unknown, live: unknown, path: Path): string | undefined {
  if (WHOLE.has(path.at(-1) ?? '')) return sameWhole(desired, live) ? undefined : path.join('.');
  if (isEmpty(desired) && isEmpty(live)) return undefined;
  if (Array.isArray(desired)) return inList(desired, Array.isArray(live) ? live : [], path);
  if (isRecord(desired)) return inRecord(desired, isRecord(live) ? live : {}, path);
  return sameScalar(desired, live, path) ? undefined : path.join('.');
}

/** The server drops zero values of most fields when it stores them. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every((part) => part === undefined || part === null);
}

function inRecord(desired: JsonRecord, live: JsonRecord, path: Path): string | undefined {
  const isFree = FREE_MAPS.has(path.at(-1) ?? '');
  for (const [name, value] of Object.entries(desired)) {
    if (value === undefined || value === null) continue;
    const here = [...path, name];
    if (isFree && !(name in live)) return here.join('.');
    const difference = inValue(value, live[name], here);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function inList(desired: unknown[], live: unknown[], path: Path): string | undefined {
  const name = path.at(-1) ?? '';
  if (SETS.has(name)) return desired.every((item) => live.includes(item)) ? undefined : path.join('.');
  const keys = LIST_KEYS[name]?.find((fields) => desired.every((item) => isRecord(item) && hasKeys(item, fields)));
  return keys === undefined ? inAtomicList(desired, live, path) : inKeyedList(desired, live, keys, path);
}

function sameWhole(desired: unknown, live: unknown): boolean {
  return canonicalJson(stored(desired)) === canonicalJson(stored(live));
}

/** As the server keeps it: without empty values, but for selectors. */
function stored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stored);
  if (!isRecord(value)) return value;
  const parts = Object.entries(value).filter(([name, part]) => SELECTORS.has(name) || !isEmpty(part));
  return Object.fromEntries(parts.map(([name, part]) => [name, stored(part)]));
}

function hasKeys(item: JsonRecord, fields: string[]): boolean {
  return fields.every((field) => field in item || field in KEY_DEFAULTS);
}

function inAtomicList(desired: unknown[], live: unknown[], path: Path): string | undefined {
  if (desired.length !== live.length) return path.join('.');
  return firstOf(desired, (item, index) => inValue(item, live[index], [...path, String(index)]));
}

function inKeyedList(desired: unknown[], live: unknown[], keys: string[], path: Path): string | undefined {
  const byKey = new Map(live.map((item) => [keyIn(item, keys), item]));
  return firstOf(desired, (item) => {
    const key = keyIn(item, keys);
    const match = byKey.get(key);
    return match === undefined ? [...path, key].join('.') : inValue(item, match, [...path, key]);
  });
}

function keyIn(item: unknown, keys: string[]): string {
  return keys.map((key) => String((isRecord(item) ? item[key] : undefined) ?? KEY_DEFAULTS[key] ?? '')).join('/');
}

function firstOf(items: unknown[], find: (item: unknown, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sameScalar(desired: unknown, live: unknown, path: Path): boolean {
  if (desired === live) return true;
  return isQuantityPath(path) && isNumeric(desired) && isNumeric(live) && sameQuantity(desired, live);
}

function isNumeric(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isQuantityPath(path: Path): boolean {
  return QUANTITY_MAPS.has(path.at(-2) ?? '') || QUANTITY_FIELDS.has(path.at(-1) ?? '');
}
