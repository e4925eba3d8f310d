/** Cassandra as far as its operator can tell: rings, roles, and members that join one at a time or spoil everything. */
import { parse } from 'yaml';
import type {
  Authentication,
  CassandraAdmin,
  Credentials,
  MemberWord,
  Target,
} from '../../../operators/cassandra/admin/admin.ts';
import { systemKeyspaces } from '../../../operators/cassandra/admin/cql.ts';
import { dataVolume, startAnnotation } from '../../../operators/cassandra/names.ts';
import { keys } from '../../../operators/workload/identity.ts';
import type { Disk, InitOutcome, Running, Software } from './kubelet.ts';

/** Steps from start to NORMAL. */
const startSteps = 1;
const joinSteps = 3;

interface Process {
  member: Running;
  disk: Disk;
  mode: 'STARTING' | 'JOINING' | 'NORMAL';
  stepsLeft: number;
}

/** What a ring's tables hold. */
interface Ring {
  superuser: Credentials | undefined;
  defaultLocked: boolean;
  replication: Map<string, number>;
}

export class Cassandra implements Software {
  readonly #violate: (what: string) => void;
  readonly #processes = new Map<string, Process>();
  readonly #rings = new Map<string, Ring>();
  #born = 0;

  constructor(violate: (what: string) => void) {
    this.#violate = violate;
  }

  init(container: string, member: Running): InitOutcome {
    if (container !== 'gate' || diskOf(member).has('joined')) return { kind: 'Done' };
    return grantOf(member) === undefined ? { kind: 'Running' } : { kind: 'Done' };
  }

  start(member: Running): void {
    const disk = diskOf(member);
    if (disk.has('joined')) this.#begin(member, disk, 'STARTING', startSteps);
    else if (grantOf(member) === 'First') this.#found(member, disk);
    else this.#join(member, disk);
  }

  stop(uid: string): void {
    this.#processes.delete(uid);
  }

  isReady(uid: string): boolean {
    return this.#processes.get(uid)?.mode === 'NORMAL';
  }

  step(): void {
    for (const process of this.#processes.values()) {
      process.stepsLeft -= 1;
      if (process.stepsLeft >= 0 || process.mode === 'NORMAL') continue;
      process.mode = 'NORMAL';
      process.disk.set('joined', 'yes');
    }
  }

  /** Host ids by service of everybody whose disk says that it has joined and whose process runs. */
  hostIds(): string[] {
    return [...this.#processes.values()].map(({ disk }) => disk.get('hostId') ?? '').sort();
  }

  hasJoined(uid: string): boolean {
    const process = this.#processes.get(uid);
    return process !== undefined && process.mode === 'NORMAL';
  }

  /** Whether the roles are safe for clients, in every ring that runs. */
  isSecure(): boolean {
    return [...this.#processes.values()].every(({ disk }) => {
      const ring = this.#rings.get(disk.get('ring') ?? '');
      return ring?.superuser !== undefined && ring.defaultLocked;
    });
  }

  readonly admin: CassandraAdmin = {
    ask: async (host) => this.#word(host),
    inspect: async (target, own, replication) => this.#inspect(target, own, replication),
    createSuperuser: async (target, own) => {
      const ring = this.#ring(target);
      if (ring.defaultLocked) throw new Error('Provided username cassandra and/or password are incorrect');
      this.#quorum(ring, target);
      ring.superuser ??= own;
    },
    lockDefault: async (target, own) => {
      this.#login(target, own).defaultLocked = true;
    },
    replicate: async (target, own, keyspaces, replication) => {
      const ring = this.#login(target, own);
      for (const keyspace of keyspaces) ring.replication.set(keyspace, replication);
    },
  };

  #begin(member: Running, disk: Disk, mode: Process['mode'], stepsLeft: number): void {
    this.#processes.set(member.uid, { member, disk, mode, stepsLeft });
  }

  #found(member: Running, disk: Disk): void {
    const name = member.pod.metadata.name;
    const others = this.#peers(member).map((peer) => peer.member.pod.metadata.name);
    if (others.length > 0) this.#violate(`${name} founds a second ring beside ${others.join(', ')}`);
    if (!seedsOf(member).includes(name)) this.#violate(`${name} founds a ring and is not its own seed`);
    const ring = `ring-${name}-${this.#born}`;
    this.#name(disk, ring);
    this.#rings.set(ring, { superuser: undefined, defaultLocked: false, replication: new Map() });
    this.#begin(member, disk, 'STARTING', startSteps);
  }

  #join(member: Running, disk: Disk): void {
    const { name } = member.pod.metadata;
    const peers = this.#peers(member);
    const joining = peers.filter(({ mode }) => mode === 'JOINING').map((peer) => peer.member.pod.metadata.name);
    if (joining.length > 0) this.#violate(`${name} joins while ${joining.join(', ')} joins`);
    const seeds = seedsOf(member);
    if (seeds.includes(name)) this.#violate(`${name} joins and is its own seed: it would not bootstrap`);
    const seed = peers.find((peer) => peer.mode === 'NORMAL' && seeds.includes(peer.member.pod.metadata.name));
    if (seed === undefined) {
      this.#violate(`${name} joins and none of its seeds ${seeds.join(', ')} is NORMAL`);
      return;
    }
    this.#name(disk, seed.disk.get('ring') ?? '');
    this.#begin(member, disk, 'JOINING', joinSteps);
  }

  #name(disk: Disk, ring: string): void {
    this.#born += 1;
    disk.set('ring', ring);
    if (!disk.has('hostId')) disk.set('hostId', `host-${this.#born}`);
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
    const ring = this.#peers(process.member).filter(({ disk }) => disk.get('ring') === process.disk.get('ring'));
    const addresses = (mode: Process['mode']): string[] =>
      ring.filter((peer) => peer.mode === mode).map((peer) => peer.member.address);
    return {
      operationMode: process.mode,
      hostId: process.disk.get('hostId'),
      live: addresses('NORMAL'),
      unreachable: [],
      joining: addresses('JOINING'),
    };
  }

  #ring({ host }: Target): Ring {
    const process = this.#at(host);
    const ring = this.#rings.get(process.disk.get('ring') ?? '');
    if (process.mode !== 'NORMAL' || ring === undefined) throw new Error(`connect ECONNREFUSED ${host}:9042`);
    return ring;
  }

  #quorum(ring: Ring, { host }: Target): void {
    const replicas = ring.replication.get('system_auth') ?? 1;
    const live = this.#peers(this.#at(host).member).filter(({ mode }) => mode === 'NORMAL').length;
    if (live < Math.floor(replicas / 2) + 1) throw new Error('Cannot achieve consistency level LOCAL_QUORUM');
  }

  #login(target: Target, own: Credentials): Ring {
    const ring = this.#ring(target);
    this.#quorum(ring, target);
    const { username, password } = ring.superuser ?? {};
    if (username === own.username && password === own.password) return ring;
    throw new Error(`Provided username ${own.username} and/or password are incorrect`);
  }

  #inspect(target: Target, own: Credentials, replication: number): Authentication {
    try {
      const ring = this.#login(target, own);
      const unreplicated = systemKeyspaces.filter((name) => ring.replication.get(name) !== replication);
      return { kind: 'Ours', roles: { defaultLocked: ring.defaultLocked, unreplicated } };
    } catch (error) {
      const message = String(error);
      if (message.includes('Cannot achieve consistency level')) return { kind: 'NotEnoughReplicas' };
      if (!message.includes('are incorrect')) return { kind: 'Unknown', message };
    }
    if (this.#ring(target).defaultLocked) return { kind: 'Unknown', message: 'nobody can log in' };
    if (this.#ring(target).superuser !== undefined) this.#violate('the superuser has a password that nobody knows');
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

function serviceOf({ pod }: Running): string {
  return `${pod.metadata.namespace}/${pod.metadata.labels?.[keys.service]}`;
}

/** Pod names of the seeds that the process was started with. */
function seedsOf({ config }: Running): string[] {
  const text = JSON.stringify(parse(config['cassandra.yaml'] ?? '')?.seed_provider ?? '');
  const seeds = /"seeds":"([^"]*)"/.exec(text)?.[1] ?? '';
  return seeds.split(',').map((seed) => seed.split('.')[0] ?? '');
}
