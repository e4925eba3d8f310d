/** The Secrets of users: the one that a password comes from, and the one that the application is given. */
import { controllerOf } from '../../kube/owner.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import { readCertificate } from '../../tls/certificate.ts';
import { newPassword, passwordIn } from '../../workload/entities/password.ts';
import { isOurs, writeSecret } from '../../workload/entities/secret.ts';
import type { Round } from '../../workload/io.ts';
import { type Access, bindingName, type Login, userBinding } from './binding.ts';
import { type Authorities, userCertificate } from './certificate.ts';
import type { UserModel, UserObject } from './user.ts';

/** What the user has: Kafka is told of passwords, and sees by itself whose certificate is good. */
export type Credentials =
  | {
      type: 'ScramSha512';
      password: string;
      /** The Secret that it is from, as status remembers it. */
      source: { uid: string; resourceVersion: string };
    }
  | { type: 'Tls'; notAfter: string }
  | { type: 'OAuth' };

export type PreparedSecret = { ok: true; credentials: Credentials } | { ok: false; message: string };

/** What a user has to be given to reach the KafkaCluster. */
export interface Means {
  access: Access;
  authorities: Authorities;
}

/** What proves who a user is, and the Secret for the application as it is to be. */
export async function prepareSecret(user: UserModel, means: Means, round: Round): Promise<PreparedSecret> {
  const { object, spec } = user;
  const { type, passwordFrom } = spec.authentication;
  const own = bindingOf(object, round);
  if (own === 'Foreign') return taken(object);
  switch (type) {
    case 'ScramSha512':
      return passwordFrom === undefined
        ? madeUp(user, own, means.access, round)
        : given(user, passwordFrom, own, means.access, round);
    case 'Tls':
      return certified(user, own, means, round);
    case 'OAuth': {
      const written = await writeSecret(own, userBinding(user, { type }, means.access), round);
      return written === undefined ? taken(object) : { ok: true, credentials: { type } };
    }
    default:
      return type satisfies never;
  }
}

function refuse(message: string): PreparedSecret {
  return { ok: false, message };
}

function taken(object: UserObject): PreparedSecret {
  const name = bindingName(object);
  return refuse(`Secret ${name} exists and is not of this KafkaUser; rename one of the two, or remove the Secret`);
}

async function madeUp(user: UserModel, own: Secret | undefined, access: Access, round: Round): Promise<PreparedSecret> {
  const kept = own && passwordIn(own, 'password');
  const wanted: Login = {
    type: 'ScramSha512',
    password: kept?.ok ? kept.password : newPassword(round.randomBytes),
  };
  const written = await writeSecret(own, userBinding(user, wanted, access), round);
  const stored = written && passwordIn(written, 'password');
  if (written === undefined || !stored?.ok) return taken(user.object);
  return { ok: true, credentials: { type: 'ScramSha512', password: stored.password, source: idOf(written) } };
}

async function given(
  user: UserModel,
  { name, key }: { name: string; key: string },
  own: Secret | undefined,
  access: Access,
  round: Round,
): Promise<PreparedSecret> {
  const source = await read(name, user.object, round);
  const where = `spec.authentication.passwordFrom: Secret ${name}`;
  if (source === undefined) return refuse(`${where} does not exist; create it with the key ${key}`);
  if (isOurs(source)) return refuse(`${where} is written by Stateward: name one of your own`);
  const reading = passwordIn(source, key);
  if (!reading.ok) return refuse(`${where} ${reading.problem}`);
  const { password } = reading;
  await writeSecret(own, userBinding(user, { type: 'ScramSha512', password }, access), round);
  return { ok: true, credentials: { type: 'ScramSha512', password, source: idOf(source) } };
}

async function certified(
  user: UserModel,
  own: Secret | undefined,
  { access, authorities }: Means,
  round: Round,
): Promise<PreparedSecret> {
  const certificate = await userCertificate(user.name, own, authorities, round);
  if (certificate === undefined) return refuse('the KafkaCluster has no CA that could sign a certificate');
  const written = await writeSecret(own, userBinding(user, { type: 'Tls', certificate }, access), round);
  if (written === undefined) return taken(user.object);
  const read = readCertificate(certificate.certificate);
  return {
    ok: true,
    credentials: { type: 'Tls', notAfter: new Date(read.ok ? read.value.notAfter : 0).toISOString() },
  };
}

function idOf({ metadata: { uid = '', resourceVersion = '' } }: Secret): { uid: string; resourceVersion: string } {
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
