/** Passwords: where they come from, and what Kafka keeps in their place. */
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../../kube/resource.ts';
import type { Credential } from '../admin/user-admin.ts';

/** What Kafka itself takes by default, and the least that it accepts (`ScramMechanism`). */
const iterations = 4096;
const saltBytes = 16;
const sha512Bytes = 64;
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

const derive = promisify(pbkdf2);

/** RFC 5802 §3: SaltedPassword. */
export async function credentialOf(
  user: string,
  password: string,
  randomBytes: (length: number) => Buffer,
): Promise<Credential> {
  const salt = randomBytes(saltBytes);
  return { user, iterations, salt, saltedPassword: await derive(password, salt, iterations, sha512Bytes, 'sha512') };
}
