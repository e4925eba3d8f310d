/** What the members of one Cassandra ring know together: hosts, their states, replication, and who lacks which writes. */
import type { Credentials, Keyspace, Peer } from '../../../operators/cassandra/admin/admin.ts';
import type { RoleChange, RoleRefusals } from '../../../operators/cassandra/admin/role-admin.ts';
import { leaveAnnotation, maintenanceAnnotation } from '../../../operators/cassandra/names.ts';
import { MemoryRoles } from '../../../operators/cassandra/testing/memory-roles.ts';
import { Schema } from './cassandra-schema.ts';
import type { Disk, Running } from './kubelet.ts';

/** Steps until a member that is back has got the writes that the others kept for it. */
const hintSteps = 3;

/** Steps until a member has handed over everything. */
const leaveSteps = 3;

/** Steps for which a member goes by a password that it has read before. */
const memorySteps = 4;

/** Steps of a repair or a cleanup. */
const maintenanceSteps = 2;

const mostReplicas = 3;
export const userKeyspace = 'orders';

export interface Process {
  member: Running;
  disk: Disk;
  mode: 'STARTING' | 'JOINING' | 'NORMAL' | 'LEAVING' | 'DECOMMISSION_FAILED' | 'DECOMMISSIONED';
  /** Until it is NORMAL, or has left. */
  stepsLeft: number;
  /** Its start, as gossip tells one from another. */
  generation: number;
  /** The host in whose place it joins. */
  replaces: string | undefined;
  /** It runs and gets nowhere. */
  stuck: boolean;
  /** What its pod has last asked of it. */
  maintenance: { wish: string; stepsLeft: number } | undefined;
}

/** One host as the others see it: a step ago. */
export interface Host {
  hostId: string;
  address: string;
  generation: number;
  alive: boolean;
  leaving: boolean;
}

interface Memory extends Credentials {
  stepsLeft: number;
  /** The member that was told of the next one. */
  told: Process;
}

export class Ring {
  defaultLocked = false;
  /** Replicas by keyspace. */
  readonly replication = new Map<string, number>();
  /** Keyspaces that users have as objects. */
  readonly schema: Schema;
  readonly roles: MemoryRoles;
  /** Everybody who owns a part of the data, whether it runs or not. */
  hosts: Host[] = [];
  /** Those that have left; gossip still shows them. */
  readonly gone: Peer[] = [];
  /** Writes that a quorum has acknowledged. */
  #written = 0;
  /** The password that was changed last. */
  #memory: Memory | undefined;
  /** Steps since a member is back with less than all, by host id. */
  readonly #draining = new Map<string, number>();
  readonly #violate: (what: string) => void;

  constructor(violate: (what: string) => void, now: () => number) {
    this.#violate = violate;
    this.schema = new Schema(violate);
    this.roles = new MemoryRoles(now);
  }

  step(processes: Process[]): void {
    if (this.#memory !== undefined) this.#memory.stepsLeft -= 1;
    for (const process of processes) this.#advance(process, processes);
    this.hosts = this.hosts.map((host) => seen(host, processes));
    const normal = processes.filter(serves);
    this.#createKeyspace(normal);
    this.#write(normal);
    for (const process of normal) this.#deliver(process);
    for (const process of normal) this.#maintain(process, processes);
  }

  createSuperuser({ username: role, password }: Credentials): void {
    if (this.roles.roles.has(role)) return;
    this.roles.change([
      { kind: 'Create', role, login: true, superuser: true },
      { kind: 'SetPassword', role, password },
    ]);
  }

  /** All that there are, the system's own among them. */
  keyspaces(datacenter: string): Keyspace[] {
    const own = [...this.replication].map(([name, factor]) => ({
      name,
      strategy: 'NetworkTopologyStrategy',
      replication: new Map([[datacenter, factor]]),
      durableWrites: true,
    }));
    return [...own, ...this.schema.list()];
  }

  hasSuperuser(): boolean {
    return [...this.roles.roles.values()].some(({ superuser }) => superuser);
  }

  /** Whether a member lets somebody in. */
  admits({ username, password }: Credentials, process: Process): boolean {
    const memory = this.#memory;
    if (memory?.username === username && memory.stepsLeft > 0 && memory.told !== process)
      return password === memory.password;
    return this.roles.admits(username, password);
  }

  changeRoles(changes: readonly RoleChange[], process: Process): RoleRefusals {
    for (const { kind, role: username } of changes) {
      const password = this.roles.roles.get(username)?.password?.text;
      if (kind === 'SetPassword' && password !== undefined)
        this.#memory = { username, password, stepsLeft: memorySteps, told: process };
    }
    return this.roles.change(changes);
  }

  /** Files of writes that are kept for others, by host id. */
  hints(): Map<string, number> {
    return new Map(this.hosts.filter(({ hostId }) => this.#lacks(hostId)).map(({ hostId }) => [hostId, 1]));
  }

  /** What a quorum could not read any more without this disk. */
  harmOfLeave(disk: Disk): string[] {
    const hostId = disk.get('hostId') ?? '';
    return this.hosts.some((host) => host.hostId === hostId) ? [`let host ${hostId} go with its ranges`] : [];
  }

  harmOfLoss(disk: Disk, processes: Process[]): string[] {
    if (disk.has('left')) return [];
    const others = processes.filter((process) => serves(process) && process.disk !== disk);
    const full = others.filter((process) => this.#hasAll(process.disk)).length;
    const needed = Math.min(quorumOf(mostReplicas), this.hosts.length - 1);
    if (full >= needed || this.#written === 0) return [];
    return [`destroyed host ${disk.get('hostId')}, and ${full} others have all that was written`];
  }

  #advance(process: Process, processes: Process[]): void {
    process.stepsLeft -= 1;
    if (process.stuck || process.mode === 'DECOMMISSIONED') return;
    if (process.mode === 'LEAVING') this.#leave(process, processes);
    else if (serves(process)) this.#beginToLeave(process, processes);
    else if (process.stepsLeft < 0) this.#enter(process, processes);
  }

  #enter(process: Process, processes: Process[]): void {
    const joins = process.mode === 'JOINING';
    process.mode = 'NORMAL';
    process.disk.set('joined', 'yes');
    const hostId = process.disk.get('hostId') ?? '';
    this.hosts = this.hosts.filter((host) => host.hostId !== process.replaces && host.hostId !== hostId);
    this.hosts.push(
      seen({ hostId, address: process.member.address, generation: 0, alive: true, leaving: false }, processes),
    );
    // It gets what one of the others has, whichever that is.
    if (joins) process.disk.set('writes', String(this.#least(processes.filter((other) => other !== process))));
  }

  /** As its pod asks, and again after a failure. */
  #beginToLeave(process: Process, processes: Process[]): void {
    const { disk, member } = process;
    if (member.pod.metadata.annotations?.[leaveAnnotation] !== disk.get('hostId') || this.#isIncomplete()) return;
    const others = processes.filter(({ mode }) => mode === 'JOINING' || mode === 'LEAVING');
    const { name } = member.pod.metadata;
    if (others.length > 0) this.#violate(`${name} leaves while ${others[0]?.member.pod.metadata.name} joins or leaves`);
    const replicas = Math.max(...this.replication.values(), 1);
    process.mode = replicas < this.hosts.length ? 'LEAVING' : 'DECOMMISSION_FAILED';
    process.stepsLeft = leaveSteps;
  }

  /** As its pod asks. A repair needs everybody. */
  #maintain(process: Process, processes: Process[]): void {
    const wish = process.member.pod.metadata.annotations?.[maintenanceAnnotation];
    const { maintenance } = process;
    if (maintenance !== undefined && maintenance.stepsLeft > 0) {
      if (this.#isIncomplete()) return;
      maintenance.stepsLeft -= 1;
      if (maintenance.stepsLeft === 0) this.schema.maintained(process, maintenance.wish, processes);
    } else if (wish !== undefined && wish !== maintenance?.wish) {
      process.maintenance = { wish, stepsLeft: maintenanceSteps };
    }
  }

  /** What it has goes to the others. */
  #leave(process: Process, processes: Process[]): void {
    if (this.#isIncomplete()) process.mode = 'DECOMMISSION_FAILED';
    if (process.mode === 'DECOMMISSION_FAILED' || process.stepsLeft >= 0) return;
    const hostId = process.disk.get('hostId') ?? '';
    process.mode = 'DECOMMISSIONED';
    process.disk.set('left', 'yes');
    const { generation, member } = process;
    this.gone.push({ hostId, address: member.address, status: 'LEFT', generation, alive: false, member: false });
    this.hosts = this.hosts.filter((host) => host.hostId !== hostId);
    for (const { disk } of processes.filter(serves)) {
      disk.set('writes', String(Math.max(writesOn(disk), writesOn(process.disk))));
    }
  }

  #isIncomplete(): boolean {
    return this.hosts.some(({ alive }) => !alive);
  }

  #least(others: Process[]): number {
    return Math.min(...others.filter(serves).map(({ disk }) => writesOn(disk)), this.#written);
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
  if (process === undefined || !serves(process)) return { ...host, alive: false };
  const { address } = process.member;
  const leaving = process.mode === 'LEAVING';
  return { hostId: host.hostId, address, generation: process.generation, alive: true, leaving };
}

/** Whoever leaves serves until it has left. */
export function serves({ mode }: Pick<Process, 'mode'>): boolean {
  return mode === 'NORMAL' || mode === 'LEAVING' || mode === 'DECOMMISSION_FAILED';
}

export function quorumOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}
