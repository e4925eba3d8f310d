/** Secrets as they are read and written, whatever they hold. */
import { isDeepStrictEqual } from 'node:util';
import { firstDifference } from '../kube/covers.ts';
import { type Ref, type Secret, secrets } from '../kube/resource.ts';
import type { Round } from './io.ts';

/** @param texts - in clear, by key */
export function encoded(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

/** One that carries no label of ours is not in the cache, and one of ours may be about to come: they are asked for. */
export async function readSecret(
  ref: Ref,
  { cache, api, signal }: Pick<Round, 'cache' | 'api' | 'signal'>,
): Promise<Secret | undefined> {
  return cache.get(secrets, ref) ?? (await api.read(secrets, ref, { signal }));
}

/** What is in it, exactly; and its labels and its owner, by which it is found and goes. */
export function isAsWanted({ metadata, data }: Secret, wanted: Secret): boolean {
  return (
    isDeepStrictEqual(data, wanted.data) && firstDifference({ metadata: wanted.metadata }, { metadata }) === undefined
  );
}

/** With the version that was seen: what somebody else has written meanwhile is not undone (Conflict). */
export function replaceSecret(
  { metadata: { resourceVersion, uid } }: Secret,
  wanted: Secret,
  { api, signal }: Pick<Round, 'api' | 'signal'>,
): Promise<Secret> {
  const metadata = { ...wanted.metadata, ...(resourceVersion && { resourceVersion }), ...(uid && { uid }) };
  return api.update(secrets, { ...wanted, metadata }, { signal });
}
