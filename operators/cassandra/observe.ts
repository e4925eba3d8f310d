/** Asks every running member, and, until clients are told of the service, its authentication. */
import type { Facts } from '../workload/facts.ts';
import { lostBecause } from '../workload/lost.ts';
import type { MemberView } from '../workload/members.ts';
import type { OperationObject } from '../workload/operations.ts';
import type { Authentication, CassandraAdmin, Credentials, Keyspace, MemberWord } from './admin/admin.ts';
import { hostIdAnnotation, ports, startAnnotation } from './names.ts';
import { replicationOf } from './replication.ts';
import type { CassandraSpecModel } from './spec.ts';

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

export interface CassandraSnapshot {
  members: CassandraMember[];
  authentication: Authentication;
  /** Those that are replicated; undefined where nobody needs to know, or nobody answers. */
  keyspaces: Keyspace[] | undefined;
}

export async function observeCassandra(
  model: CassandraSpecModel,
  views: MemberView[],
  facts: Facts,
  admin: CassandraAdmin,
  credentials: () => Promise<Credentials | undefined>,
  signal: AbortSignal,
): Promise<CassandraSnapshot> {
  const members = await Promise.all(views.map((view) => observeMember(view, admin, signal)));
  const authentication = model.published
    ? unknown('not asked for once clients use the service')
    : await authenticate(model, members, admin, credentials, signal);
  const lost = views.some((view) => lostBecause(view, facts) !== undefined);
  const disruption = model.published && (lost || views.some(isDisturbed) || facts.operations.some(isUnfinished));
  const keyspaces = disruption ? await askKeyspaces(model, members, admin, credentials, signal) : undefined;
  return { members, authentication, keyspaces };
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
  admin: CassandraAdmin,
  credentials: () => Promise<Credentials | undefined>,
  signal: AbortSignal,
): Promise<Keyspace[] | undefined> {
  const host = members.find(isNormal)?.address;
  const own = await credentials();
  if (host === undefined || own === undefined) return undefined;
  try {
    return await admin.keyspaces({ host, port: ports.native, datacenter: model.spec.datacenter }, own, signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function observeMember(view: MemberView, admin: CassandraAdmin, signal: AbortSignal): Promise<CassandraMember> {
  const gate = view.pod?.status?.initContainerStatuses?.find((container) => container.name === 'gate');
  return {
    ...view,
    word: await askMember(view, admin, signal),
    atGate: gate?.state?.running !== undefined,
    atGateSince: Date.parse(gate?.state?.running?.startedAt ?? '') || 0,
    granted: view.pod?.metadata.annotations?.[startAnnotation],
    recordedHostId: view.claims[0]?.metadata.annotations?.[hostIdAnnotation],
  };
}

async function askMember(
  view: MemberView,
  admin: CassandraAdmin,
  signal: AbortSignal,
): Promise<MemberWord | undefined> {
  const running = ['Ready', 'Starting'].includes(view.report.state);
  if (!running || view.address === undefined) return undefined;
  try {
    return await admin.ask(view.address, ports.agent, signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

export function isNormal(member: CassandraMember): boolean {
  return member.report.state === 'Ready' && member.word?.operationMode === 'NORMAL';
}

async function authenticate(
  model: CassandraSpecModel,
  members: CassandraMember[],
  admin: CassandraAdmin,
  credentials: () => Promise<Credentials | undefined>,
  signal: AbortSignal,
): Promise<Authentication> {
  const member = members.find(isNormal);
  if (member?.address === undefined) return unknown('no member is NORMAL yet');
  const own = await credentials();
  if (own === undefined) return unknown(`there is no Secret ${model.superuserSecret} yet`);
  const target = { host: member.address, port: ports.native, datacenter: model.spec.datacenter };
  return admin.inspect(target, own, replicationOf(model), signal);
}

function unknown(message: string): Authentication {
  return { kind: 'Unknown', message };
}
