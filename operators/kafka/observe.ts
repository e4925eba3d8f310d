/** Asks the running members; the first that answers speaks for the cluster. */
import { addressAt } from '../workload/address.ts';
import type { MemberView } from '../workload/members/members.ts';
import type { ServiceSnapshot } from '../workload/product.ts';
import type { Address, ClusterView, KafkaAdmin, LogDir, Partition, Reassignment } from './admin/admin.ts';
import { ports } from './names.ts';
import type { PoolModel } from './spec.ts';

export interface KafkaMember extends MemberView {
  nodeId: number;
  pool: PoolModel;
}

export interface DynamicConfig {
  /** What is set for all brokers together. */
  values: ReadonlyMap<string, string>;
  /** Why Kafka would not take what is to be changed. */
  refusal: string | undefined;
}

export interface KafkaSnapshot extends ServiceSnapshot {
  members: KafkaMember[];
  /** What one member knows of all; undefined while none answers, which says nothing about the cluster. */
  cluster: ClusterView | undefined;
  /** Of every topic; undefined while no broker answers. */
  partitions: Partition[] | undefined;
  /** Partitions on their way; undefined while no broker answers. */
  reassignments: Reassignment[] | undefined;
  /** By node id, of each broker that answers; asked for only while somebody leaves, or comes back from leaving. */
  disks: ReadonlyMap<number, LogDir[]>;
  /** By node id, whether it passes requests on to the controllers; of each broker that was asked and answers. */
  forwarding: ReadonlyMap<number, boolean>;
  /** Undefined while no broker answers. */
  config: DynamicConfig | undefined;
}

interface Asked extends Asking {
  admin: KafkaAdmin;
}

interface Asking {
  /** Undefined while nobody can prove who it is. */
  admin: KafkaAdmin | undefined;
  changes: Changes;
  /** Whether the disks of the brokers matter now. */
  disks: boolean;
  /** Names of brokers of which it is known, or of consequence, that they pass no requests on. */
  doubtful: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  now: number;
  signal: AbortSignal;
}

export async function observeKafka(
  members: MemberView[],
  pools: Map<string, PoolModel>,
  asked: Asking,
): Promise<KafkaSnapshot> {
  const known = members.flatMap((member) => identify(member, pools.get(member.group.group)));
  const { admin } = asked;
  if (admin === undefined) return { members: known, ...silence, disks: new Map(), forwarding: new Map() };
  const serving = known.filter(isServingBroker);
  const [answer, disks, forwarding] = await Promise.all([
    askAny(known, { ...asked, admin }),
    askEach(asked.disks ? serving : [], asked, admin.logDirs),
    askEach(inTurn(serving, asked), asked, admin.forwards),
  ]);
  return { members: known, ...answer, disks, forwarding };
}

function identify(member: MemberView, pool: PoolModel | undefined): KafkaMember[] {
  const nodeId = Number(/-(\d+)$/.exec(member.name)?.[1]);
  return pool === undefined ? [] : [{ ...member, nodeId, pool }];
}

type Answer = Omit<KafkaSnapshot, 'members' | 'disks' | 'forwarding'>;

const silence: Answer = { cluster: undefined, partitions: undefined, reassignments: undefined, config: undefined };

/** What would be changed of the dynamic configuration, given what is set. */
type Changes = (present: ReadonlyMap<string, string>) => ReadonlyMap<string, string | undefined>;

/** How long one broker is the one that is asked though nothing is known against it. */
const turnMs = 10_000;

/** In a large cluster a question to each of them each time would be a load: the controllers answer it. */
function inTurn(brokers: readonly KafkaMember[], { doubtful, now }: Asking): KafkaMember[] {
  const next = brokers[Math.floor(now / turnMs) % brokers.length];
  return brokers.filter((broker) => broker === next || doubtful.has(broker.name));
}

/**
 * Brokers first: only they know all brokers. Ready members first: only they know the present. Doubtful ones after others
 * of their kind: each would have to be waited for.
 */
async function askAny(members: KafkaMember[], asked: Asked): Promise<Answer> {
  const score = (member: KafkaMember): number =>
    (isBroker(member) ? 4 : 0) + (member.report.state === 'Ready' ? 2 : 0) - (asked.doubtful.has(member.name) ? 1 : 0);
  const running = members.filter(
    ({ report, address }) => address !== undefined && ['Ready', 'Starting'].includes(report.state),
  );
  for (const member of running.toSorted((one, other) => score(other) - score(one))) {
    try {
      return await ask(member, asked);
    } catch {
      asked.signal.throwIfAborted();
    }
  }
  return silence;
}

/** All from one member, so that it fits together. */
async function ask(member: KafkaMember, asked: Asked): Promise<Answer> {
  const { admin, signal } = asked;
  const address = addressOf(member);
  if (address === undefined) throw new Error(`${member.name} has no address`);
  const cluster = await admin.describe(address, signal);
  if (!isServingBroker(member)) return { ...silence, cluster };
  // In this order: a move that ends in between is seen as one that is about to end.
  const reassignments = await admin.reassignments(address, signal);
  const partitions = await admin.partitions(address, signal);
  return { cluster, partitions, reassignments, config: await askConfig(address, asked) };
}

/** All at once, by node id; one that does not answer is not among them. */
async function askEach<Word>(
  members: readonly KafkaMember[],
  { signal }: Asking,
  question: (address: Address, signal: AbortSignal) => Promise<Word>,
): Promise<Map<number, Word>> {
  const found = new Map<number, Word>();
  const ask = async (member: KafkaMember): Promise<void> => {
    const address = addressOf(member);
    if (address === undefined) return;
    try {
      found.set(member.nodeId, await question(address, signal));
    } catch {
      signal.throwIfAborted();
    }
  };
  await Promise.all(members.map(ask));
  return found;
}

/** Kafka is asked beforehand whether it would take a change: only it knows the values of its settings. */
async function askConfig(address: Address, { admin, changes, signal }: Asked): Promise<DynamicConfig> {
  const values = await admin.dynamicConfig(address, signal);
  const wanted = changes(values);
  if (wanted.size === 0) return { values, refusal: undefined };
  const answer = await admin.alterDynamicConfig(address, wanted, { validateOnly: true }, signal);
  return { values, refusal: answer.kind === 'Refused' ? answer.message : undefined };
}

export function isServingBroker(member: KafkaMember): boolean {
  return isBroker(member) && member.report.state === 'Ready';
}

function isBroker({ pool }: KafkaMember): boolean {
  return pool.roles.includes('Broker');
}

export function addressOf(member: KafkaMember): Address | undefined {
  return addressAt(member, isBroker(member) ? ports.internal : ports.controller);
}
