/** The Secret that somebody who lives inside a service is given, as it is written: created once, then replaced. */
import { ApiError } from '../../kube/api.ts';
import { controllerOf } from '../../kube/owner.ts';
import { type KubeObject, refOf, type Secret, secrets } from '../../kube/resource.ts';
import { isRefusal } from '../apply-desired.ts';
import { keys, labelDomain } from '../identity.ts';
import type { Round } from '../io.ts';
import { isAsWanted, replaceSecret } from '../secrets.ts';

type Writing = Pick<Round, 'api' | 'signal'>;

export type WrittenSecret =
  /** As stored. */
  { ok: true; secret: Secret } | { ok: false; message: string };

/** What the API server refuses, for a quota for instance, holds up who needs this Secret, and nobody else. */
export async function writeSecret(
  object: KubeObject,
  present: Secret | undefined,
  wanted: Secret,
  round: Writing,
): Promise<WrittenSecret> {
  if (present !== undefined && isAsWanted(present, wanted)) return { ok: true, secret: present };
  const { name } = wanted.metadata;
  try {
    const secret = present === undefined ? await create(wanted, round) : await replaceSecret(present, wanted, round);
    return secret === undefined ? { ok: false, message: taken(object, name) } : { ok: true, secret };
  } catch (error) {
    if (!isRefused(error)) throw error;
    return { ok: false, message: `the API server refuses Secret ${name}: ${error.message}` };
  }
}

/** By a quota, by admission or by validation; the same again would be refused again. */
function isRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && !error.isConflict && (isRefusal(error) || error.status === 403);
}

/** Two that have each other's password would change it for ever; and a superuser's, which outlives its service, is nobody else's. */
export function isOurs(secret: Secret): boolean {
  const isOwned = controllerOf(secret)?.apiVersion.startsWith(`${labelDomain}/`) === true;
  return isOwned || secret.metadata.labels?.[keys.service] !== undefined;
}

/** Why an object has none: a Secret of its name is somebody else's. */
export function taken({ kind }: KubeObject, name: string): string {
  return `Secret ${name} exists and is not of this ${kind}; rename one of the two, or remove the Secret`;
}

/** As status remembers it. */
export interface SecretVersion {
  uid: string;
  resourceVersion: string;
}

export function versionOf({ metadata: { uid = '', resourceVersion = '' } }: Secret): SecretVersion {
  return { uid, resourceVersion };
}

/** Undefined if the name is taken. Somebody else of us may have been first: the password is what was stored. */
async function create(wanted: Secret, { api, signal }: Writing): Promise<Secret | undefined> {
  try {
    return await api.create(secrets, wanted, { signal });
  } catch (error) {
    if (!(error instanceof ApiError && error.isConflict)) throw error;
    const live = await api.read(secrets, refOf(wanted), { signal });
    return live && controllerOf(live)?.uid === controllerOf(wanted)?.uid ? live : undefined;
  }
}
