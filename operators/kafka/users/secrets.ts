/** The Secrets of users: the one that a password comes from, and the one that the application is given. */
import { controllerOf } from '../../kube/owner.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import { readCertificate } from '../../tls/certificate.ts';
import { givenPassword, newPassword, passwordIn } from '../../workload/entities/password.ts';
import { type SecretVersion, taken, versionOf, writeSecret } from '../../workload/entities/secret.ts';
import type { Round } from '../../workload/io.ts';
import { readSecret } from '../../workload/secrets.ts';
import { type Access, bindingName, type Login, userBinding } from './binding.ts';
import { type Authorities, userCertificate } from './certificate.ts';
import type { UserModel, UserObject } from './user.ts';

/** What the user has: Kafka is told of passwords, and sees by itself whose certificate is good. */
export type Credentials =
  | {
      type: 'ScramSha512';
      password: string;
      /** The Secret that it is from, as status remembers it. */
      source: SecretVersion;
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
  const own = await bindingOf(object, round);
  if (own === 'Foreign') return refuse(taken(object, bindingName(object)));
  switch (type) {
    case 'ScramSha512':
      return passwordFrom === undefined
        ? madeUp(user, own, means.access, round)
        : given(user, passwordFrom, own, means.access, round);
    case 'Tls':
      return certified(user, own, means, round);
    case 'OAuth': {
      const written = await writeSecret(object, own, userBinding(user, { type }, means.access), round);
      return written.ok ? { ok: true, credentials: { type } } : written;
    }
    default:
      return type satisfies never;
  }
}

function refuse(message: string): PreparedSecret {
  return { ok: false, message };
}

async function madeUp(user: UserModel, own: Secret | undefined, access: Access, round: Round): Promise<PreparedSecret> {
  const kept = own && passwordIn(own, 'password');
  const wanted: Login = {
    type: 'ScramSha512',
    password: kept?.ok ? kept.password : newPassword(round.randomBytes),
  };
  const written = await writeSecret(user.object, own, userBinding(user, wanted, access), round);
  if (!written.ok) return written;
  const stored = passwordIn(written.secret, 'password');
  if (!stored.ok) return refuse(`Secret ${written.secret.metadata.name} ${stored.problem}`);
  const source = versionOf(written.secret);
  return { ok: true, credentials: { type: 'ScramSha512', password: stored.password, source } };
}

async function given(
  user: UserModel,
  from: { name: string; key: string },
  own: Secret | undefined,
  access: Access,
  round: Round,
): Promise<PreparedSecret> {
  const { namespace = '' } = user.object.metadata;
  const found = await givenPassword('spec.authentication.passwordFrom', { namespace, ...from }, passwordIn, round);
  if (!found.ok) return found;
  const { password, source } = found;
  const wanted = userBinding(user, { type: 'ScramSha512', password }, access);
  const written = await writeSecret(user.object, own, wanted, round);
  return written.ok ? { ok: true, credentials: { type: 'ScramSha512', password, source } } : written;
}

async function certified(
  user: UserModel,
  own: Secret | undefined,
  { access, authorities }: Means,
  round: Round,
): Promise<PreparedSecret> {
  const certificate = await userCertificate(user.name, own, authorities, round);
  if (certificate === undefined) return refuse('the KafkaCluster has no CA that could sign a certificate');
  const written = await writeSecret(user.object, own, userBinding(user, { type: 'Tls', certificate }, access), round);
  if (!written.ok) return written;
  const read = readCertificate(certificate.certificate);
  return {
    ok: true,
    credentials: { type: 'Tls', notAfter: new Date(read.ok ? read.value.notAfter : 0).toISOString() },
  };
}

/** As far as the cache knows: of a user who never had one, one that it does not hold is met when it is created. */
async function bindingOf(object: UserObject, round: Round): Promise<Secret | 'Foreign' | undefined> {
  const ref = { namespace: object.metadata.namespace ?? '', name: bindingName(object) };
  const found = object.status?.binding === undefined ? round.cache.get(secrets, ref) : await readSecret(ref, round);
  return found === undefined || controllerOf(found)?.uid === object.metadata.uid ? found : 'Foreign';
}
