/** One CA takes the place of another, one written step at a time. */
import { secrets } from '../../kube/resource.ts';
import type { KeyPair } from '../../tls/issue.ts';
import type { ServiceIdentity } from '../identity.ts';
import type { Turn } from '../io.ts';
import { replaceSecret } from '../secrets.ts';
import { newAuthority } from './prepare.ts';
import { type AuthorityRecord, authoritySecret, certificateNames, pairOf, recordOf } from './secrets.ts';
import { givenNow } from './wanted.ts';

export type Advance = 'Introduce' | 'Withdraw' | 'Switch' | 'Retire';

export interface AdvanceWish {
  step: Advance;
  /** Of a CA that is made for it; milliseconds. */
  lifeMs: number;
}

/** Of two that do it one has not seen what the other did. */
export async function advanceAuthority(
  { step, lifeMs }: AdvanceWish,
  service: ServiceIdentity,
  turn: Turn,
): Promise<void> {
  const ref = { namespace: service.namespace, name: certificateNames.authority(service) };
  const present = turn.cache.get(secrets, ref);
  const record = recordOf(present);
  if (present === undefined || record === undefined) return;
  const now = turn.clock.now();
  const create = async () => givenNow(record, now) ?? (await newAuthority(service, lifeMs, turn));
  const advanced = await advance(step, record, { create, now });
  await replaceSecret(present, authoritySecret(service, advanced), turn);
}

/** Pure but for what `create` makes. A step that does not fit what is there changes nothing. */
export async function advance(
  step: Advance,
  record: AuthorityRecord,
  { create, now }: { create: () => Promise<KeyPair>; now: number },
): Promise<AuthorityRecord> {
  const { next, former = [], ...stays } = record;
  const { signer } = stays;
  switch (step) {
    case 'Introduce':
      return next !== undefined || former.length > 0
        ? record
        : { ...record, next: { ...(await create()), since: now } };
    case 'Withdraw':
      return next === undefined ? record : { ...stays, former: [next.certificate, ...former] };
    case 'Switch':
      return next === undefined ? record : { ...stays, signer: pairOf(next), former: [signer.certificate, ...former] };
    case 'Retire':
      return next === undefined ? stays : record;
    default:
      return step satisfies never;
  }
}
