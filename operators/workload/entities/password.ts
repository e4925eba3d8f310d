/** Passwords of those who live inside a service: made up, or read from a Secret. */
import type { Ref, Secret } from '../../kube/resource.ts';
import { labelDomain } from '../identity.ts';
import type { Round } from '../io.ts';
import { readSecret } from '../secrets.ts';
import { isOurs, type SecretVersion, versionOf } from './secret.ts';

/** Far more than anybody needs: the Secret of an application holds it four times, and has an end. */
const mostCharacters = 1024;

/** 24 bytes that nobody can guess, in characters that need no quoting anywhere. */
export function newPassword(randomBytes: (length: number) => Buffer): string {
  return randomBytes(24).toString('base64url');
}

export type PasswordReading = { ok: true; password: string } | { ok: false; problem: string };

/** Clients differ in how they encode anything but printable ASCII (SASLprep, RFC 4013), and a newline at the end is an accident. */
export function passwordIn({ data = {} }: Secret, key: string): PasswordReading {
  // Any key may be asked for, also one that every object has.
  const password = Buffer.from((Object.hasOwn(data, key) && data[key]) || '', 'base64').toString('utf8');
  if (password === '') return { ok: false, problem: `has no key ${key}, or it is empty` };
  if (/[\r\n]$/.test(password)) return { ok: false, problem: `key ${key} ends with a newline: write it without one` };
  if (!/^[ -~]+$/.test(password))
    return {
      ok: false,
      problem: `key ${key} has other characters than printable ASCII, which clients encode in different ways`,
    };
  if (password.length > mostCharacters)
    return {
      ok: false,
      problem: `key ${key} has ${password.length} characters: a password may have ${mostCharacters}`,
    };
  return { ok: true, password };
}

/** Whoever may make a user or a role, and see its Secret, would else read any Secret of the namespace by it. */
export const passwordLabel = `${labelDomain}/password`;

export type GivenPassword = { ok: true; password: string; source: SecretVersion } | { ok: false; message: string };

/** @param field - of the spec, that names the Secret */
export async function givenPassword(
  field: string,
  { key, ...ref }: Ref & { key: string },
  read: (secret: Secret, key: string) => PasswordReading,
  round: Pick<Round, 'cache' | 'api' | 'signal'>,
): Promise<GivenPassword> {
  const refuse = (problem: string) => ({ ok: false, message: `${field}: Secret ${ref.name} ${problem}` }) as const;
  const label = `${passwordLabel}=true`;
  const secret = await readSecret(ref, round);
  if (secret === undefined) return refuse(`does not exist; create it with the key ${key} and the label ${label}`);
  if (isOurs(secret)) return refuse('is written by Stateward: name one of your own');
  if (secret.metadata.labels?.[passwordLabel] !== 'true')
    return refuse(`does not say that it may be read here: label it ${label}`);
  const reading = read(secret, key);
  if (!reading.ok) return refuse(reading.problem);
  return { ok: true, password: reading.password, source: versionOf(secret) };
}
