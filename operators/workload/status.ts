/** The common part of a service's status, and its write. */
import type { Condition } from '../../crds/status.ts';
import { canonicalJson } from '../kube/json.ts';
import type { Resource } from '../kube/resource.ts';
import { nextHistory } from '../plan/history.ts';
import type { Plan } from '../plan/plan.ts';
import { describePlan, recordPlan, summarizePlans } from '../plan/record.ts';
import type { CertificateRisk } from './certificates/expiry.ts';
import { certificatesPlan } from './certificates/plan.ts';
import { conditionsOf, type Statement } from './conditions.ts';
import type { CommonStatus, Facts, MemberStatus, ServiceObject } from './facts.ts';
import { statusManager, type Turn } from './io.ts';
import type { Rejection } from './rejection.ts';

export interface StatusInput {
  plans: Plan<unknown>[];
  members: MemberStatus[];
  /** Members that run what an older operator set up. */
  restartRequired: string[];
  /** What would be lost if one more member went down now. */
  atRisk: string | undefined;
  /** What ends, or cannot be replaced, while a person can still do something about it. */
  certificates: CertificateRisk | undefined;
  paused: readonly string[];
}

/** Everything went well enough to plan. */
export function plannedStatus(input: StatusInput, facts: Facts, now: string): CommonStatus {
  const { plans, members } = input;
  const previous = facts.status.plans ?? [];
  const shown = plans.map((plan) =>
    recordPlan(
      plan,
      previous.find((record) => record.name === plan.name),
      now,
    ),
  );
  const history = nextHistory(previous, shown, facts.status.history ?? [], now);
  return {
    observedGeneration: facts.generation,
    conditions: conditionsOf(statementsOf(input), facts.status.conditions ?? [], facts.generation, now),
    planSummary: summarizePlans(plans),
    plans: shown,
    ...(history.length === 0 ? {} : { history }),
    memberSummary: summary(members),
    members,
  };
}

function summary(members: MemberStatus[]): string {
  return `${members.filter((member) => member.ready).length}/${members.length}`;
}

function statementsOf({ plans, members, restartRequired, atRisk, certificates, paused }: StatusInput): Statement[] {
  const failed = plans.find((plan) => plan.status === 'Error');
  const moving = openPlan(plans);
  const statements = [readiness(plans, members)];
  if (failed !== undefined) statements.push(said('Stalled', 'True', 'StepFailed', describePlan(failed)));
  else if (moving !== undefined) statements.push(said('Reconciling', 'True', 'PlanInProgress', describePlan(moving)));
  if (restartRequired.length > 0) {
    const message = `these members run what an older operator set up: ${restartRequired.join(', ')}; restart them when it suits, or set spec.updates.restartOnOperatorUpgrade`;
    statements.push(said('RestartRequired', 'True', 'OperatorUpgraded', message));
  }
  if (atRisk !== undefined) statements.push(said('DataAtRisk', 'True', 'RedundancyReduced', atRisk));
  if (certificates !== undefined)
    statements.push(said('CertificatesAtRisk', 'True', certificates.reason, certificates.message));
  if (paused.length > 0)
    statements.push(said('Paused', 'True', 'PausedByUser', `spec.control.paused: ${paused.join(', ')}`));
  return statements;
}

/** How listeners close that clients are to leave. */
export const listenersPlan = 'listeners';

/** How another superuser, or another password of the same, takes the place of the present one. */
export const superuserPlan = 'superuser';

/** Certificates and passwords are replaced while all are served, and clients have a day to move: nobody need wait for that. */
function openPlan(plans: Plan<unknown>[]): Plan<unknown> | undefined {
  const lasts = ({ name, status }: Plan<unknown>): boolean =>
    name === certificatesPlan || name === superuserPlan || (name === listenersPlan && status === 'Waiting');
  return plans.find((plan) => plan.status !== 'Complete' && !lasts(plan));
}

function readiness(plans: Plan<unknown>[], members: MemberStatus[]): Statement {
  const open = openPlan(plans);
  if (open !== undefined) return said('Ready', 'False', 'PlanNotComplete', describePlan(open));
  const missing = members.filter((member) => !member.ready);
  if (missing.length === 0) return said('Ready', 'True', 'AllMembersReady', `all ${members.length} members are ready`);
  return said(
    'Ready',
    'False',
    'MembersNotReady',
    missing.map((member) => `${member.name}: ${member.state}`).join(', '),
  );
}

function said(type: string, status: Statement['status'], reason: string, message: string): Statement {
  return { type, status, reason, message };
}

/** The spec cannot be followed: what runs goes on running, and everything known of it stays shown. */
export function rejectedStatus<Status extends CommonStatus>(
  rejections: Rejection[],
  facts: Facts<Status>,
  now: string,
): Status {
  const message = rejections.map((rejection) => rejection.message).join('; ');
  const reason = rejections[0]?.reason ?? 'InvalidSpec';
  const statements = [runningReadiness(facts, message), said('Stalled', 'True', reason, message)];
  const previous: readonly Condition[] = facts.status.conditions ?? [];
  return {
    ...facts.status,
    observedGeneration: facts.generation,
    conditions: conditionsOf(statements, previous, facts.generation, now),
  };
}

/** A service that was ready stays ready while all its pods are: a bad edit takes nothing down. */
function runningReadiness(facts: Facts, problem: string): Statement {
  const members = facts.status.members ?? [];
  const ready = members.filter((member) => isPodReady(facts, member.name));
  if (members.length === 0 || ready.length < members.length || !wasReady(facts)) {
    return said('Ready', 'False', 'SpecRejected', problem);
  }
  return said('Ready', 'True', 'AllMembersReady', 'the members run as before; the present spec is not in force');
}

function wasReady(facts: Facts): boolean {
  return facts.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

function isPodReady(facts: Facts, name: string): boolean {
  const pod = facts.pods.find((candidate) => candidate.metadata.name === name);
  return pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Writes status if it differs from what is stored; true if it did. */
export async function writeStatus<Status extends CommonStatus>(
  resource: Resource<ServiceObject<Status>>,
  object: ServiceObject<Status>,
  status: Status,
  turn: Turn,
): Promise<boolean> {
  if (canonicalJson(object.status ?? {}) === canonicalJson(status)) return false;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = '' } = metadata;
  const applied = { apiVersion, kind, metadata: { name, namespace }, status };
  await turn.api.apply<ServiceObject<Status>>(resource, applied, {
    manager: statusManager,
    subresource: 'status',
    signal: turn.signal,
  });
  return true;
}
