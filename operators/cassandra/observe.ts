/** Asks every running member, and, until clients are told of the service, its authentication. */
import { addressAt } from '../workload/address.ts';
import type { Facts } from '../workload/facts.ts';
import { lostBecause } from '../workload/members/lost.ts';
import type { MemberView } from '../workload/members/members.ts';
import type { OperationObject } from '../workload/operations/operations.ts';
import type { ServiceSnapshot } from '../workload/product.ts';
import type { Authentication, CassandraAdmin, Keyspace, MemberWord, Target } from './admin/admin.ts';
import { hostIdAnnotation, ports, startAnnotation } from './names.ts';
import { replicationOf } from './replication.ts';
import type { CassandraSpecModel } from './spec.ts';
import { observeChange, type SuperuserChange } from './superuser/change.ts';
import type { KnownSuperuser } from './superuser/secret.ts';

export interface CassandraMember extends MemberView {
  /** Undefined while it does not answer, which says nothing. */
  word: MemberWord | undefined;
  /** It has no data and waits for its turn. */
  atGate: boolean;
  /** Since when its gate runs, also if only to be passed; milliseconds since the epoch. */
  atGateSince: number;
  /** How it was let through the gate, if it was. */
  granted: string | undefined;
  /** The host id that its volume carries. */
  recordedHostId: string | undefined;
}

export interface CassandraSnapshot extends ServiceSnapshot {
  members: CassandraMember[];
  authentication: Authentication;
  /** Undefined where Cassandra has the superuser that it is to have. */
  superuser: SuperuserChange | undefined;
  /** Those that are replicated; undefined where nobody needs to know, or nobody answers. */
  keyspaces: Keyspace[] | undefined;
}

export interface Asking {
  /** Undefined while nobody can prove who it is. */
  admin: CassandraAdmin | undefined;
  superuser: () => Promise<KnownSuperuser | undefined>;
  signal: AbortSignal;
}

export async function observeCassandra(
  model: CassandraSpecModel,
  views: MemberView[],
  facts: Facts,
  asking: Asking,
): Promise<CassandraSnapshot> {
  const members = await Promise.all(views.map((view) => observeMember(view, asking)));
  const own = await asking.superuser();
  const authentication = model.published
    ? unknown('not asked for once clients use the service')
    : await authenticate(model, members, own, asking);
  const lost = views.some((view) => lostBecause(view, facts) !== undefined);
  const disruption = model.published && (lost || views.some(isDisturbed) || facts.operations.some(isUnfinished));
  const keyspaces = disruption ? await askKeyspaces(model, members, own, asking) : undefined;
  return { members, authentication, superuser: await askSuperuser(model, members, own, asking), keyspaces };
}

function isDisturbed({ outdated, joined, leaving }: MemberView): boolean {
  return leaving || (joined && outdated !== undefined);
}

function isUnfinished({ status }: OperationObject): boolean {
  return status?.finishedAt === undefined;
}

async function askKeyspaces(
  model: CassandraSpecModel,
  members: CassandraMember[],
  own: KnownSuperuser | undefined,
  { admin, signal }: Asking,
): Promise<Keyspace[] | undefined> {
  const target = targetOf(model, members);
  if (admin === undefined || target === undefined || own === undefined) return undefined;
  try {
    return await admin.keyspaces(target, own, signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function observeMember(view: MemberView, asking: Asking): Promise<CassandraMember> {
  const gate = view.pod?.status?.initContainerStatuses?.find((container) => container.name === 'gate');
  return {
    ...view,
    word: await askMember(view, asking),
    atGate: gate?.state?.running !== undefined,
    atGateSince: Date.parse(gate?.state?.running?.startedAt ?? '') || 0,
    granted: view.pod?.metadata.annotations?.[startAnnotation],
    recordedHostId: view.claims[0]?.metadata.annotations?.[hostIdAnnotation],
  };
}

async function askMember(view: MemberView, { admin, signal }: Asking): Promise<MemberWord | undefined> {
  const running = ['Ready', 'Starting'].includes(view.report.state);
  const address = addressAt(view, ports.agentTls);
  if (!running || admin === undefined || address === undefined) return undefined;
  try {
    return await admin.ask(address, signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

export function isNormal(member: CassandraMember): boolean {
  return member.report.state === 'Ready' && member.word?.operationMode === 'NORMAL';
}

async function askSuperuser(
  model: CassandraSpecModel,
  members: CassandraMember[],
  own: KnownSuperuser | undefined,
  { admin, signal }: Asking,
): Promise<SuperuserChange | undefined> {
  if (admin === undefined || own === undefined) return undefined;
  const doors = members.flatMap((member) => {
    const target = targetOf(model, [member]);
    return target === undefined ? [] : [{ member: member.name, target }];
  });
  return observeChange(own, { model, doors, admin, signal });
}

/** One that answers questions by CQL. */
export function targetOf({ spec }: CassandraSpecModel, members: readonly CassandraMember[]): Target | undefined {
  const member = members.find(isNormal);
  const address = member && addressAt(member, ports.native);
  // One that has not restarted since may know no TLS yet.
  const clear = spec.encryption.clients !== 'Required';
  return address && { ...address, datacenter: spec.datacenter, clear };
}

async function authenticate(
  model: CassandraSpecModel,
  members: CassandraMember[],
  own: KnownSuperuser | undefined,
  { admin, signal }: Asking,
): Promise<Authentication> {
  const target = targetOf(model, members);
  if (admin === undefined || target === undefined) return unknown('no member is NORMAL yet');
  if (own === undefined) return unknown(`there is no Secret ${model.superuserSecret} yet`);
  return admin.inspect(target, own, replicationOf(model), signal);
}

function unknown(message: string): Authentication {
  return { kind: 'Unknown', message };
}
