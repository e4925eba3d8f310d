/** Kafka as far as its operator can tell: formatted volumes, processes, and one cluster for each cluster id. */
import type { Address, KafkaAdmin } from '../../../operators/kafka/admin/admin.ts';
import { brokerRoleLabel, ports } from '../../../operators/kafka/names.ts';
import { zoneAnnotation } from '../../../operators/kafka/start.ts';
import { MemoryTopics, memoryTopicAdmin } from '../../../operators/kafka/testing/memory-topics.ts';
import { MemoryUsers, memoryUserAdmin } from '../../../operators/kafka/testing/memory-users.ts';
import type { Access } from '../../../operators/workload/certificates/access.ts';
import { Cluster } from './kafka-cluster.ts';
import type { Process } from './kafka-process.ts';
import {
  type Disk,
  type InitOutcome,
  type Running,
  type Software,
  type StartOutcome,
  serviceOf,
  spoilt,
} from './kubelet.ts';
import { greet, refusals } from './tls.ts';

const zoneLabel = 'topology.kubernetes.io/zone';

export class Kafka implements Software {
  readonly #violate: (what: string) => void;
  readonly #processes = new Map<string, Process>();
  /** By cluster id. */
  readonly #clusters = new Map<string, Cluster>();
  readonly #now: () => number;
  #directories = 0;
  /** Node ids of brokers that pass nothing on to the controllers, until their next start or for good. */
  readonly deaf = new Set<number>();
  incurable = false;

  constructor(violate: (what: string) => void, now: () => number) {
    this.#violate = violate;
    this.#now = now;
  }

  init(container: string, member: Running): InitOutcome {
    if (container !== 'prepare') return { kind: 'Done' };
    const { labels = {}, annotations = {} } = member.pod.metadata;
    if (labels[zoneLabel] === undefined && annotations[zoneAnnotation] === undefined && !known(member)) {
      return { kind: 'Running' };
    }
    for (const disk of member.disks.values()) disk.set('zone', labels[zoneLabel] ?? annotations[zoneAnnotation] ?? '');
    return this.#format(member);
  }

  start(member: Running): StartOutcome {
    const properties = member.config['server.properties'] ?? '';
    const fate = /^(\S+)=(crash|hang)$/m.exec(properties);
    if (fate?.[2] === 'crash') return { kind: 'Ends', message: `Invalid value crash for configuration ${fate[1]}` };
    const roles = /^process\.roles=(.*)$/m.exec(properties)?.[1] ?? '';
    const [broker, controller] = [roles.includes('broker'), roles.includes('controller')];
    const labelled = member.pod.metadata.labels?.[brokerRoleLabel] === 'true';
    if (broker !== labelled) this.#violate(`the label of ${member.pod.metadata.name} denies its roles`);
    const disk = metadataDisk(member);
    const stuck = fate !== null || disk.has(spoilt);
    if (!this.incurable) this.deaf.delete(nodeIdOf(member));
    const listeners = [...(/^listeners=(.*)$/m.exec(properties)?.[1] ?? '').matchAll(/([A-Z0-9]+)\\?:/g)].map(
      ([, name = '']) => name,
    );
    this.#run({ member, disk, nodeId: nodeIdOf(member), listeners, broker, controller, age: 0, stuck });
    return { kind: 'Runs' };
  }

  stop(uid: string): void {
    const process = this.#processes.get(uid);
    this.#processes.delete(uid);
    if (process !== undefined) this.#clusterOf(process.disk).stop(process);
  }

  isReady(uid: string): boolean {
    const process = this.#processes.get(uid);
    return process !== undefined && this.#clusterOf(process.disk).isReady(process);
  }

  step(): void {
    const ids = [...this.#processes.values()].map(({ nodeId, member }) => `${serviceOf(member)} ${nodeId}`);
    if (new Set(ids).size < ids.length) this.#violate(`two members have one node id: ${ids.sort().join(', ')}`);
    for (const cluster of this.#clusters.values()) cluster.step(this.#now());
    for (const refusal of refusals([...this.#processes.values()].map(({ member }) => member))) this.#violate(refusal);
  }

  /** What would be lost if this process ended now, though it serves. */
  harmOfStop(uid: string): string[] {
    const process = this.#processes.get(uid);
    return process === undefined ? [] : this.#clusterOf(process.disk).harmOfStop(process);
  }

  needsRestart(uid: string): boolean {
    const process = this.#processes.get(uid);
    return process !== undefined && this.deaf.has(process.nodeId);
  }

  harmOfLoss(disk: Disk): string[] {
    return disk.has('clusterId') ? this.#clusterOf(disk).harmOfLoss(disk) : [];
  }

  harmOfLeave(disk: Disk): string[] {
    return disk.has('clusterId') ? this.#clusterOf(disk).harmOfLeave(disk) : [];
  }

  /** The only one that there is. */
  get cluster(): Cluster {
    const [first, ...others] = this.#clusters.values();
    if (first === undefined || others.length > 0) throw new Error(`there are ${this.#clusters.size} Kafkas`);
    return first;
  }

  /** What each broker has open that runs. */
  listeners(): { broker: string; open: string[] }[] {
    const brokers = [...this.#processes.values()].filter(({ broker }) => broker);
    return brokers.map(({ member, listeners }) => ({ broker: member.pod.metadata.name, open: listeners }));
  }

  identities(): string[] {
    return [...this.#processes.values()]
      .map(({ nodeId, disk }) => `${nodeId} ${disk.get('clusterId')} ${disk.get('directoryId')}`)
      .sort();
  }

  /** What somebody can do who comes by this certificate. */
  adminFor(access: Access): KafkaAdmin {
    return new Proxy(this.admin, {
      get:
        (admin, call: keyof KafkaAdmin) =>
        async (address: Address, ...rest: unknown[]) => {
          const leaf = greet(this.#at(address).member, access, this.#now());
          return call === 'certificate' ? leaf : Reflect.apply(admin[call], admin, [address, ...rest]);
        },
    });
  }

  /** Of the only Kafka that there is. */
  readonly users = new MemoryUsers();
  readonly topics = new MemoryTopics();

  readonly admin: KafkaAdmin = {
    ...memoryUserAdmin(async (address) => this.#answering(address, this.users)),
    ...memoryTopicAdmin(async (address) => this.#answering(address, this.topics)),
    certificate: () => Promise.reject(new Error('nobody has come')),
    describe: async (address) => {
      const process = this.#passing(address);
      return this.#clusterOf(process.disk).describe(address.port === ports.internal);
    },
    forwards: async (address) => !this.deaf.has(this.#at(address).nodeId),
    partitions: async (address) => this.#asked(address).topics.list(),
    dynamicConfig: async (address) => new Map(this.#asked(address).heard),
    alterDynamicConfig: async (address, changes, { validateOnly }) => this.#told(address).alter(changes, validateOnly),
    reassignments: async (address) => this.#told(address).topics.moves(),
    reassign: async (address, moves) => this.#told(address).reassign(moves),
    logDirs: async (address) => [this.#asked(address).logDir(this.#at(address).nodeId)],
    cordon: async (address, nodeId, cordoned) => {
      const { nodeId: own, disk } = this.#passing(address);
      const cluster = this.#clusterOf(disk);
      if (own === nodeId && address.port === ports.internal) return cluster.cordon(nodeId, cordoned);
      if (address.port === ports.controller) {
        if (cluster.quorum.leaderId !== own) throw new Error('NOT_CONTROLLER');
        if (cluster.isStopped(nodeId)) return cluster.cordon(nodeId, cordoned);
      }
      return { kind: 'Refused', message: `Unexpected broker id, expected ${own}, but received ${nodeId}` };
    },
    electPreferred: async (address, partitions) => this.#told(address).electPreferred(partitions),
    addVoter: async (address, voter, clusterId) => this.#led(address, clusterId, (cluster) => cluster.addVoter(voter)),
    removeVoter: async (address, voter, clusterId) =>
      this.#led(address, clusterId, (cluster) => cluster.removeVoter(voter)),
    unregisterBroker: async (address, nodeId) => this.#told(address).unregister(nodeId),
  };

  #answering<Part>(address: Address, part: Part): Part {
    this.#told(address);
    return part;
  }

  /** The cluster of the broker that is asked. */
  #asked(address: Address): Cluster {
    if (address.port !== ports.internal) throw new Error('UNSUPPORTED_VERSION: a controller does not answer this');
    return this.#clusterOf(this.#at(address).disk);
  }

  /** The same, of what the broker passes on. */
  #told(address: Address): Cluster {
    this.#passing(address);
    return this.#asked(address);
  }

  #passing(address: Address): Process {
    const process = this.#at(address);
    if (address.port === ports.internal && this.deaf.has(process.nodeId)) throw new Error('Request timed out');
    return process;
  }

  /** What a controller refuses that does not lead; a broker passes the request on. */
  #led<Answer>(address: Address, clusterId: string, change: (cluster: Cluster) => Answer) {
    const { nodeId, disk } = this.#passing(address);
    const cluster = this.#clusterOf(disk);
    if (disk.get('clusterId') !== clusterId) throw new Error('INCONSISTENT_CLUSTER_ID');
    const leads = cluster.quorum.leaderId === nodeId || address.port === ports.internal;
    return leads ? change(cluster) : { kind: 'Refused' as const, message: 'NOT_LEADER_OR_FOLLOWER' };
  }

  #at({ host, port }: Address): Process {
    const process = [...this.#processes.values()].find(({ member }) => member.address === host);
    const open = [...(process?.broker ? [ports.internal] : []), ...(process?.controller ? [ports.controller] : [])];
    if (process === undefined || process.stuck || !open.some((each) => each === port)) {
      throw new Error(`connect ECONNREFUSED ${host}:${port}`);
    }
    return process;
  }

  #run(process: Process): void {
    this.#processes.set(process.member.uid, process);
    const peers = [...this.#processes.values()].filter(
      (other) => serviceOf(other.member) === serviceOf(process.member),
    );
    if (new Set(peers.map(({ disk }) => disk.get('clusterId'))).size > 1) this.#violate('one service, two cluster ids');
    this.#clusterOf(process.disk).start(process);
  }

  #clusterOf(disk: Disk): Cluster {
    const clusterId = disk.get('clusterId') ?? '';
    const cluster = this.#clusters.get(clusterId) ?? new Cluster(clusterId, this.#violate);
    this.#clusters.set(clusterId, cluster);
    return cluster;
  }

  #format(member: Running): InitOutcome {
    const script = member.config['prepare.sh'] ?? '';
    const clusterId = /--cluster-id=(\S+)/.exec(script)?.[1] ?? '';
    const strangers = (member.config['strangers'] ?? '').split('\n');
    const format = strangers.includes(String(nodeIdOf(member))) ? '' : (member.config['format'] ?? '');
    for (const disk of member.disks.values()) {
      const own = disk.get('clusterId');
      if (own !== undefined && own !== clusterId) {
        return { kind: 'Failed', message: `belongs to another cluster: ${own}, not ${clusterId}` };
      }
      if (own === undefined) this.#formatDisk(disk, clusterId, format, member);
    }
    return { kind: 'Done' };
  }

  #formatDisk(disk: Disk, clusterId: string, format: string, member: Running): void {
    const voters = /--initial-controllers=(\S+)/.exec(format)?.[1];
    this.#directories += 1;
    disk.set('clusterId', clusterId);
    disk.set('directoryId', `random-${this.#directories}`);
    if (voters === undefined) return;
    disk.set('voters', voters);
    const own = voters.split(',').find((voter) => voter.startsWith(`${nodeIdOf(member)}@`));
    if (own === undefined) this.#violate(`${member.pod.metadata.name} is formatted with the voters ${voters}`);
    else disk.set('directoryId', own.split(':').at(-1) ?? '');
  }
}

function known(member: Running): boolean {
  return metadataDisk(member).has('zone');
}

function metadataDisk(member: Running): Disk {
  const [first] = member.disks.values();
  if (first === undefined) throw new Error(`${member.pod.metadata.name} has no volume`);
  return first;
}

function nodeIdOf({ pod }: Running): number {
  return Number(pod.metadata.labels?.['apps.kubernetes.io/pod-index']);
}
