/** Services of both kinds, as users name them. */
import { cassandraClusters } from '../../crds/cassandra-cluster.ts';
import type { Control, DeletionPolicy } from '../../crds/common.ts';
import { kafkaClusters } from '../../crds/kafka-cluster.ts';
import type { Kind } from '../../crds/lib/kind.ts';
import { ApiError, type KubeApi } from '../kube/api.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import type { CommonStatus, MemberStatus } from '../workload/facts.ts';
import { productOf, type ServiceKind } from '../workload/identity.ts';
import { type Context, exit } from './command.ts';

/** The part of a service that both kinds have. */
export interface Service extends KubeObject {
  kind: ServiceKind;
  spec?: { version?: string; control?: Control; deletionPolicy?: DeletionPolicy };
  status?: CommonStatus;
}

const definitions: Record<ServiceKind, Kind> = { KafkaCluster: kafkaClusters, CassandraCluster: cassandraClusters };

export const serviceResources: Readonly<Record<ServiceKind, Resource<Service>>> = {
  KafkaCluster: kafkaClusters,
  CassandraCluster: cassandraClusters,
};

const serviceKinds: readonly ServiceKind[] = ['KafkaCluster', 'CassandraCluster'];

export function resourceOf(service: Service): Resource<Service> {
  return serviceResources[service.kind];
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? '';
}

/** `kafka/orders`: unique in a namespace, and what a user may type. */
export function fullName({ kind, metadata }: Service): string {
  return `${productOf(kind)}/${metadata.name}`;
}

export type Found = { kind: 'Found'; service: Service } | { kind: 'Missing'; code: number; message: string };

/** `orders`, `kafka/orders`, or the kind in any of the ways that kubectl takes: `kfk/orders`, `kafkacluster/orders`. */
export async function findService(context: Context, text: string): Promise<Found> {
  const wanted = readName(text);
  if (wanted === undefined)
    return missing(exit.usage, `${text} is no service: write NAME, kafka/NAME or cassandra/NAME`);
  const reads = await Promise.allSettled(wanted.kinds.map((kind) => readService(context, kind, wanted.name)));
  const found = reads.flatMap((read) => (read.status === 'fulfilled' ? (read.value ?? []) : []));
  const [service, other] = found;
  // Who may see one kind only has no use for the other.
  const failed = reads.find(
    (read) => read.status === 'rejected' && !(service !== undefined && isForbidden(read.reason)),
  );
  if (failed?.status === 'rejected') throw failed.reason;
  if (service === undefined) return missing(exit.failure, await whatThereIs(context, text));
  if (other === undefined) return { kind: 'Found', service };
  return missing(exit.usage, `there are two services ${text}: write ${found.map(fullName).join(' or ')}`);
}

/** Tells the user where there is none; otherwise goes on with it. */
export async function withService(
  context: Context,
  text: string | undefined,
  use: (service: Service) => Promise<number>,
): Promise<number> {
  const found = await findService(context, text ?? '');
  if (found.kind === 'Found') return use(found.service);
  context.out.error(found.message);
  return found.code;
}

function missing(code: number, message: string): Found {
  return { kind: 'Missing', code, message };
}

function readName(text: string): { kinds: readonly ServiceKind[]; name: string } | undefined {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  if (name === '' || parts.length > 2) return undefined;
  if (parts.length === 1) return { kinds: serviceKinds, name };
  const kind = serviceKinds.find((candidate) => wordsFor(candidate).includes((parts[0] ?? '').toLowerCase()));
  return kind === undefined ? undefined : { kinds: [kind], name };
}

function wordsFor(kind: ServiceKind): string[] {
  const { singular, plural, shortNames, group } = definitions[kind];
  return [productOf(kind), singular, plural, `${singular}.${group}`, `${plural}.${group}`, ...shortNames];
}

function readService(
  { api, namespace, signal }: Context,
  kind: ServiceKind,
  name: string,
): Promise<Service | undefined> {
  return api.read(serviceResources[kind], { namespace, name }, { signal });
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

async function whatThereIs(context: Context, text: string): Promise<string> {
  const { api, namespace, signal } = context;
  const names = (await listServices(api, namespace, signal)).map(fullName);
  const others = names.length === 0 ? 'there are none' : `there are: ${names.join(', ')}`;
  return `there is no service ${text} in namespace ${namespace}; ${others}`;
}

/** Of both kinds, by namespace and name; of every namespace where none is given. */
export async function listServices(
  api: KubeApi,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<Service[]> {
  const resources = serviceKinds.map((kind) => serviceResources[kind]);
  const lists = await Promise.all(resources.map((resource) => listAll(api, resource, namespace, signal)));
  return lists.flat().sort((one, other) => compare(sortKey(one), sortKey(other)));
}

/** Every page. */
export async function listAll<T extends KubeObject>(
  api: KubeApi,
  resource: Resource<T>,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const page = await api.list(resource, {
      signal,
      limit: 500,
      ...(namespace === undefined ? {} : { namespace }),
      ...(next === undefined ? {} : { continueToken: next }),
    });
    items.push(...page.items);
    next = page.continueToken;
  } while (next !== undefined);
  return items;
}

function sortKey({ kind, metadata }: Service): string {
  return `${metadata.namespace ?? ''}/${metadata.name}/${kind}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}

export type FoundMember = { kind: 'Found'; member: MemberStatus } | { kind: 'Missing'; message: string };

/** By its full name, or without the name of the service in front. */
export function findMember(service: Service, text: string): FoundMember {
  const { name } = service.metadata;
  const members = service.status?.members ?? [];
  const member = [text, `${name}-${text}`]
    .map((full) => members.find((candidate) => candidate.name === full))
    .find(Boolean);
  if (member !== undefined) return { kind: 'Found', member };
  const others = members.length === 0 ? 'it has none yet' : `it has: ${members.map((each) => each.name).join(', ')}`;
  return { kind: 'Missing', message: `${name} has no member ${text}; ${others}` };
}
