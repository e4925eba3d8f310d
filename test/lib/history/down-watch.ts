/** Who of a service was down, and when: proof that a change never took two members at once. */
import type { KubeApi } from '../../../operators/kube/api.ts';
import type { Clock } from '../../../operators/kube/clock.ts';
import { silentLog } from '../../../operators/kube/log.ts';
import { reflect, type Sink } from '../../../operators/kube/reflector.ts';
import { type Pod, pods } from '../../../operators/kube/resource.ts';
import { keys, type ServiceKind } from '../../../operators/workload/identity.ts';
import { isReady } from '../../../operators/workload/members/pod-state.ts';
import { isoTime } from './history.ts';

export interface DownWatchOptions {
  api: KubeApi;
  namespace: string;
  kind: ServiceKind;
  /** The name of the service. */
  service: string;
  clock: Clock;
}

/** Who was down from this moment to the next one. */
export interface DownState {
  /** When the watch told; ms since the epoch. */
  at: number;
  /** By name; in order. */
  down: readonly string[];
}

export interface DownTogether {
  count: number;
  members: readonly string[];
  /** ms since the epoch; `to` is undefined where they still are. */
  from: number;
  to: number | undefined;
}

export interface DownWatch {
  /** Each change so far; the first one is the beginning. */
  states(): readonly DownState[];
  /** The most members that were down together. Those in `left` were told to leave the service, and do not count. */
  maxDownTogether(left?: readonly string[]): DownTogether;
  /** How often the watch was torn: what came and went meanwhile was not seen. */
  interruptions(): number;
  stop(): Promise<void>;
}

/**
 * Resolves once it sees the members that are there. A member counts from the first time that it is Ready; it is down
 * while its pod is missing, terminating or not Ready.
 */
export async function watchDown(options: DownWatchOptions, signal: AbortSignal): Promise<DownWatch> {
  const { api, namespace, kind, service, clock } = options;
  const stopping = new AbortController();
  const until = AbortSignal.any([signal, stopping.signal]);
  const record = new DownRecord(clock);
  let interruptions = 0;
  const watching = reflect(
    {
      ...{ api, resource: pods, namespace, clock, log: silentLog, random: Math.random, sink: record },
      labelSelector: `${keys.kind}=${kind},${keys.service}=${service}`,
      onEvent: ({ type }) => {
        if (type === 'failure') interruptions += 1;
      },
    },
    until,
  );
  await Promise.race([record.begun, watching]);
  signal.throwIfAborted();
  return {
    states: () => [...record.states],
    maxDownTogether: (left = []) => maxDownTogether(record.states, left),
    interruptions: () => interruptions,
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
}

class DownRecord implements Sink<Pod> {
  readonly states: DownState[] = [];
  readonly begun: Promise<void>;
  readonly #clock: Clock;
  readonly #begin: () => void;
  /** Every member that was Ready once, and whether it is now. */
  readonly #members = new Map<string, boolean>();

  constructor(clock: Clock) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock = clock;
    this.begun = promise;
    this.#begin = resolve;
  }

  replace(objects: Pod[]): void {
    const ready = new Set(objects.filter(isReady).map(({ metadata }) => metadata.name));
    for (const name of new Set([...this.#members.keys(), ...ready])) this.#members.set(name, ready.has(name));
    this.#write();
    this.#begin();
  }

  put(pod: Pod): void {
    const { name } = pod.metadata;
    if (isReady(pod)) this.#members.set(name, true);
    else if (this.#members.has(name)) this.#members.set(name, false);
    this.#write();
  }

  remove({ metadata: { name } }: Pod): void {
    if (this.#members.has(name)) this.#members.set(name, false);
    this.#write();
  }

  #write(): void {
    const down = [...this.#members].filter(([, ready]) => !ready).map(([name]) => name);
    const state = { at: this.#clock.now(), down: down.toSorted() };
    if (this.states.at(-1)?.down.join() !== state.down.join()) this.states.push(state);
  }
}

/** The first of the longest ones. Pure; `states` are in order, and not empty. */
export function maxDownTogether(states: readonly DownState[], left: readonly string[] = []): DownTogether {
  let most: DownTogether = { count: 0, members: [], from: states[0]?.at ?? 0, to: states[1]?.at };
  states.forEach(({ at, down }, index) => {
    const members = down.filter((name) => !left.includes(name));
    if (members.length > most.count) most = { count: members.length, members, from: at, to: states[index + 1]?.at };
  });
  return most;
}

/** For the message of an assertion. */
export function downText({ count, members, from, to }: DownTogether): string {
  const end = to === undefined ? 'until now' : `to ${isoTime(to)}`;
  return `${count} down together (${members.join(', ')}) from ${isoTime(from)} ${end}`;
}
