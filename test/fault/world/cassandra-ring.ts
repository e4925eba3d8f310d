/** What the members of one Cassandra ring know together: hosts, their states, replication, and who lacks which writes. */
import type { Credentials } from '../../../operators/cassandra/admin/admin.ts';
import type { Disk, Running } from './kubelet.ts';

/** Steps until a member that is back has got the writes that the others kept for it. */
const hintSteps = 3;

const mostReplicas = 3;
export const userKeyspace = 'orders';

export interface Process {
  member: Running;
  disk: Disk;
  mode: 'STARTING' | 'JOINING' | 'NORMAL';
  /** Until it is NORMAL. */
  stepsLeft: number;
  /** Its start, as gossip tells one from another. */
  generation: number;
  /** The host in whose place it joins. */
  replaces: string | undefined;
  /** It runs and gets nowhere. */
  stuck: boolean;
}

/** One host as the others see it: a step ago. */
export interface Host {
  hostId: string;
  address: string;
  generation: number;
  alive: boolean;
}

export class Ring {
  superuser: Credentials | undefined;
  defaultLocked = false;
  /** Replicas by keyspace. */
  readonly replication = new Map<string, number>();
  /** Everybody who owns a part of the data, whether it runs or not. */
  hosts: Host[] = [];
  /** Writes that a quorum has acknowledged. */
  #written = 0;
  /** Steps since a member is back with less than all, by host id. */
  readonly #draining = new Map<string, number>();
  readonly #violate: (what: string) => void;

  constructor(violate: (what: string) => void) {
    this.#violate = violate;
  }

  step(processes: Process[]): void {
    for (const process of processes) this.#advance(process, processes);
    this.hosts = this.hosts.map((host) => seen(host, processes));
    const normal = processes.filter(isNormal);
    this.#createKeyspace(normal);
    this.#write(normal);
    for (const process of normal) this.#deliver(process);
  }

  /** Files of writes that are kept for others, by host id. */
  hints(): Map<string, number> {
    return new Map(this.hosts.filter(({ hostId }) => this.#lacks(hostId)).map(({ hostId }) => [hostId, 1]));
  }

  /** What a quorum could not read any more without this disk. */
  harmOfLoss(disk: Disk, processes: Process[]): string[] {
    const others = processes.filter((process) => isNormal(process) && process.disk !== disk);
    const full = others.filter((process) => this.#hasAll(process.disk)).length;
    const needed = Math.min(quorumOf(mostReplicas), this.hosts.length - 1);
    if (full >= needed || this.#written === 0) return [];
    return [`destroyed host ${disk.get('hostId')}, and ${full} others have all that was written`];
  }

  #advance(process: Process, processes: Process[]): void {
    process.stepsLeft -= 1;
    if (process.stepsLeft >= 0 || process.mode === 'NORMAL' || process.stuck) return;
    const joins = process.mode === 'JOINING';
    process.mode = 'NORMAL';
    process.disk.set('joined', 'yes');
    const hostId = process.disk.get('hostId') ?? '';
    this.hosts = this.hosts.filter((host) => host.hostId !== process.replaces && host.hostId !== hostId);
    this.hosts.push(seen({ hostId, address: process.member.address, generation: 0, alive: true }, processes));
    // It gets what one of the others has, whichever that is.
    if (joins) process.disk.set('writes', String(this.#least(processes.filter((other) => other !== process))));
  }

  #least(others: Process[]): number {
    return Math.min(...others.filter(isNormal).map(({ disk }) => writesOn(disk)), this.#written);
  }

  #createKeyspace(normal: Process[]): void {
    if (normal.length < mostReplicas || !this.defaultLocked) return;
    this.replication.set(userKeyspace, mostReplicas);
  }

  /** Whoever runs and lacks nothing takes it at once. */
  #write(normal: Process[]): void {
    const replicas = Math.min(this.replication.get(userKeyspace) ?? 0, this.hosts.length);
    if (replicas === 0 || this.hosts.length - normal.length > replicas - quorumOf(replicas)) return;
    const full = normal.filter(({ disk }) => this.#hasAll(disk));
    if (full.length === 0) {
      this.#violate('no member has all that was written');
      this.#written = this.#least(normal);
    }
    this.#written += 1;
    for (const { disk } of full) disk.set('writes', String(this.#written));
  }

  #deliver({ disk }: Process): void {
    const hostId = disk.get('hostId') ?? '';
    if (this.#hasAll(disk)) return void this.#draining.delete(hostId);
    const steps = (this.#draining.get(hostId) ?? 0) + 1;
    this.#draining.set(hostId, steps);
    if (steps < hintSteps) return;
    disk.set('writes', String(this.#written));
    this.#draining.delete(hostId);
  }

  #hasAll(disk: Disk): boolean {
    return writesOn(disk) >= this.#written;
  }

  #lacks(hostId: string): boolean {
    return (
      this.#written > 0 &&
      (this.#draining.has(hostId) || !this.hosts.some((host) => host.hostId === hostId && host.alive))
    );
  }
}

function writesOn(disk: Disk): number {
  return Number(disk.get('writes') ?? 0);
}

function seen(host: Host, processes: Process[]): Host {
  const process = processes.find(({ disk, stuck }) => !stuck && disk.get('hostId') === host.hostId);
  if (process === undefined || process.mode !== 'NORMAL') return { ...host, alive: false };
  return { hostId: host.hostId, address: process.member.address, generation: process.generation, alive: true };
}

export function isNormal({ mode }: Process): boolean {
  return mode === 'NORMAL';
}

export function quorumOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}
