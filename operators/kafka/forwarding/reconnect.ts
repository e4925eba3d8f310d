/** Pure: brokers that pass no requests on to the controllers are restarted, once. */
import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import { type PlanDraft, type Progress, type StepDraft, withoutMembers } from '../../plan/plan.ts';
import { hasBegun } from '../../plan/record.ts';
import type { Facts } from '../../workload/facts.ts';
import type { WorkloadAction } from '../../workload/members/steps.ts';
import { type RestartService, restartProgress, shownStep } from '../../workload/restart.ts';
import type { KafkaMember, KafkaSnapshot } from '../observe.ts';
import type { KafkaAction } from '../plan.ts';
import { type NotForwarding, notForwarding, onlyFollows } from './forwarding.ts';

const planName = 'recovery';
const phaseName = 'forwarding';

/** A broker gives up a connection to a controller that is gone after 30 seconds, and looks for the next one. */
const patienceMs = 60_000;

type Action = KafkaAction | WorkloadAction;

export interface ReconnectInput {
  /** Judges the whole service, which takes time: asked for only where somebody is to restart. */
  service: () => RestartService<KafkaMember, KafkaAction>;
  snapshot: KafkaSnapshot;
  facts: Facts<KafkaClusterStatus>;
  /** Why nothing may be disrupted by choice now. */
  hold: string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The recovery plan, in which such brokers have a step; the budget takes them one at a time. */
export function withReconnects(drafts: PlanDraft<Action>[], input: ReconnectInput): PlanDraft<Action>[] {
  const steps = input.snapshot.members.flatMap((member) => reconnectStep(member, input));
  if (steps.length === 0) return drafts;
  const none: PlanDraft<Action> = { name: planName, revision: planName, strategy: 'Parallel', phases: [] };
  const recovery = drafts.find(({ name }) => name === planName) ?? none;
  const phases = withoutMembers(recovery.phases, new Set(steps.map(({ member }) => member)));
  const extended: PlanDraft<Action> = {
    ...recovery,
    phases: [...phases, { name: phaseName, strategy: 'Parallel', steps }],
  };
  const [deploy, ...others] = drafts.filter(({ name }) => name !== planName);
  return [...(deploy === undefined ? [] : [deploy]), extended, ...others];
}

function reconnectStep(member: KafkaMember, input: ReconnectInput): StepDraft<Action>[] {
  const { snapshot, facts, now } = input;
  const name = `${member.name}:[reconnect]`;
  const plan = facts.status.plans?.find((candidate) => candidate.name === planName);
  const begun = hasBegun(shownStep(plan, phaseName, name));
  const record = notForwarding(member, snapshot, facts, now);
  const needed = record !== undefined && onlyFollows(member, snapshot) && now - Date.parse(record.since) >= patienceMs;
  if (!needed && !begun) return [];
  const about = { name, reason: 'MemberFailed', member: member.name } as const;
  // Nobody else is held up by it: it serves, and another change may be what helps.
  if (needed && record.restarted) return [{ ...about, progress: { kind: 'Error', message: notHelped(record) } }];
  return [{ ...about, progress: progressOf(member, { needed, begun }, input), disruptive: true }];
}

function notHelped({ since }: NotForwarding): string {
  return `passes no requests on to the controllers since ${since}, and its restart has not helped: changes that clients ask it for time out; see its log`;
}

function progressOf(
  member: KafkaMember,
  wish: { needed: boolean; begun: boolean },
  { service, snapshot, hold }: ReconnectInput,
): Progress<Action> {
  const fenced = snapshot.cluster?.brokers.some((broker) => broker.nodeId === member.nodeId && broker.fenced);
  // One that is fenced serves nobody: nothing is disrupted by its restart.
  const progress = restartProgress(member, { ...wish, hold: fenced ? undefined : hold }, service());
  if (!wish.needed || !('message' in progress)) return progress;
  return { ...progress, message: `passes no requests on to the controllers: ${progress.message}` };
}
