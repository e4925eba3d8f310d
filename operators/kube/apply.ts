/** Server-side apply of desired objects that costs no request where nothing differs. */
import { createHash } from 'node:crypto';
import type { KubeApi } from './api.ts';
import type { Cache } from './cache.ts';
import { firstDifference } from './covers.ts';
import { canonicalJson, isRecord } from './json.ts';
import { controllerOf } from './owner.ts';
import { type KubeObject, type Resource, refOf } from './resource.ts';

/** What was desired when the object was last applied; tells a field that is no longer desired. */
export const APPLIED_HASH = 'stateward.dev/applied-hash';

export interface ApplyIfChangedOptions {
  manager: string;
  signal: AbortSignal;
  /** Told the path of the field that made a write necessary: `applied-hash`, or a field edited by somebody else. */
  onDifference?: (path: string) => void;
}

/** `foreign`: the name is taken by an object that another controller owns; nothing was sent. */
export type Applied = 'created' | 'updated' | 'unchanged' | 'foreign';

export async function applyIfChanged<T extends KubeObject>(
  api: KubeApi,
  cache: Cache,
  resource: Resource<T>,
  desired: T,
  options: ApplyIfChangedOptions,
): Promise<Applied> {
  const marked = withHash(withEncodedSecret(desired));
  const { signal } = options;
  // The cache may lag behind or select by label; what it does not hold can exist all the same.
  const live = cache.get(resource, refOf(desired)) ?? (await api.read(resource, refOf(desired), { signal }));
  if (live === undefined) {
    await api.apply(resource, marked, options);
    return 'created';
  }
  if (isForeign(desired, live)) return 'foreign';
  const difference = differenceOf(marked, live);
  if (difference === undefined) return 'unchanged';
  options.onDifference?.(difference);
  const answer = await api.apply(resource, pinned(marked, live), options);
  return answer.metadata.resourceVersion === live.metadata.resourceVersion ? 'unchanged' : 'updated';
}

/** Hash of an object's content, whatever the order of its keys. */
export function hashOf(object: object): string {
  return createHash('sha256').update(canonicalJson(object)).digest('hex').slice(0, 32);
}

function withHash<T extends KubeObject>(desired: T): T {
  const annotations = { ...desired.metadata.annotations, [APPLIED_HASH]: hashOf(desired) };
  return { ...desired, metadata: { ...desired.metadata, annotations } };
}

/** `stringData` can be written but never read: in `data` it can be compared. */
function withEncodedSecret<T extends KubeObject>(desired: T): T {
  if (desired.kind !== 'Secret' || !('stringData' in desired) || !isRecord(desired.stringData)) return desired;
  const encoded = Object.entries(desired.stringData).map(([key, text]) => [
    key,
    Buffer.from(String(text)).toString('base64'),
  ]);
  const given = 'data' in desired && isRecord(desired.data) ? desired.data : {};
  return { ...desired, stringData: undefined, data: { ...given, ...Object.fromEntries(encoded) } };
}

/** With its uid an object that was deleted meanwhile is not created again, nor a successor changed: Conflict. */
function pinned<T extends KubeObject>(desired: T, live: T): T {
  const { uid } = live.metadata;
  return uid === undefined ? desired : { ...desired, metadata: { ...desired.metadata, uid } };
}

function isForeign(desired: KubeObject, live: KubeObject): boolean {
  const wanted = controllerOf(desired);
  const actual = controllerOf(live);
  return wanted !== undefined && actual !== undefined && wanted.uid !== actual.uid;
}

function differenceOf(desired: KubeObject, live: KubeObject): string | undefined {
  const applied = live.metadata.annotations?.[APPLIED_HASH];
  if (applied !== desired.metadata.annotations?.[APPLIED_HASH]) return 'applied-hash';
  return firstDifference(desired, live);
}
