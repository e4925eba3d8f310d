/** What Kafka keeps in place of a password. */
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Credential } from '../admin/user-admin.ts';

/** What Kafka itself takes by default, and the least that it accepts (`ScramMechanism`). */
const iterations = 4096;
const saltBytes = 16;
const sha512Bytes = 64;

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
