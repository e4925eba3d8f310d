/** One CA takes the place of another, one written step at a time. */
import { secrets } from '../../kube/resource.ts';
import type { KeyPair } from '../../tls/issue.ts';
import type { ServiceIdentity } from '../identity.ts';
import type { Turn } from '../io.ts';
import { newAuthority, replaceSecret } from './prepare.ts';
import { type AuthorityRecord, authoritySecret, certificateNames, recordOf } from './secrets.ts';

export type Advance = 'Introduce' | 'Switch' | 'Retire';

/** Of two that do it one has not seen what the other did. */
export async function advanceAuthority(step: Advance, service: ServiceIdentity, turn: Turn): Promise<void> {
  const ref = { namespace: service.namespace, name: certificateNames.authority(service) };
  const present = turn.cache.get(secrets, ref);
  const record = recordOf(present);
  if (present === undefined || record === undefined) return;
  const advanced = await advance(step, record, () => newAuthority(service, turn));
  await replaceSecret(present, authoritySecret(service, advanced), turn);
}

/** Pure but for what `create` makes. A step that does not fit what is there changes nothing. */
export async function advance(
  step: Advance,
  record: AuthorityRecord,
  create: () => Promise<KeyPair>,
): Promise<AuthorityRecord> {
  const { signer, next, former = [] } = record;
  switch (step) {
    case 'Introduce':
      return next !== undefined || former.length > 0 ? record : { ...record, next: await create() };
    case 'Switch':
      return next === undefined ? record : { signer: next, former: [signer.certificate, ...former] };
    case 'Retire':
      return next === undefined ? { signer } : record;
    default:
      return step satisfies never;
  }
}
