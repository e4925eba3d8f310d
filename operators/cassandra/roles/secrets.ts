/** The Secrets of roles: the one that a password comes from, and the one that the application is given. */
import { isDeepStrictEqual } from 'node:util';
import { controllerOf } from '../../kube/owner.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import {
  type GivenPassword,
  givenPassword,
  type PasswordReading,
  passwordIn,
} from '../../workload/entities/password.ts';
import { taken, versionOf, writeSecret } from '../../workload/entities/secret.ts';
import type { Round } from '../../workload/io.ts';
import { readSecret } from '../../workload/secrets.ts';
import { bindingName, type Door, roleBinding } from './binding.ts';
import { type Known, type Login, loginOf, type Source } from './login.ts';
import type { RoleModel } from './role.ts';

/** bcrypt takes no more, and Cassandra ignores the rest. */
const longestPassword = 72;

export type Prepared =
  /** `present`: the application's Secret as it is. */
  { ok: true; login: Login; present: Secret | undefined } | { ok: false; message: string };

/** Who is to log in; nothing is written yet: whoever reads the Secret finds a password that Cassandra knows. */
export async function prepareLogin(role: RoleModel, round: Round): Promise<Prepared> {
  const { object, spec } = role;
  // The other of two must not get its turn because the cache lags behind.
  const present = await readSecret({ namespace: object.metadata.namespace ?? '', name: bindingName(object) }, round);
  if (present !== undefined && controllerOf(present)?.uid !== object.metadata.uid)
    return { ok: false, message: taken(object, bindingName(object)) };
  const given = await passwordFrom(role, round);
  if (given !== undefined && !given.ok) return given;
  const known: Known = { stored: storedIn(present), given: spec.passwordFrom && given };
  const login = loginOf(role, known, { now: round.clock.now(), randomBytes: round.randomBytes });
  return { ok: true, login, present };
}

async function passwordFrom({ object, spec }: RoleModel, round: Round): Promise<GivenPassword | undefined> {
  if (spec.passwordFrom === undefined) return undefined;
  const { namespace = '' } = object.metadata;
  return givenPassword('spec.passwordFrom', { namespace, ...spec.passwordFrom }, readPassword, round);
}

function readPassword(secret: Secret, key: string): PasswordReading {
  const reading = passwordIn(secret, key);
  if (!reading.ok || reading.password.length <= longestPassword) return reading;
  const problem = `key ${key} has more than ${longestPassword} characters, and Cassandra would ignore the rest`;
  return { ok: false, problem };
}

function storedIn(secret: Secret | undefined): Known['stored'] {
  if (secret === undefined) return undefined;
  const reading = readPassword(secret, 'password');
  const username = Buffer.from(secret.data?.['username'] ?? '', 'base64').toString('utf8');
  return reading.ok ? { username, password: reading.password, source: versionOf(secret) } : undefined;
}

export type Written = { ok: true; source: Source } | { ok: false; message: string };

/** Once Cassandra lets in whom it names. */
export async function writeLogin(
  role: RoleModel,
  login: Login,
  present: Secret | undefined,
  door: Door,
  round: Round,
): Promise<Written> {
  const wanted = roleBinding(role, login, door);
  const written = await writeSecret(role.object, present, wanted, round);
  if (!written.ok) return written;
  // Cassandra has to be given what it says now.
  if (!isDeepStrictEqual(written.secret.data, wanted.data))
    throw new Error(`Secret ${wanted.metadata.name} was made by another leader meanwhile`);
  return { ok: true, source: login.given ?? versionOf(written.secret) };
}

/** Of a role that logs in no more. */
export async function removeLogin({ object }: RoleModel, { api, cache, signal }: Round): Promise<void> {
  const ref = { namespace: object.metadata.namespace ?? '', name: bindingName(object) };
  const found = cache.get(secrets, ref);
  const uid = found?.metadata.uid;
  if (found === undefined || uid === undefined || controllerOf(found)?.uid !== object.metadata.uid) return;
  await api.remove(secrets, ref, { preconditions: { uid }, propagation: 'Background', signal });
}
