/** What the controllers of one Kafka keep: its quorum, its brokers, its topics and its dynamic configuration. */
import type {
  Broker,
  Change,
  ClusterView,
  LogDir,
  Move,
  VoterAddition,
  VoterKey,
  VoterRemoval,
} from '../../../operators/kafka/admin/admin.ts';
import type { Process } from './kafka-process.ts';
import { Quorum } from './kafka-quorum.ts';
import { type Serving, Topics } from './kafka-topics.ts';
import type { Disk } from './kubelet.ts';

/** Steps from the start of a broker until the controllers let it serve. */
const unfenceSteps = 1;

/** Set from the first day, and more than what any file says (KIP-966). */
const minInSync = 'min.insync.replicas';

export class Cluster {
  readonly quorum: Quorum;
  readonly topics: Topics;
  /** The configuration of all brokers together. */
  readonly dynamic = new Map([[minInSync, '1']]);
  /** The same, as the brokers know it. */
  heard: ReadonlyMap<string, string> = new Map();
  /** Brokers that take no new replicas. */
  readonly cordoned = new Set<number>();
  readonly #violate: (what: string) => void;
  readonly #clusterId: string;
  readonly #brokers = new Map<number, Broker>();
  readonly #disks = new Map<number, Disk>();
  #processes: Process[] = [];

  constructor(clusterId: string, violate: (what: string) => void) {
    this.#clusterId = clusterId;
    this.#violate = violate;
    this.quorum = new Quorum(violate, (nodeId) => this.cordoned.has(nodeId) && this.topics.heldBy(nodeId).length === 0);
    this.topics = new Topics(violate);
  }

  start(process: Process): void {
    this.#processes.push(process);
    this.#disks.set(process.nodeId, process.disk);
    const voters = process.disk.get('voters');
    if (process.controller && voters !== undefined) this.quorum.found(voters);
  }

  /** A broker hands its leaderships over before it ends. */
  stop(process: Process): void {
    this.#processes = this.#processes.filter((other) => other !== process);
    if (this.quorum.leaderId < 0) return;
    this.#fence();
    this.topics.step(this.#serving(), true);
  }

  step(now: number): void {
    for (const process of this.#processes) process.age += 1;
    this.heard = new Map(this.dynamic);
    this.quorum.step(this.#processes, now);
    const controlled = this.quorum.leaderId >= 0;
    if (controlled) this.#fence();
    const serving = this.#serving();
    if (controlled) this.topics.create([...serving.keys()]);
    this.topics.minInSync = Number(this.dynamic.get(minInSync));
    this.topics.step(serving, controlled);
  }

  isReady(process: Process): boolean {
    if (process.stuck || !this.quorum.hasMajority(this.#processes)) return false;
    return !process.broker || this.#brokers.get(process.nodeId)?.fenced === false;
  }

  /** Controllers know of no brokers. */
  describe(byBroker: boolean): ClusterView {
    const brokers = byBroker ? [...this.#brokers.values()] : [];
    return { clusterId: this.#clusterId, quorum: this.quorum.describe(this.#processes), brokers };
  }

  /** Kafka takes a thread count to twice or to half of what it is, and no further. */
  alter(changes: ReadonlyMap<string, string | undefined>, validateOnly: boolean): Change {
    if (this.quorum.leaderId < 0) throw new Error('no controller takes the change');
    for (const [key, value] of changes) {
      const message = this.#refusal(key, value);
      if (message !== undefined) return { kind: 'Refused', message };
    }
    if (validateOnly) return { kind: 'Done' };
    for (const [key, value] of changes) {
      if (value === undefined) this.dynamic.delete(key);
      else this.dynamic.set(key, value);
    }
    return { kind: 'Done' };
  }

  addVoter(voter: VoterKey): VoterAddition {
    return this.quorum.add(voter, this.#processes);
  }

  removeVoter(voter: VoterKey): VoterRemoval {
    return this.quorum.remove(voter, this.#processes);
  }

  reassign(moves: readonly Move[]): Change {
    const unknown = moves.flatMap(({ replicas = [] }) => replicas).find((nodeId) => !this.#brokers.has(nodeId));
    if (unknown !== undefined) return { kind: 'Refused', message: `there is no broker ${unknown}` };
    this.topics.reassign(moves);
    return { kind: 'Done' };
  }

  cordon(nodeId: number, cordoned: boolean): Change {
    if (cordoned) this.cordoned.add(nodeId);
    else this.cordoned.delete(nodeId);
    return { kind: 'Done' };
  }

  /** Registered, and not running: the controllers take its settings in its place. */
  isStopped(nodeId: number): boolean {
    return this.#brokers.has(nodeId) && this.#processes.every((process) => process.nodeId !== nodeId);
  }

  logDir(nodeId: number): LogDir {
    const held = this.topics.list().filter(({ replicas }) => replicas.includes(nodeId));
    const replicas = held.map(({ topic, index }) => ({ topic, index, bytes: 1024n, future: false }));
    const cordoned = this.cordoned.has(nodeId);
    return { path: '/data', failed: false, totalBytes: 2n ** 30n, usableBytes: 2n ** 29n, cordoned, replicas };
  }

  unregister(nodeId: number): void {
    if (this.#processes.some((process) => process.broker && process.nodeId === nodeId))
      this.#violate(`node ${nodeId} is unregistered while it runs`);
    this.#brokers.delete(nodeId);
  }

  electPreferred(wanted: Parameters<Topics['electPreferred']>[0]): void {
    this.topics.electPreferred(wanted, this.#serving());
  }

  harmOfStop(process: Process): string[] {
    const partitions = process.broker ? this.topics.harmOfStop(process.nodeId) : [];
    return [...partitions, ...this.quorum.harmOfStop(process, this.#processes)];
  }

  harmOfLeave(disk: Disk): string[] {
    const nodeId = this.#nodeOf(disk);
    if (nodeId === undefined) return [];
    const vote = this.quorum.hasVote(nodeId) ? [`let node ${nodeId} go with its vote`] : [];
    return [...vote, ...this.topics.heldBy(nodeId).map((name) => `let node ${nodeId} go with ${name}`)];
  }

  harmOfLoss(disk: Disk): string[] {
    const nodeId = this.#nodeOf(disk);
    if (nodeId === undefined) return [];
    const process = this.#processes.find((other) => other.nodeId === nodeId);
    const quorum = process === undefined ? [] : this.quorum.harmOfStop(process, this.#processes);
    return [...this.topics.harmOfLoss(nodeId, this.#serving()), ...quorum];
  }

  #nodeOf(disk: Disk): number | undefined {
    return [...this.#disks].find(([, known]) => known === disk)?.[0];
  }

  #refusal(key: string, value: string | undefined): string | undefined {
    if (value === 'nonsense') return `Invalid value nonsense for configuration ${key}`;
    if (key === minInSync && value === undefined) return `${key} cannot be taken back`;
    if (key !== 'num.io.threads') return undefined;
    const [from, to] = [Number(this.dynamic.get(key) ?? 8), Number(value ?? 8)];
    return to > from * 2 || to < Math.floor(from / 2) ? `cannot go from ${from} to ${to} ${key} at once` : undefined;
  }

  /** Who runs and is known for a while serves; everybody else is kept out. */
  #fence(): void {
    for (const [nodeId, broker] of this.#brokers) this.#brokers.set(nodeId, { ...broker, fenced: true });
    for (const { nodeId, disk, broker, stuck, age } of this.#processes) {
      if (!broker || stuck) continue;
      this.#brokers.set(nodeId, { nodeId, rack: disk.get('zone'), fenced: age < unfenceSteps });
    }
  }

  #serving(): Serving {
    const serving = this.#processes.filter(
      ({ broker, nodeId, stuck }) => broker && !stuck && this.#brokers.get(nodeId)?.fenced === false,
    );
    return new Map(serving.map((process) => [process.nodeId, process]));
  }
}
