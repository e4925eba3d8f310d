/** Kafka as far as its operator can tell: formatted volumes, a quorum of the initial controllers, registered brokers. */
import type { Address, Broker, ClusterView, KafkaAdmin, Voter } from '../../../operators/kafka/admin/admin.ts';
import { brokerRoleLabel, ports } from '../../../operators/kafka/names.ts';
import { zoneAnnotation } from '../../../operators/kafka/start.ts';
import { keys } from '../../../operators/workload/identity.ts';
import type { Disk, InitOutcome, Running, Software } from './kubelet.ts';

const zoneLabel = 'topology.kubernetes.io/zone';

interface Process {
  member: Running;
  disk: Disk;
  nodeId: number;
  broker: boolean;
  controller: boolean;
}

export class Kafka implements Software {
  readonly #violate: (what: string) => void;
  readonly #processes = new Map<string, Process>();
  #directories = 0;

  constructor(violate: (what: string) => void) {
    this.#violate = violate;
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

  start(member: Running): void {
    const properties = member.config['server.properties'] ?? '';
    const roles = /^process\.roles=(.*)$/m.exec(properties)?.[1] ?? '';
    const nodeId = nodeIdOf(member);
    const process = { member, disk: metadataDisk(member), nodeId, broker: roles.includes('broker') };
    const labelled = member.pod.metadata.labels?.[brokerRoleLabel] === 'true';
    if (process.broker !== labelled) this.#violate(`the label of ${member.pod.metadata.name} denies its roles`);
    this.#processes.set(member.uid, { ...process, controller: roles.includes('controller') });
  }

  stop(uid: string): void {
    this.#processes.delete(uid);
  }

  isReady(uid: string): boolean {
    const process = this.#processes.get(uid);
    return process !== undefined && this.#leader(process) >= 0;
  }

  /** Elections take no time here. */
  step(): void {
    const ids = [...this.#processes.values()].map(({ nodeId, member }) => `${serviceOf(member)} ${nodeId}`);
    if (new Set(ids).size < ids.length) this.#violate(`two members have one node id: ${ids.sort().join(', ')}`);
  }

  identities(): string[] {
    return [...this.#processes.values()]
      .map(({ nodeId, disk }) => `${nodeId} ${disk.get('clusterId')} ${disk.get('directoryId')}`)
      .sort();
  }

  readonly admin: KafkaAdmin = { describe: async (address) => this.#describe(address) };

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

  #peers(member: Running): Process[] {
    return [...this.#processes.values()].filter((other) => serviceOf(other.member) === serviceOf(member));
  }

  /** The lowest running voter, if a majority of the voters runs with the directories that they were born with. */
  #leader(process: Process): number {
    const peers = this.#peers(process.member);
    if (new Set(peers.map(({ disk }) => disk.get('clusterId'))).size > 1) this.#violate('one service, two cluster ids');
    const lists = new Set(peers.flatMap(({ disk }) => disk.get('voters') ?? []));
    if (lists.size > 1) this.#violate(`a quorum was founded twice: ${[...lists].join(' and ')}`);
    const [list] = lists;
    const voters = (list ?? '').split(',').map((voter) => ({ nodeId: Number(voter.split('@')[0]), text: voter }));
    const running = voters.filter(({ nodeId, text }) =>
      peers.some((peer) => peer.nodeId === nodeId && text.endsWith(`:${peer.disk.get('directoryId')}`)),
    );
    const majority = list !== undefined && running.length > voters.length / 2;
    return majority ? Math.min(...running.map(({ nodeId }) => nodeId)) : -1;
  }

  #describe({ host, port }: Address): ClusterView {
    const process = [...this.#processes.values()].find(({ member }) => member.address === host);
    const open = process?.broker === true ? ports.internal : ports.controller;
    if (process === undefined || port !== open) throw new Error(`connect ECONNREFUSED ${host}:${port}`);
    const leaderId = this.#leader(process);
    const peers = this.#peers(process.member);
    const voters = peers.filter(({ controller }) => controller).map(voterOf);
    const brokers = process.broker ? peers.filter(({ broker }) => broker).map((peer) => brokerOf(peer, leaderId)) : [];
    return { clusterId: process.disk.get('clusterId') ?? '', quorum: { leaderId, voters, observers: [] }, brokers };
  }
}

function voterOf({ nodeId, disk }: Process): Voter {
  return { nodeId, directoryId: disk.get('directoryId') ?? '', logEndOffset: 1n };
}

function brokerOf({ nodeId, disk }: Process, leaderId: number): Broker {
  return { nodeId, rack: disk.get('zone'), fenced: leaderId < 0 };
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

function serviceOf({ pod }: Running): string {
  return `${pod.metadata.namespace}/${pod.metadata.labels?.[keys.service]}`;
}
