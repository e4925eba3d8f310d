/**
 * A service of a few members as a roll of restarts meets it: pods that come and go, members that get in sync with their
 * peers, a user who changes his mind. It remembers what was done to it against the rules.
 */
import type { Control } from '../../../crds/common.ts';
import type { MemberView } from '../members/members.ts';
import type { PodReport } from '../members/pod-state.ts';
import type { OperationObject } from '../operations/operations.ts';
import { containerStatus, podOf } from './objects.ts';
import { operationOf, viewOf } from './services.ts';

export interface WorldPod {
  uid: string;
  /** Which spec it was made from. */
  template: number;
  state: 'Starting' | 'Crashing' | 'Ready' | 'Terminating';
  restarts: number;
  /** Milliseconds since the epoch. */
  created: number;
}

export interface WorldMember {
  name: string;
  pod: WorldPod | undefined;
  inSync: boolean;
  /** It leads what it is to lead. */
  leads: boolean;
}

export interface RollView extends MemberView {
  inSync: boolean;
  leads: boolean;
}

export type EventKind =
  | 'observe'
  | 'create'
  | 'progress'
  | 'sync'
  | 'desync'
  | 'crash'
  | 'evict'
  | 'change'
  | 'spoil'
  | 'revert'
  | 'ask'
  | 'suspend'
  | 'cancel'
  | 'pause'
  | 'window';

/** Something that happens by itself or by its user; the number chooses to whom. */
export interface WorldEvent {
  kind: EventKind;
  choice: number;
}

const pick = <T>(items: readonly T[], choice: number): T | undefined => items[choice % Math.max(1, items.length)];

export class RollWorld {
  /** Milliseconds since the epoch. */
  now = Date.parse('2026-06-01T00:00:00Z');
  readonly members: WorldMember[];
  readonly violations: string[] = [];
  operations: OperationObject[] = [];
  control: Control = {};
  windowClosed = false;
  template = 0;
  /** Templates whose pods never become ready. */
  readonly spoiled = new Set<number>();
  /** Members that served until the operator took them down, and that have not settled since. */
  readonly taken = new Set<string>();
  /** Whether a member that is back leads again by itself. */
  readonly #leadsAgain: boolean;
  /** The template that the StatefulSet controller has seen. */
  #seen = 0;
  #templates = 1;
  #uids = 0;
  /** Pods that were to go when the operator made its plan. */
  #doomed = new Set<string>();

  constructor(count: number, leadsAgain: boolean) {
    this.#leadsAgain = leadsAgain;
    this.members = Array.from({ length: count }, (_, index) => {
      const member: WorldMember = { name: `demo-kafka-${index}`, pod: undefined, inSync: true, leads: true };
      return { ...member, pod: { ...this.#newPod(), state: 'Ready' } };
    });
  }

  get revision(): string {
    return `r${this.template}`;
  }

  find(name: string): WorldMember {
    const member = this.members.find((candidate) => candidate.name === name);
    if (member === undefined) throw new Error(`no member ${name}`);
    return member;
  }

  /** How these members look to an operator. */
  views(members: readonly WorldMember[] = this.members): RollView[] {
    return members.map(({ name, pod, inSync, leads }) => {
      const outdated = pod !== undefined && pod.template !== this.template ? ('Spec' as const) : undefined;
      const templateSeen = this.#seen === this.template;
      const parts = { pod: shown(name, pod), report: reported(pod), outdated, templateSeen, joined: true };
      return { ...viewOf(name, parts), inSync, leads };
    });
  }

  happen({ kind, choice }: WorldEvent): void {
    this.now += 5_000;
    this.#events[kind](choice);
    for (const member of this.members) if (isSettled(member)) this.taken.delete(member.name);
  }

  /** What happens between plan and action is seen by the next plan. */
  planned(): void {
    const pods = this.members.flatMap(({ pod }) => (pod !== undefined && this.#isUnwanted(pod) ? [pod.uid] : []));
    this.#doomed = new Set(pods);
  }

  /** The operator deletes the pod of a member that serves. */
  restart(name: string, uid: string): void {
    const member = this.find(name);
    if (member.pod?.uid !== uid || member.pod.state !== 'Ready') return;
    const others = [...this.taken].filter((taken) => taken !== name);
    if (others.length > 0) this.violations.push(`${name} is taken down while ${others} is not back`);
    if (!this.#doomed.has(uid)) this.violations.push(`${name} is taken down for nothing`);
    // Whoever wished for it may be gone by now: then nobody is left who would see to it.
    if (this.#isUnwanted(member.pod)) this.taken.add(name);
    this.#stop(member);
  }

  /** The operator deletes the pod of a member that serves nobody. */
  replace(name: string, uid: string): void {
    const member = this.find(name);
    if (member.pod?.uid !== uid || member.pod.state === 'Ready') return;
    if (!this.#doomed.has(uid)) this.violations.push(`the pod of ${name} is replaced for nothing`);
    this.#stop(member);
  }

  /** Gives a member its leadership back. */
  elect(name: string): void {
    const member = this.find(name);
    if (member.pod?.state === 'Ready' && member.inSync) member.leads = true;
    if (isSettled(member)) this.taken.delete(name);
  }

  /** Its user wishes for nothing more than that all gets done, and everything goes well for a while. */
  calm(): void {
    this.control = {};
    this.windowClosed = false;
    this.operations = this.operations.map((object) => withSpec(object, { suspend: false }));
    if (this.spoiled.has(this.template)) this.#change(this.#templates);
    this.#heal();
  }

  pass(): void {
    this.now += 30_000;
    this.#heal();
  }

  #heal(): void {
    this.happen({ kind: 'observe', choice: 0 });
    for (let choice = 0; choice < this.members.length; choice += 1) {
      for (const kind of ['progress', 'create', 'sync'] as const) this.happen({ kind, choice: 0 });
    }
  }

  readonly #events: Record<EventKind, (choice: number) => void> = {
    observe: () => {
      this.#seen = this.template;
    },
    create: (choice) => {
      const member = pick(
        this.members.filter(({ pod }) => pod === undefined),
        choice,
      );
      if (member !== undefined) member.pod = this.#newPod();
    },
    progress: (choice) => this.#progress(choice),
    sync: (choice) => {
      const behind = this.members.filter(({ pod, inSync }) => pod?.state === 'Ready' && !inSync);
      const member = pick(behind, choice);
      if (member === undefined) return;
      member.inSync = true;
      member.leads = member.leads || this.#leadsAgain;
    },
    desync: (choice) => {
      const member = pick(this.#ready(), choice);
      if (member !== undefined) member.inSync = false;
    },
    crash: (choice) => {
      const member = pick(this.#ready(), choice);
      if (member?.pod === undefined) return;
      this.#lose(member);
      member.pod = { ...member.pod, state: 'Starting', restarts: member.pod.restarts + 1 };
    },
    evict: (choice) => {
      const member = pick(this.members, choice);
      if (member === undefined) return;
      this.#lose(member);
      member.pod = undefined;
    },
    change: () => this.#change(this.#templates),
    spoil: () => {
      this.spoiled.add(this.#templates);
      this.#change(this.#templates);
    },
    revert: (choice) => this.#change(choice % this.#templates),
    ask: (choice) => this.#ask(choice),
    suspend: (choice) => {
      this.operations = this.operations.map((object, index) =>
        index === choice % this.operations.length ? withSpec(object, { suspend: choice % 2 === 0 }) : object,
      );
    },
    cancel: (choice) => {
      const gone = pick(this.operations, choice);
      this.operations = this.operations.filter((object) => object !== gone);
      for (const { name } of gone?.status?.targets ?? []) this.taken.delete(name);
    },
    pause: (choice) => {
      const names = ['deploy', 'recovery', ...this.operations.map(({ metadata }) => metadata.name)];
      this.control = choice % 3 === 0 ? {} : { paused: [pick(names, choice) ?? 'deploy'] };
    },
    window: (choice) => {
      this.windowClosed = choice % 2 === 0;
    },
  };

  #ready(): WorldMember[] {
    return this.members.filter(({ pod }) => pod?.state === 'Ready');
  }

  /** One step further on the way from a pod that ends to one that serves. */
  #progress(choice: number): void {
    const member = pick(
      this.members.filter(({ pod }) => pod?.state === 'Starting' || pod?.state === 'Terminating'),
      choice,
    );
    if (member?.pod === undefined) return;
    if (member.pod.state === 'Terminating') member.pod = undefined;
    else member.pod = { ...member.pod, state: this.spoiled.has(member.pod.template) ? 'Crashing' : 'Ready' };
  }

  #ask(choice: number): void {
    this.#uids += 1;
    const members = this.members.filter((_, index) => ((choice + 1) >> index) % 2 === 1).map(({ name }) => name);
    const created = new Date(this.now).toISOString();
    const spec = { suspend: choice % 5 === 0, ...(members.length === 0 ? {} : { members }) };
    this.operations.push(operationOf(`ask-${this.#uids}`, { uid: `${this.#uids}`, created, spec }));
  }

  #change(template: number): void {
    this.template = template;
    this.#templates = Math.max(this.#templates, template + 1);
  }

  #newPod(): WorldPod {
    this.#uids += 1;
    const uid = `pod-${this.#uids}`;
    return { uid, template: this.#seen, state: 'Starting', restarts: 0, created: this.now };
  }

  #stop(member: WorldMember): void {
    this.#lose(member);
    if (member.pod !== undefined) member.pod = { ...member.pod, state: 'Terminating' };
  }

  #lose(member: WorldMember): void {
    member.inSync = false;
    member.leads = false;
  }

  /** Another one is wanted: by the spec, or by an operation that is not finished. */
  #isUnwanted({ template, uid }: WorldPod): boolean {
    if (template !== this.template) return true;
    const open = this.operations.filter(({ status }) => status?.finishedAt === undefined);
    return open.some(({ status }) => status?.targets?.some(({ pod }) => pod === uid));
  }
}

/** As its peers and its clients see it. */
export function isSettled({ pod, inSync, leads }: WorldMember): boolean {
  return pod?.state === 'Ready' && inSync && leads;
}

function withSpec(object: OperationObject, spec: { suspend: boolean }): OperationObject {
  const metadata = { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 };
  return { ...object, metadata, spec: Object.assign({}, object.spec, spec) };
}

function shown(name: string, pod: WorldPod | undefined): MemberView['pod'] {
  if (pod === undefined) return undefined;
  const containers = [containerStatus('kafka', { restartCount: pod.restarts })];
  const created = new Date(pod.created).toISOString();
  return podOf(name, { uid: pod.uid, created, containers, deleting: pod.state === 'Terminating' });
}

function reported(pod: WorldPod | undefined): PodReport {
  if (pod === undefined) return { state: 'Absent', message: 'waits for its pod to be created' };
  return { state: pod.state, message: pod.state === 'Ready' ? '' : `is ${pod.state}` };
}
