/** The service that entities live in: whether it can be asked, by which members, and by what access. */
import { type Pod, pods, type Resource, refOfKey } from '../../kube/resource.ts';
import type { Address } from '../address.ts';
import type { Access, Identities } from '../certificates/access.ts';
import { authorityOf } from '../certificates/prepare.ts';
import { type AuthorityRecord, bundleOf, trustedByClients } from '../certificates/secrets.ts';
import { type CommonStatus, identityOf, type ServiceObject, serviceIndex, serviceIndexKey } from '../facts.ts';
import type { ServiceIdentity, ServiceKind } from '../identity.ts';
import type { Round } from '../io.ts';
import { isReady } from '../members/pod-state.ts';

export interface Reached<Status extends CommonStatus> {
  kind: 'Reached';
  cluster: ServiceObject<Status>;
  access: Access;
  /** Members that are ready; at least one. */
  addresses: Address[];
  record: AuthorityRecord;
  /** PEM of the CAs by which clients know the members. */
  trusted: string;
}

export type Unreached = { kind: 'NotFound' | 'NotReady'; message: string };

export interface ServiceDoors<Status extends CommonStatus> {
  kind: ServiceKind;
  resource: Resource<ServiceObject<Status>>;
  identities: Identities;
  /** What one of its members is called: a broker. */
  member: string;
  /** Where a member that is ready is asked; undefined for one that is not to be asked. */
  addressOf: (pod: Pod, service: ServiceIdentity) => Address | undefined;
}

/** @param key - `namespace/name` of the service */
export async function reachService<Status extends CommonStatus>(
  key: string,
  { kind, resource, identities, member, addressOf }: ServiceDoors<Status>,
  { cache, clock }: Pick<Round, 'cache' | 'clock'>,
): Promise<Reached<Status> | Unreached> {
  const ref = refOfKey(key);
  const cluster = cache.get(resource, ref);
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) {
    const message = `there is no ${kind} ${ref.name} in namespace ${ref.namespace}; create it, or make this object anew with another spec.cluster`;
    return { kind: 'NotFound', message };
  }
  const service = identityOf(cluster, kind);
  const record = authorityOf(service, cache);
  const access = await identities.access(record, clock.now());
  const addresses = cache
    .by(pods, serviceIndex, serviceIndexKey(service.kind, service.namespace, service.name))
    .flatMap((pod) => (isReady(pod) ? (addressOf(pod, service) ?? []) : []));
  if (record === undefined || access === undefined || addresses.length === 0)
    return { kind: 'NotReady', message: `waits for ${kind} ${ref.name}, which has no ${member} that is ready` };
  return { kind: 'Reached', cluster, access, addresses, record, trusted: bundleOf(trustedByClients(record)) };
}

/** Of the first member that answers; an Error if none does. */
export async function askAny<Answer>(
  { addresses }: Pick<Reached<CommonStatus>, 'addresses'>,
  ask: (address: Address) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer | Error> {
  let last = new Error('no member is ready');
  for (const address of addresses) {
    try {
      return await ask(address);
    } catch (error) {
      signal.throwIfAborted();
      last = error instanceof Error ? error : new Error(String(error));
    }
  }
  return last;
}
