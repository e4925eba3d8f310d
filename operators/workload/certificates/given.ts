/** The user's own CA (`spec.certificates.authority.secretName`): read anew each time, and recorded once it will do. */
import { type Secret, secrets } from '../../kube/resource.ts';
import { certificateFile, type FoundAuthority, keyFile, readAuthority } from '../../tls/given.ts';
import type { Turn } from '../io.ts';
import { type Rejection, reject } from '../rejection.ts';
import type { CertificateWish } from './prepare.ts';
import type { GivenAuthority } from './secrets.ts';

export type Given =
  | { kind: 'None' }
  | { kind: 'Usable'; authority: GivenAuthority; above: readonly string[] }
  /** Nothing changes by it: what is recorded stays. */
  | { kind: 'Unusable'; secret: string; problem: Rejection };

export async function readGiven({ service, policy }: CertificateWish, turn: Turn): Promise<Given> {
  const { secretName: name } = policy;
  if (name === undefined) return { kind: 'None' };
  // It carries no label of ours and is not in the cache.
  const found = await turn.api.read(secrets, { namespace: service.namespace, name }, { signal: turn.signal });
  return givenIn(found, { namespace: service.namespace, name }, turn.clock.now());
}

const field = 'spec.certificates.authority.secretName';

function givenIn(secret: Secret | undefined, ref: { namespace: string; name: string }, now: number): Given {
  const { namespace, name } = ref;
  if (secret === undefined) {
    const message = `${field}: there is no Secret ${name} in namespace ${namespace}; create it with a CA as ${certificateFile} and ${keyFile}, or leave the field out`;
    return { kind: 'Unusable', secret: name, problem: reject('SecretNotFound', message) };
  }
  const files = Object.entries(secret.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]);
  const read = readAuthority(Object.fromEntries(files), now);
  if (read.ok) return usable(read.value, name);
  const message = `${field}: in Secret ${name}, ${read.problem}; correct it, or leave the field out`;
  return { kind: 'Unusable', secret: name, problem: reject('SecretInvalid', message) };
}

function usable({ above, ...pair }: FoundAuthority, secret: string): Given {
  return { kind: 'Usable', authority: { ...pair, secret }, above };
}
