/** A CA that is found in a Secret: the user's own (`spec.certificates.authority.secretName`), or what is like it. */
import { type Secret, secrets } from '../../kube/resource.ts';
import { certificateFile, type FoundAuthority, keyFile, readAuthority } from '../../tls/given.ts';
import type { Turn } from '../io.ts';
import { type Rejection, reject } from '../rejection.ts';
import type { GivenAuthority } from './secrets.ts';

export type Given =
  | { kind: 'None' }
  | { kind: 'Usable'; authority: GivenAuthority; above: readonly string[] }
  /** Nothing changes by it: what is recorded stays. */
  | { kind: 'Unusable'; secret: string; problem: Rejection };

const field = 'spec.certificates.authority.secretName';

export async function readGiven(ref: { namespace: string; name: string }, turn: Turn): Promise<Given> {
  // It carries no label of ours and is not in the cache.
  const found = await turn.api.read(secrets, ref, { signal: turn.signal });
  if (found !== undefined)
    return judged(found, { field, advice: 'correct it, or leave the field out' }, turn.clock.now());
  const { namespace, name } = ref;
  const message = `${field}: there is no Secret ${name} in namespace ${namespace}; create it with a CA as ${certificateFile} and ${keyFile}, or leave the field out`;
  return { kind: 'Unusable', secret: name, problem: reject('SecretNotFound', message) };
}

/** By what is in it; `advice` is for whoever can change that. */
export function judged(
  { metadata: { name }, data = {} }: Secret,
  { field, advice }: { field: string; advice: string },
  now: number,
): Given {
  const files = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]);
  const read = readAuthority(Object.fromEntries(files), now);
  if (read.ok) return usable(read.value, name);
  const message = `${field}: in Secret ${name}, ${read.problem}; ${advice}`;
  return { kind: 'Unusable', secret: name, problem: reject('SecretInvalid', message) };
}

function usable({ above, ...pair }: FoundAuthority, secret: string): Given {
  return { kind: 'Usable', authority: { ...pair, secret }, above };
}
