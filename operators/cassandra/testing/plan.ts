/** Worlds that a Cassandra plan is made of, and what it says of them, for tests. */
import { arrangePlan, dueActions } from '../../plan/plan.ts';
import type { PodReport } from '../../workload/members/pod-state.ts';
import { starting } from '../../workload/testing/services.ts';
import type { Authentication } from '../admin/admin.ts';
import type { CassandraModel } from '../index.ts';
import type { CassandraMember } from '../observe.ts';
import { planCassandra } from '../plan.ts';
import { cassandraFacts, membersOf, modelOf, snapshotOf, wordOf } from './cassandra.ts';

export const now = Date.parse('2026-01-01T01:00:00Z');
export const [a, b, c] = ['demo-r1-0', 'demo-r1-1', 'demo-r1-2'] as const;
export const initializing: PodReport = { state: 'Initializing', message: 'runs init container gate' };
export const crashing: PodReport = { state: 'Crashing', message: 'cassandra ended with exit code 1' };
export const paused: PodReport = { state: 'Paused', message: 'is kept down' };
export const absent: PodReport = { state: 'Absent', message: 'waits for its pod to be created' };

export const none: Partial<CassandraMember> = { word: undefined, recordedHostId: undefined };
export const atGate: Partial<CassandraMember> = { ...none, report: initializing, atGate: true };
export const joining: Partial<CassandraMember> = {
  ...none,
  report: starting,
  granted: 'Found',
  word: wordOf('JOINING'),
};
export const known: Partial<CassandraMember> = { joined: true };
export const down: Partial<CassandraMember> = { joined: true, report: starting, word: undefined };
export const ours = (parts: { defaultLocked?: boolean; unreplicated?: string[] } = {}): Authentication => ({
  kind: 'Ours',
  roles: { defaultLocked: true, unreplicated: [], ...parts },
});

export interface World {
  model?: CassandraModel;
  members?: Record<string, Partial<CassandraMember>>;
  authentication?: Authentication;
  facts?: ReturnType<typeof cassandraFacts>;
}

export function plansOf({ model = modelOf(), members = {}, authentication = ours(), facts = cassandraFacts() }: World) {
  const snapshot = snapshotOf({ members: membersOf(model, members), authentication });
  return planCassandra(model, snapshot, facts, now);
}

/** What each step sees, by name. */
export function step(world: World, name: string): string {
  const found = plansOf(world)
    .flatMap((plan) => plan.phases.flatMap((phase) => phase.steps))
    .find((candidate) => candidate.name === name);
  if (found === undefined) return 'no such step';
  const { progress, reason } = found;
  const message = 'message' in progress ? `: ${progress.message}` : '';
  const action = 'action' in progress ? ` ${JSON.stringify(progress.action)}` : '';
  return `${reason} ${progress.kind}${action}${message}`;
}

/** What may be done now. */
export function actions(world: World): string[] {
  return plansOf(world)
    .map(arrangePlan)
    .flatMap(dueActions)
    .map((action) => Object.values(action).join(' '));
}
