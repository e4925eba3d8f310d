/** A service that bears everything and misses nothing, unless a test says otherwise. */
import type { MemberView } from '../members/members.ts';
import type { RestartService } from '../restart.ts';

/** Stands for whatever a product does beside what all of them do. */
export interface Elect {
  kind: 'Elect';
  member: string;
}

export type TestService = RestartService<MemberView, Elect>;

export function restartService(ordered: MemberView[], parts: Partial<TestService> = {}): TestService {
  return {
    ordered,
    leaving: [],
    rackOf: () => undefined,
    drainHolds: false,
    drained: () => ({ kind: 'Complete' }),
    released: () => ({ kind: 'Complete' }),
    forgotten: () => ({ kind: 'Complete' }),
    atRisk: undefined,
    risk: () => undefined,
    lossRisk: () => undefined,
    starting: () => ({ kind: 'InProgress', message: 'starts' }),
    settled: () => ({ kind: 'Complete' }),
    ...parts,
  };
}

export function elect(member: string): { kind: 'Due'; action: Elect; message: string } {
  return { kind: 'Due', action: { kind: 'Elect', member }, message: 'takes back its leadership' };
}
