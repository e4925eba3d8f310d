/** A KRaft quorum: who votes, who leads, and who has what. Elections and changes of the voters take a step. */
import type {
  Quorum as QuorumView,
  Voter,
  VoterAddition,
  VoterKey,
  VoterRemoval,
} from '../../../operators/kafka/admin/admin.ts';
import type { Process } from './kafka-process.ts';

/** Steps from the start of a controller until it has what the leader has. */
const catchUpSteps = 2;

export class Quorum {
  readonly #violate: (what: string) => void;
  /** Whether the node has handed over everything else. */
  readonly #mayLeave: (nodeId: number) => boolean;
  #voters: VoterKey[] = [];
  #founded: string | undefined;
  #leaderId = -1;
  /** How often one was elected. */
  elections = 0;
  /** Whether a majority was there one step ago already. */
  #electing = false;
  #changing = false;
  #end = 0n;
  #now = 0;
  /** When each voter was last seen with all that there was, by the present leader. */
  #caughtUp = new Map<string, number>();

  constructor(violate: (what: string) => void, mayLeave: (nodeId: number) => boolean) {
    this.#violate = violate;
    this.#mayLeave = mayLeave;
  }

  get leaderId(): number {
    return this.#leaderId;
  }

  /** The list that every first controller is formatted with: `<id>@<host>:<port>:<directory>`, by commas. */
  found(list: string): void {
    if (this.#founded !== undefined && this.#founded !== list) {
      this.#violate(`a quorum was founded twice: ${this.#founded} and ${list}`);
    }
    if (this.#founded !== undefined) return;
    this.#founded = list;
    this.#voters = list.split(',').map((voter) => ({
      nodeId: Number(voter.split('@')[0]),
      directoryId: voter.split(':').at(-1) ?? '',
    }));
  }

  step(processes: Process[], now: number): void {
    this.#now = now;
    this.#changing = false;
    const running = this.#running(processes);
    if (!running.some(({ nodeId }) => nodeId === this.#leaderId)) this.#elect(running);
    if (this.#leaderId < 0) return;
    this.#end += 1n;
    for (const process of running) if (isCaughtUp(process)) this.#caughtUp.set(keyOf(keyOfProcess(process)), now);
  }

  hasVote(nodeId: number): boolean {
    return this.#voters.some((voter) => voter.nodeId === nodeId);
  }

  /** Whether there is a leader, or will be in a moment. */
  hasMajority(processes: Process[]): boolean {
    return this.#voters.length > 0 && this.#running(processes).length > this.#voters.length / 2;
  }

  describe(processes: Process[]): QuorumView {
    const running = processes.filter(({ stuck }) => !stuck);
    const find = (key: VoterKey): Process | undefined =>
      running.find((process) => keyOf(keyOfProcess(process)) === keyOf(key));
    const observers = running.filter((process) => !this.#isVoter(process));
    return {
      leaderId: this.#leaderId,
      highWatermark: this.#leaderId < 0 ? -1n : this.#end,
      voters: this.#voters.map((key) => this.#stateOf(key, find(key))),
      observers: observers.map((process) => this.#stateOf(keyOfProcess(process), process)),
    };
  }

  remove(key: VoterKey, processes: Process[]): VoterRemoval {
    if (this.#leaderId < 0) throw new Error('NOT_CONTROLLER: the quorum has no leader');
    if (this.#changing) return { kind: 'Refused', message: 'another change of the voters goes on' };
    const rest = this.#voters.filter((voter) => keyOf(voter) !== keyOf(key));
    if (rest.length === this.#voters.length) return { kind: 'NotVoter' };
    const runs = this.#running(processes).some((process) => keyOf(keyOfProcess(process)) === keyOf(key));
    if (runs && !this.#mayLeave(key.nodeId)) {
      this.#violate(`took the vote of node ${key.nodeId}, which runs with it`);
    }
    this.#voters = rest;
    this.#changing = true;
    if (!this.hasMajority(processes)) this.#violate(`left a quorum without a majority: ${rest.map(keyOf).join(', ')}`);
    return { kind: 'Done' };
  }

  add(key: VoterKey, processes: Process[]): VoterAddition {
    if (this.#leaderId < 0) throw new Error('NOT_CONTROLLER: the quorum has no leader');
    if (this.#voters.some(({ nodeId }) => nodeId === key.nodeId)) return { kind: 'AlreadyVoter' };
    const observer = processes.find((process) => keyOf(keyOfProcess(process)) === keyOf(key));
    if (this.#changing) return { kind: 'Refused', message: 'another change of the voters goes on' };
    if (observer === undefined || !isCaughtUp(observer)) return { kind: 'Refused', message: 'the observer lags' };
    this.#voters = [...this.#voters, { nodeId: key.nodeId, directoryId: key.directoryId }];
    this.#changing = true;
    return { kind: 'Done' };
  }

  /** What the quorum would lack without this process. */
  harmOfStop(process: Process, processes: Process[]): string[] {
    if (!process.controller || !this.#isVoter(process) || this.#voters.length < 3) return [];
    const left = this.#running(processes).filter((other) => other !== process && isCaughtUp(other));
    if (left.length > this.#voters.length / 2) return [];
    return [`left ${left.length} of ${this.#voters.length} voters by stopping node ${process.nodeId}`];
  }

  #running(processes: Process[]): Process[] {
    return processes.filter((process) => process.controller && !process.stuck && this.#isVoter(process));
  }

  #isVoter(process: Process): boolean {
    return this.#voters.some((voter) => keyOf(voter) === keyOf(keyOfProcess(process)));
  }

  #elect(running: Process[]): void {
    this.#leaderId = -1;
    const majority = this.#voters.length > 0 && running.length > this.#voters.length / 2;
    if (majority && this.#electing) {
      this.#leaderId = Math.min(...running.map(({ nodeId }) => nodeId));
      this.#caughtUp = new Map();
      this.elections += 1;
    }
    this.#electing = majority && !this.#electing;
  }

  #stateOf(key: VoterKey, process: Process | undefined): Voter {
    const present = process !== undefined && isCaughtUp(process);
    const isLeader = process?.nodeId === this.#leaderId;
    const seen = this.#caughtUp.get(keyOf(key));
    const lastCaughtUp = isLeader || (present && this.#leaderId >= 0) ? this.#now : (seen ?? -1);
    return {
      ...key,
      logEndOffset: present ? this.#end : this.#end - 3n,
      lastCaughtUp: BigInt(lastCaughtUp),
      lastFetch: BigInt(lastCaughtUp),
    };
  }
}

function isCaughtUp({ age }: Process): boolean {
  return age >= catchUpSteps;
}

function keyOfProcess({ nodeId, disk }: Process): VoterKey {
  return { nodeId, directoryId: disk.get('directoryId') ?? '' };
}

function keyOf({ nodeId, directoryId }: VoterKey): string {
  return `${nodeId}/${directoryId}`;
}
