/** Operations on a service that does not exist: nothing else would ever tell them. */
import { serviceIndex, serviceIndexKey } from './facts.ts';
import type { ServiceIdentity } from './identity.ts';
import { nowOf, type Round } from './io.ts';
import { operationResource, unmovedStatus, writeOperation } from './operations/operations.ts';

type Missing = Pick<ServiceIdentity, 'kind' | 'namespace' | 'name'>;

/** They begin by themselves when the service is created; what has ended is left as it is. */
export async function tellOrphans({ kind, namespace, name }: Missing, round: Round): Promise<void> {
  const message = `there is no ${kind} ${name} in namespace ${namespace}; create it, or delete this operation and make another`;
  const found = round.cache.by(operationResource, serviceIndex, serviceIndexKey(kind, namespace, name));
  for (const object of found.filter(({ status }) => status?.finishedAt === undefined)) {
    const why = { type: 'Reconciling', status: 'True', reason: 'ServiceNotFound', message } as const;
    await writeOperation(object, unmovedStatus(object, why, nowOf(round)), round);
  }
}
