/** The Secrets of users: the one that a password comes from, and the one that the application is given. */
import { isDeepStrictEqual } from 'node:util';
import type { EndpointStatus } from '../../../crds/status.ts';
import { ApiError } from '../../kube/api.ts';
import { controllerOf } from '../../kube/owner.ts';
import { refOf, type Secret, secrets } from '../../kube/resource.ts';
import { labelDomain } from '../../workload/identity.ts';
import type { Round } from '../../workload/io.ts';
import { bindingName, userBinding } from './binding.ts';
import { newPassword, passwordIn } from './password.ts';
import type { UserModel, UserObject } from './user.ts';

export interface Password {
  value: string;
  /** The Secret that it is from, as status remembers it. */
  source: { uid: string; resourceVersion: string };
}

export type PreparedSecret = { ok: true; password: Password } | { ok: false; message: string };

export interface Access {
  endpoint: EndpointStatus | undefined;
  trusted: string;
}

/** The password of a user, and the Secret for the application as it is to be. */
export async function prepareSecret(user: UserModel, access: Access, round: Round): Promise<PreparedSecret> {
  const { object, spec } = user;
  const { passwordFrom } = spec.authentication;
  const own = bindingOf(object, round);
  if (own === 'Foreign') return { ok: false, message: taken(object) };
  if (passwordFrom === undefined) {
    const kept = own && passwordIn(own, 'password');
    const wanted = kept?.ok ? kept.password : newPassword(round.randomBytes);
    const written = await write(own, userBinding(user, { ...access, password: wanted }), round);
    const stored = written && passwordIn(written, 'password');
    if (written === undefined || !stored?.ok) return { ok: false, message: taken(object) };
    return { ok: true, password: { value: stored.password, source: idOf(written) } };
  }
  const { name, key } = passwordFrom;
  const given = await read(name, object, round);
  const where = `spec.authentication.passwordFrom: Secret ${name}`;
  if (given === undefined) return { ok: false, message: `${where} does not exist; create it with the key ${key}` };
  if (isOurs(given)) return { ok: false, message: `${where} is written by Stateward: name one of your own` };
  const reading = passwordIn(given, key);
  if (!reading.ok) return { ok: false, message: `${where} ${reading.problem}` };
  await write(own, userBinding(user, { ...access, password: reading.password }), round);
  return { ok: true, password: { value: reading.password, source: idOf(given) } };
}

/** Two users that have each other's password would change it for ever. */
function isOurs(secret: Secret): boolean {
  return controllerOf(secret)?.apiVersion.startsWith(`${labelDomain}/`) === true;
}

function taken(object: UserObject): string {
  return `Secret ${bindingName(object)} exists and is not of this KafkaUser; rename one of the two, or remove the Secret`;
}

function idOf({ metadata: { uid = '', resourceVersion = '' } }: Secret): Password['source'] {
  return { uid, resourceVersion };
}

function read(name: string, { metadata }: UserObject, { api, cache, signal }: Round): Promise<Secret | undefined> {
  const ref = { namespace: metadata.namespace ?? '', name };
  const known = cache.get(secrets, ref);
  return known === undefined ? api.read(secrets, ref, { signal }) : Promise.resolve(known);
}

/** As far as the cache knows: one that it does not hold is met when it is created. */
function bindingOf(object: UserObject, { cache }: Round): Secret | 'Foreign' | undefined {
  const found = cache.get(secrets, { namespace: object.metadata.namespace ?? '', name: bindingName(object) });
  return found === undefined || controllerOf(found)?.uid === object.metadata.uid ? found : 'Foreign';
}

/** Undefined if the name is taken. */
async function write(
  present: Secret | undefined,
  wanted: Secret,
  round: Pick<Round, 'api' | 'signal'>,
): Promise<Secret | undefined> {
  const { api, signal } = round;
  if (present === undefined) return create(wanted, round);
  if (isDeepStrictEqual(present.data, wanted.data)) return present;
  const { uid, resourceVersion } = present.metadata;
  const metadata = { ...wanted.metadata, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
  return api.update(secrets, { ...wanted, metadata }, { signal });
}

/** Somebody else of us may have been first: the password is what was stored. */
async function create(wanted: Secret, { api, signal }: Pick<Round, 'api' | 'signal'>): Promise<Secret | undefined> {
  try {
    return await api.create(secrets, wanted, { signal });
  } catch (error) {
    if (!(error instanceof ApiError && error.isConflict)) throw error;
    const live = await api.read(secrets, refOf(wanted), { signal });
    return live && controllerOf(live)?.uid === controllerOf(wanted)?.uid ? live : undefined;
  }
}
