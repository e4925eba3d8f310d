/** Every node's kubelet: mounts, runs init containers one after another, then the process; says what it sees. */
import { acceptedKey } from '../../../operators/cassandra/certificates.ts';
import { clientAuthorityVolume } from '../../../operators/cassandra/names.ts';
import {
  type ConfigMap,
  configMaps,
  type KubeObject,
  type Pod,
  persistentVolumeClaims,
  pods,
  refOf,
  secrets,
} from '../../../operators/kube/resource.ts';
import { broughtMark } from '../../../operators/workload/certificates/plan.ts';
import { keys } from '../../../operators/workload/identity.ts';
import type { ApiServer } from './api-server.ts';
import { claimsOf } from './garbage-collector.ts';
import { podStatus } from './pod-status.ts';

const actor = 'kubelet';

/** Between two looks at the ConfigMap of a pod. */
const configSteps = 6;

/** The same of its Secret. */
const fileSteps = 10;

/** What is stored on one volume. */
export type Disk = Map<string, string>;

/** Written on a disk whose content no process can read: it hangs. */
export const spoilt = 'spoilt';

/** A pod as the software in it sees its surroundings. */
export interface Running {
  /** As it is now: the downward API follows labels and annotations. */
  pod: Pod;
  uid: string;
  address: string;
  /** By volume name. */
  disks: Map<string, Disk>;
  /** The ConfigMap as it was a while ago: a kubelet may be a minute late with changes. */
  config: Record<string, string>;
  /** The Secret, in the same way, and what else is about certificates. */
  files: Record<string, string>;
}

/** Namespace and name. */
export function serviceOf({ pod }: Running): string {
  return `${pod.metadata.namespace}/${pod.metadata.labels?.[keys.service]}`;
}

export type InitOutcome = { kind: 'Done' } | { kind: 'Running' } | { kind: 'Failed'; message: string };

export type StartOutcome = { kind: 'Runs' } | { kind: 'Ends'; message: string };

/** What runs in the pods of one product. */
export interface Software {
  init(container: string, member: Running): InitOutcome;
  start(member: Running): StartOutcome;
  stop(uid: string): void;
  isReady(uid: string): boolean;
  step(): void;
  /** What a process that ends now takes from those who use the service. */
  harmOfStop(uid: string): string[];
  /** It lacks, though it is ready, what only another start gives it. */
  needsRestart(uid: string): boolean;
  /** What nobody would have any more without this disk. */
  harmOfLoss(disk: Disk): string[];
  /** What the others still count on this disk for. */
  harmOfLeave(disk: Disk): string[];
}

export interface Runtime {
  member: Running;
  inits: number;
  /** Why the container that is next has ended. */
  failure: string | undefined;
  /** Steps until its process started. */
  age: number;
  started: boolean;
  /** Steps since it was mounted, and what the pod said of its certificates then. */
  looks: number;
  mark: string | undefined;
  /** What runs only says that the member is kept down. */
  paused: boolean;
  stopping: boolean;
}

export class Kubelet {
  readonly #server: ApiServer;
  readonly #softwareOf: (pod: Pod) => Software;
  readonly #runtimes = new Map<string, Runtime>();
  /** By uid of the claim. */
  readonly #disks = new Map<string, Disk>();
  readonly #pins = new Map<string, string>();
  #addresses = 0;

  constructor(server: ApiServer, softwareOf: (pod: Pod) => Software) {
    this.#server = server;
    this.#softwareOf = softwareOf;
  }

  nodeOf(claim: string | undefined): string | undefined {
    return this.#pins.get(claim ?? '');
  }

  pin(claim: string | undefined, node: string): void {
    this.#pins.set(claim ?? '', node);
  }

  disk(claim: KubeObject): Disk {
    const { uid = '' } = claim.metadata;
    const disk = this.#disks.get(uid) ?? new Map<string, string>();
    this.#disks.set(uid, disk);
    return disk;
  }

  /** A node is gone for good: what ran on it has ended, and Kubernetes forgets its pods. */
  lose(node: string): void {
    for (const pod of this.#server.list(pods).filter(({ spec }) => spec?.nodeName === node)) {
      this.#softwareOf(pod).stop(pod.metadata.uid ?? '');
      this.#server.erase(actor, pods, refOf(pod));
    }
  }

  run(now: string): void {
    for (const pod of this.#server.list(pods)) this.#runPod(pod, now);
    const present = new Set(this.#server.list(pods).map(({ metadata }) => metadata.uid));
    for (const uid of [...this.#runtimes.keys()]) if (!present.has(uid)) this.#runtimes.delete(uid);
  }

  #runPod(pod: Pod, now: string): void {
    if (pod.spec?.nodeName === undefined) return;
    const { uid = '' } = pod.metadata;
    const runtime = this.#runtimes.get(uid);
    // Its volumes and its sandbox take a step.
    if (runtime === undefined) this.#mount(pod);
    else runtime.member.pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#end(pod, runtime);
    else this.#live(pod, runtime, now);
  }

  #live(pod: Pod, runtime: Runtime | undefined, now: string): void {
    if (runtime !== undefined) this.#advance(pod, runtime);
    const { uid = '' } = pod.metadata;
    const ready = runtime?.started === true && this.#softwareOf(pod).isReady(uid);
    const status = podStatus(pod, runtime, ready, now);
    this.#server.modify(actor, pods, refOf(pod), (live) => ({ ...live, status }));
  }

  /** First the process stops, then the pod goes. */
  #end(pod: Pod, runtime: Runtime | undefined): void {
    if (runtime !== undefined && !runtime.stopping) {
      if (runtime.started) this.#softwareOf(pod).stop(runtime.member.uid);
      runtime.stopping = true;
      return;
    }
    this.#server.erase(actor, pods, refOf(pod));
  }

  /** Not while the ConfigMap or the Secret is missing: the kubelet waits for them. */
  #mount(pod: Pod): void {
    const [config, files] = [this.#configOf(pod), this.#filesOf(pod)];
    if (config === undefined || files === undefined) return;
    const { uid = '', namespace = '', name: podName } = pod.metadata;
    this.#addresses += 1;
    const disks = new Map<string, Disk>();
    for (const name of claimsOf(pod)) {
      const claim = this.#server.get(persistentVolumeClaims, { namespace, name });
      if (claim !== undefined) disks.set(name.slice(0, -podName.length - 1), this.disk(claim));
    }
    const address = `10.0.${this.#addresses >> 8}.${this.#addresses & 255}`;
    const member = { pod, uid, address, disks, config: config.data ?? {}, files };
    this.#runtimes.set(uid, {
      member,
      inits: 0,
      failure: undefined,
      age: 0,
      started: false,
      looks: 0,
      mark: pod.metadata.annotations?.[broughtMark],
      paused: false,
      stopping: false,
    });
  }

  #configOf(pod: Pod): ConfigMap | undefined {
    const volume = pod.spec?.volumes?.find(({ configMap }) => configMap !== undefined);
    return this.#server.get(configMaps, { ...refOf(pod), name: volume?.configMap?.name ?? '' });
  }

  /** None are asked for where no volume is of a Secret. */
  #filesOf(pod: Pod): Record<string, string> | undefined {
    const volume = pod.spec?.volumes?.find(({ secret }) => secret !== undefined);
    if (volume === undefined) return {};
    const secret = this.#server.get(secrets, { ...refOf(pod), name: volume.secret?.secretName ?? '' });
    if (secret === undefined) return undefined;
    const entries = Object.entries(secret.data ?? {});
    const files = entries.map(([key, value]): [string, string] => [key, Buffer.from(value, 'base64').toString()]);
    return { ...Object.fromEntries(files), ...this.#clientAuthorities(pod) };
  }

  /** Of a Cassandra whose clients have certificates. */
  #clientAuthorities(pod: Pod): Record<string, string> {
    const volume = pod.spec?.volumes?.find(({ name }) => name === clientAuthorityVolume);
    const data = this.#server.get(configMaps, { ...refOf(pod), name: volume?.configMap?.name ?? '' })?.data;
    const accepted = data?.[acceptedKey];
    return accepted === undefined ? {} : { [acceptedKey]: accepted };
  }

  /** At most one container further in each step. */
  #advance(pod: Pod, runtime: Runtime): void {
    this.#refreshFiles(pod, runtime);
    const container = pod.spec?.initContainers?.[runtime.inits] ?? pod.spec?.containers[0];
    if (runtime.paused) this.#endPause(pod, runtime);
    if (runtime.started || container === undefined || isBroken(container.image)) return;
    const software = this.#softwareOf(pod);
    this.#refresh(pod, runtime);
    if (runtime.inits === (pod.spec?.initContainers ?? []).length) {
      this.#startProcess(software, runtime);
      return;
    }
    const outcome = software.init(container.name, runtime.member);
    runtime.failure = outcome.kind === 'Failed' ? outcome.message : undefined;
    if (outcome.kind === 'Done') runtime.inits += 1;
  }

  /** Once in a while, and at each change of the pod. */
  #refreshFiles(pod: Pod, runtime: Runtime): void {
    runtime.looks += 1;
    const mark = pod.metadata.annotations?.[broughtMark];
    if (mark === runtime.mark && runtime.looks % fileSteps !== 0) return;
    runtime.mark = mark;
    // Of a Secret that is gone the files stay.
    runtime.member.files = this.#filesOf(pod) ?? runtime.member.files;
  }

  /** A change of the ConfigMap arrives late. */
  #refresh(pod: Pod, runtime: Runtime): void {
    runtime.age += 1;
    const config = runtime.age % configSteps === 0 ? this.#configOf(pod)?.data : undefined;
    if (config !== undefined) runtime.member.config = config;
  }

  /** It ends by itself once its list says so, some time after. */
  #endPause(pod: Pod, runtime: Runtime): void {
    this.#refresh(pod, runtime);
    if (isPaused(runtime.member)) return;
    runtime.started = false;
    runtime.paused = false;
  }

  #startProcess(software: Software, runtime: Runtime): void {
    runtime.paused = isPaused(runtime.member);
    if (runtime.paused) {
      runtime.started = true;
      return;
    }
    const outcome = software.start(runtime.member);
    runtime.started = outcome.kind === 'Runs';
    runtime.failure = outcome.kind === 'Ends' ? outcome.message : undefined;
  }
}

/** Its command runs something else then, which serves nobody (see workload/java.ts). */
function isPaused({ pod, config }: Running): boolean {
  return (config['paused'] ?? '').split('\n').includes(pod.metadata.name);
}

/** No registry has it. */
export function isBroken(image: string | undefined): boolean {
  return image?.includes('broken') === true;
}
