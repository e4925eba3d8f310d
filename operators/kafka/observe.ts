/** Asks the running members; the first that answers speaks for the cluster. */
import type { MemberView } from '../workload/members.ts';
import type { Address, ClusterView, KafkaAdmin } from './admin/admin.ts';
import { ports } from './names.ts';
import type { PoolModel } from './spec.ts';

export interface KafkaMember extends MemberView {
  nodeId: number;
  pool: PoolModel;
}

export interface KafkaSnapshot {
  members: KafkaMember[];
  /** What one member knows of all; undefined while none answers, which says nothing about the cluster. */
  cluster: ClusterView | undefined;
}

export async function observeKafka(
  members: MemberView[],
  pools: Map<string, PoolModel>,
  admin: KafkaAdmin,
  signal: AbortSignal,
): Promise<KafkaSnapshot> {
  const known = members.flatMap((member) => identify(member, pools.get(member.group.group)));
  return { members: known, cluster: await askAny(known, admin, signal) };
}

function identify(member: MemberView, pool: PoolModel | undefined): KafkaMember[] {
  const nodeId = Number(/-(\d+)$/.exec(member.name)?.[1]);
  return pool === undefined ? [] : [{ ...member, nodeId, pool }];
}

/** Brokers first: only they know all brokers. Ready members first: only they know the present. */
async function askAny(
  members: KafkaMember[],
  admin: KafkaAdmin,
  signal: AbortSignal,
): Promise<ClusterView | undefined> {
  const score = (member: KafkaMember): number =>
    (member.pool.roles.includes('Broker') ? 2 : 0) + (member.report.state === 'Ready' ? 1 : 0);
  const running = members.filter(({ report }) => report.state === 'Ready' || report.state === 'Starting');
  for (const member of running.toSorted((one, other) => score(other) - score(one))) {
    const address = addressOf(member);
    if (address === undefined) continue;
    try {
      return await admin.describe(address, signal);
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

function addressOf(member: KafkaMember): Address | undefined {
  if (member.address === undefined) return undefined;
  const broker = member.pool.roles.includes('Broker');
  return { host: member.address, port: broker ? ports.internal : ports.controller };
}
