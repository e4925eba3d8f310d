/** The Secret that somebody who lives inside a service is given, as it is written: created once, then replaced. */
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../kube/api.ts';
import { controllerOf } from '../../kube/owner.ts';
import { type KubeObject, refOf, type Secret, secrets } from '../../kube/resource.ts';
import { labelDomain } from '../identity.ts';
import type { Round } from '../io.ts';
import { replaceSecret } from '../secrets.ts';

type Writing = Pick<Round, 'api' | 'signal'>;

/** @returns as stored; undefined if the name is taken */
export async function writeSecret(
  present: Secret | undefined,
  wanted: Secret,
  round: Writing,
): Promise<Secret | undefined> {
  if (present === undefined) return create(wanted, round);
  if (isDeepStrictEqual(present.data, wanted.data)) return present;
  return replaceSecret(present, wanted, round);
}

/** Two that have each other's password would change it for ever. */
export function isOurs(secret: Secret): boolean {
  return controllerOf(secret)?.apiVersion.startsWith(`${labelDomain}/`) === true;
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

/** Somebody else of us may have been first: the password is what was stored. */
async function create(wanted: Secret, { api, signal }: Writing): Promise<Secret | undefined> {
  try {
    return await api.create(secrets, wanted, { signal });
  } catch (error) {
    if (!(error instanceof ApiError && error.isConflict)) throw error;
    const live = await api.read(secrets, refOf(wanted), { signal });
    return live && controllerOf(live)?.uid === controllerOf(wanted)?.uid ? live : undefined;
  }
}
