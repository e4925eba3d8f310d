/** Cassandra as far as its operator can tell: rings, roles, and members that join one at a time or spoil everything. */
import { parse } from 'yaml';
import type {
  Authentication,
  CassandraAdmin,
  Credentials,
  LeaveWord,
  MaintenanceWord,
  MemberWord,
  Peer,
  Protocol,
  Superuser,
  Target,
} from '../../../operators/cassandra/admin/admin.ts';
import { systemKeyspaces } from '../../../operators/cassandra/admin/cql.ts';
import { acceptedKey } from '../../../operators/cassandra/certificates.ts';
import { dataVolume, leaveAnnotation, startAnnotation } from '../../../operators/cassandra/names.ts';
import type { MemoryRoles } from '../../../operators/cassandra/testing/memory-roles.ts';
import { deepFreeze } from '../../../operators/kube/json.ts';
import type { Address } from '../../../operators/workload/address.ts';
import type { Access } from '../../../operators/workload/certificates/access.ts';
import { type Host, type Process, quorumOf, Ring, serves } from './cassandra-ring.ts';
import type { Schema } from './cassandra-schema.ts';
import {
  type Disk,
  type InitOutcome,
  type Running,
  type Software,
  type StartOutcome,
  serviceOf,
  spoilt,
} from './kubelet.ts';
import { accepts, greet, refusals } from './tls.ts';

/** Steps from start to NORMAL. */
const startSteps = 1;
const joinSteps = 3;

export class Cassandra implements Software {
  readonly #violate: (what: string) => void;
  readonly #now: () => number;
  readonly #processes = new Map<string, Process>();
  readonly #rings = new Map<string, Ring>();
  #born = 0;

  /** @param now - milliseconds */
  constructor(violate: (what: string) => void, now: () => number) {
    this.#violate = violate;
    this.#now = now;
  }

  init(container: string, member: Running): InitOutcome {
    if (container !== 'gate' || diskOf(member).has('joined')) return { kind: 'Done' };
    const grant = grantOf(member);
    if (grant === undefined) return { kind: 'Running' };
    // It would refuse to take the place of another.
    const isSeed = seedsOf(member).includes(member.pod.metadata.name);
    return grant.startsWith('Replace:') && isSeed ? { kind: 'Running' } : { kind: 'Done' };
  }

  start(member: Running): StartOutcome {
    const fate = Object.entries(settingsOf(member)).find(([, value]) => value === 'crash' || value === 'hang');
    if (fate?.[1] === 'crash') return { kind: 'Ends', message: `Invalid yaml: ${fate[0]} cannot be crash` };
    const disk = diskOf(member);
    const grant = grantOf(member) ?? '';
    const stuck = fate !== undefined || disk.has(spoilt);
    if (disk.has('left')) this.#begin(member, { mode: 'DECOMMISSIONED', stepsLeft: 0 });
    else if (disk.has('joined')) this.#begin(member, { mode: 'STARTING', stepsLeft: startSteps, stuck });
    else if (grant === 'First') this.#found(member, disk);
    else if (grant.startsWith('Replace:')) this.#replace(member, disk, grant.slice('Replace:'.length));
    else this.#join(member, disk);
    return { kind: 'Runs' };
  }

  stop(uid: string): void {
    this.#processes.delete(uid);
  }

  /** As its peers see it, too. */
  isReady(uid: string): boolean {
    const process = this.#processes.get(uid);
    if (process === undefined || !serves(process)) return false;
    const host = this.#ringOf(process.disk).hosts.find(({ hostId }) => hostId === process.disk.get('hostId'));
    return host?.generation === process.generation;
  }

  step(): void {
    for (const [name, ring] of this.#rings) ring.step(this.#members(name));
    for (const refusal of refusals([...this.#processes.values()].map(({ member }) => member))) this.#violate(refusal);
  }

  needsRestart(): boolean {
    return false;
  }

  /** Any two members down may be two replicas of something: the rest is judged by who is ready. */
  harmOfStop(): string[] {
    return [];
  }

  harmOfLoss(disk: Disk): string[] {
    const name = disk.get('ring');
    return name === undefined ? [] : this.#ringOf(disk).harmOfLoss(disk, this.#members(name));
  }

  harmOfLeave(disk: Disk): string[] {
    const name = disk.get('ring');
    return name === undefined ? [] : this.#ringOf(disk).harmOfLeave(disk);
  }

  /** The keyspaces of each ring. */
  schemas(): Schema[] {
    return [...this.#rings.values()].map(({ schema }) => schema);
  }

  /** Hosts that have not got all writes yet. */
  hints(): string[] {
    return [...this.#rings.values()].flatMap((ring) => [...ring.hints().keys()]);
  }

  /** Host ids by service of everybody whose disk says that it has joined and whose process runs. */
  hostIds(): string[] {
    return [...this.#processes.values()].map(({ disk }) => disk.get('hostId') ?? '').sort();
  }

  hasJoined(uid: string): boolean {
    const process = this.#processes.get(uid);
    return process !== undefined && serves(process);
  }

  /** Of each ring. */
  roles(): MemoryRoles[] {
    return [...this.#rings.values()].map(({ roles }) => roles);
  }

  /** Whether the roles are safe for clients, in every ring that runs. */
  isSecure(): boolean {
    return [...this.#processes.values()].every(({ disk }) => {
      const ring = this.#rings.get(disk.get('ring') ?? '');
      return ring?.hasSuperuser() === true && ring.defaultLocked;
    });
  }

  /** What somebody can do who comes by this certificate. */
  adminFor(access: Access): CassandraAdmin {
    return new Proxy(this.admin, {
      get:
        (admin, call: keyof CassandraAdmin) =>
        async (address: Address, ...rest: unknown[]) => {
          const process = this.#at(address.host);
          const leaf = greet(process.member, access, this.#now());
          const isClient = call === 'certificate' ? rest[0] === 'Cql' : call !== 'ask';
          if (isClient) admit(process.member, access);
          if (call === 'certificate') return this.#hear(process, rest[0] as Protocol, leaf);
          return Reflect.apply(admin[call], admin, [address, ...rest]);
        },
    });
  }

  /** The agent answers whatever its process is at. */
  #hear(process: Process, protocol: Protocol, leaf: string): string {
    const { mode } = process;
    const isOpen = { Agent: true, Internode: mode !== 'DECOMMISSIONED', Cql: serves(process) }[protocol];
    if (!isOpen) throw new Error(`connect ECONNREFUSED ${process.member.address}`);
    return leaf;
  }

  readonly admin: CassandraAdmin = {
    certificate: () => Promise.reject(new Error('nobody has come')),
    ask: async ({ host }) => this.#word(host),
    inspect: async (target, own, replication) => this.#inspect(target, own, replication),
    keyspaces: async (target, own) => this.#login(target, own).keyspaces(target.datacenter),
    changeKeyspaces: async (target, own, changes) => this.#login(target, own).schema.alter(changes),
    createSuperuser: async (target, own) => {
      const ring = this.#open(target);
      if (ring.defaultLocked) throw new Error('Provided username cassandra and/or password are incorrect');
      this.#quorum(ring, target);
      ring.createSuperuser(own);
    },
    lockDefault: async (target, own) => {
      this.#login(target, own).defaultLocked = true;
    },
    replicate: async (target, own, keyspaces, replication) => {
      const ring = this.#login(target, own);
      for (const keyspace of keyspaces) ring.replication.set(keyspace, replication);
    },
    roles: async (target, own) => this.#login(target, own).roles.read(),
    changeRoles: async (target, own, changes) => this.#login(target, own).changeRoles(changes, this.#at(target.host)),
    letsIn: async (target, credentials) => this.#admits(target, credentials),
  };

  #begin(member: Running, about: Partial<Process> & Pick<Process, 'mode' | 'stepsLeft'>): void {
    this.#born += 1;
    const process = { member, disk: diskOf(member), generation: this.#born };
    const idle = { replaces: undefined, stuck: false, maintenance: undefined };
    this.#processes.set(member.uid, { ...process, ...idle, ...about });
  }

  #found(member: Running, disk: Disk): void {
    const name = member.pod.metadata.name;
    const others = this.#peers(member).map((peer) => peer.member.pod.metadata.name);
    if (others.length > 0) this.#violate(`${name} founds a second ring beside ${others.join(', ')}`);
    if (!seedsOf(member).includes(name)) this.#violate(`${name} founds a ring and is not its own seed`);
    const ring = `ring-${name}-${this.#born}`;
    this.#rings.set(ring, new Ring(this.#violate, this.#now));
    this.#name(disk, ring);
    this.#begin(member, { mode: 'STARTING', stepsLeft: startSteps });
  }

  #join(member: Running, disk: Disk): void {
    const ring = this.#enter(member);
    if (ring === undefined) return;
    const away = this.#ring(ring).hosts.filter(({ alive, hostId }) => !alive && hostId !== disk.get('hostId'));
    // A range might be taken from a replica that lacks the newest writes.
    if (away.length > 0) this.#violate(`${member.pod.metadata.name} joins while ${addresses(away)} is down`);
    this.#name(disk, ring);
    this.#begin(member, { mode: 'JOINING', stepsLeft: joinSteps });
  }

  #replace(member: Running, disk: Disk, address: string): void {
    const ring = this.#enter(member);
    if (ring === undefined) return;
    const { name } = member.pod.metadata;
    const host = this.#ring(ring).hosts.find((known) => known.address === address);
    if (host === undefined) this.#violate(`${name} replaces ${address}, which nobody knows`);
    if (host?.alive === true) this.#violate(`${name} replaces ${address}, which lives`);
    this.#name(disk, ring);
    this.#begin(member, { mode: 'JOINING', stepsLeft: joinSteps, replaces: host?.hostId });
  }

  /** The ring that it finds by its seeds. */
  #enter(member: Running): string | undefined {
    const { name } = member.pod.metadata;
    const peers = this.#peers(member);
    const joining = peers.filter(({ mode }) => mode === 'JOINING').map((peer) => peer.member.pod.metadata.name);
    if (joining.length > 0) this.#violate(`${name} joins while ${joining.join(', ')} joins`);
    const seeds = seedsOf(member);
    if (seeds.includes(name)) this.#violate(`${name} joins and is its own seed: it would not bootstrap`);
    const seed = peers.find((peer) => serves(peer) && seeds.includes(peer.member.pod.metadata.name));
    if (seed === undefined) this.#violate(`${name} joins and none of its seeds ${seeds.join(', ')} is NORMAL`);
    return seed?.disk.get('ring');
  }

  #name(disk: Disk, ring: string): void {
    this.#born += 1;
    disk.set('ring', ring);
    if (!disk.has('hostId')) disk.set('hostId', `host-${this.#born}`);
  }

  #members(ring: string): Process[] {
    return [...this.#processes.values()].filter(({ disk }) => disk.get('ring') === ring);
  }

  #ringOf(disk: Disk): Ring {
    return this.#ring(disk.get('ring') ?? '');
  }

  #ring(name: string): Ring {
    const ring = this.#rings.get(name);
    if (ring === undefined) throw new Error(`there is no ring ${name}`);
    return ring;
  }

  #peers(member: Running): Process[] {
    const service = serviceOf(member);
    return [...this.#processes.values()].filter((other) => serviceOf(other.member) === service);
  }

  #at(host: string): Process {
    const found = [...this.#processes.values()].find(({ member }) => member.address === host);
    if (found === undefined) throw new Error(`connect ECONNREFUSED ${host}`);
    return found;
  }

  #word(host: string): MemberWord {
    const process = this.#at(host);
    const ring = this.#ringOf(process.disk);
    const hostId = process.disk.get('hostId');
    const others = ring.hosts.filter((known) => known.hostId !== hostId);
    const members = this.#members(process.disk.get('ring') ?? '');
    const inMode = (wanted: Process['mode']): string[] =>
      members.filter(({ mode }) => mode === wanted).map(({ member }) => member.address);
    const up = others.filter(({ alive }) => alive).map(({ address }) => address);
    return {
      operationMode: process.mode,
      hostId,
      generation: process.generation,
      schema: 'schema-1',
      live: serves(process) ? [host, ...up] : up,
      unreachable: others.filter(({ alive }) => !alive).map(({ address }) => address),
      joining: inMode('JOINING'),
      leaving: inMode('LEAVING'),
      moving: [],
      peers: [...others.map(peerOf), ...ring.gone],
      hints: [...ring.hints()]
        .filter(([missed]) => missed !== hostId)
        .map(([missed, files]) => ({ hostId: missed, files })),
      load: 1e6,
      disk: { totalBytes: 1e9, usableBytes: 9e8 },
      leave: leaveOf(process),
      maintenance: maintenanceOf(process),
    };
  }

  #open({ host }: Target): Ring {
    const process = this.#at(host);
    const ring = this.#rings.get(process.disk.get('ring') ?? '');
    if (!serves(process) || ring === undefined) throw new Error(`connect ECONNREFUSED ${host}:9042`);
    return ring;
  }

  #quorum(ring: Ring, { host }: Target): void {
    const replicas = ring.replication.get('system_auth') ?? 1;
    const live = this.#peers(this.#at(host).member).filter(serves).length;
    if (live < quorumOf(replicas)) throw new Error('Cannot achieve consistency level LOCAL_QUORUM');
  }

  #admits(target: Target, credentials: Credentials): boolean {
    const ring = this.#open(target);
    this.#quorum(ring, target);
    return ring.admits(credentials, this.#at(target.host));
  }

  #login(target: Target, own: Superuser): Ring {
    const known = [own, own.next].find((login) => login !== undefined && this.#admits(target, login));
    const ring = this.#open(target);
    if (known !== undefined && ring.roles.roles.get(known.username)?.superuser === true) return ring;
    throw new Error(`Provided username ${own.username} and/or password are incorrect`);
  }

  #inspect(target: Target, own: Superuser, replication: number): Authentication {
    try {
      const ring = this.#login(target, own);
      const unreplicated = systemKeyspaces.filter((name) => ring.replication.get(name) !== replication);
      return { kind: 'Ours', roles: { defaultLocked: ring.defaultLocked, unreplicated } };
    } catch (error) {
      const message = String(error);
      if (message.includes('Cannot achieve consistency level')) return { kind: 'NotEnoughReplicas' };
      if (!message.includes('are incorrect')) return { kind: 'Unknown', message };
    }
    if (this.#open(target).defaultLocked) return { kind: 'Unknown', message: 'nobody can log in' };
    if (this.#open(target).hasSuperuser()) this.#violate('the superuser has a password that nobody knows');
    return { kind: 'Default' };
  }
}

function diskOf(member: Running): Disk {
  const disk = member.disks.get(dataVolume);
  if (disk === undefined) throw new Error(`${member.pod.metadata.name} has no volume`);
  return disk;
}

function grantOf({ pod }: Running): string | undefined {
  return pod.metadata.annotations?.[startAnnotation];
}

function peerOf({ leaving, ...host }: Host): Peer {
  const known = { ...host, member: true };
  if (leaving) return { ...known, status: 'LEAVING' };
  return { ...known, status: host.alive ? 'NORMAL' : 'shutdown' };
}

function leaveOf({ member, mode }: Process): LeaveWord | undefined {
  if (member.pod.metadata.annotations?.[leaveAnnotation] === undefined) return undefined;
  return { kind: mode === 'DECOMMISSION_FAILED' ? 'Failed' : 'Asked', message: `is ${mode}` };
}

function maintenanceOf({ maintenance }: Process): MaintenanceWord {
  if (maintenance === undefined) return { kind: 'Idle' };
  return { kind: maintenance.stepsLeft > 0 ? 'Running' : 'Done', id: maintenance.wish.split(':')[1] ?? '' };
}

/** As whoever shows a certificate: one that is not accepted ends the connection, whatever password would follow. */
function admit(member: Running, access: Access): void {
  const { client_encryption_options: client } = settingsOf(member);
  if (Object(client).require_client_auth === true && !accepts(member.files[acceptedKey], access))
    throw new Error('tlsv1 alert unknown ca');
}

/** By text: a process is asked for its settings with every call, and thousands of worlds have the same. */
const read = new Map<string, Record<string, unknown>>();

function settingsOf({ config }: Running): Record<string, unknown> {
  const text = config['cassandra.yaml'] ?? '';
  if (!read.has(text)) read.set(text, deepFreeze(Object(parse(text))));
  return read.get(text) ?? {};
}

function addresses(hosts: Host[]): string {
  return hosts.map(({ address }) => address).join(', ');
}

/** Pod names of the seeds that the process was started with. */
function seedsOf(member: Running): string[] {
  const text = JSON.stringify(settingsOf(member));
  const seeds = /"seeds":"([^"]*)"/.exec(text)?.[1] ?? '';
  return seeds.split(',').map((seed) => seed.split('.')[0] ?? '');
}
