/** Events at each step of a plan and each change of mind about a service, so that `kubectl describe` tells its story. */
import type { Condition } from '../../crds/status.ts';
import type { CommonStatus } from './facts.ts';
import type { Turn } from './io.ts';

interface SeenStep {
  plan: string;
  phase: string;
  name: string;
  status: string;
  message: string;
}

export function notify(before: CommonStatus, after: CommonStatus, turn: Turn): void {
  const old = new Map(stepsOf(before).map((step) => [idOf(step), step.status]));
  for (const step of stepsOf(after)) {
    if (old.get(idOf(step)) === step.status || ['Pending', 'Waiting'].includes(step.status)) continue;
    tellStep(step, turn);
  }
  for (const condition of after.conditions ?? []) {
    if (changed(condition, before.conditions ?? [])) tellCondition(condition, turn);
  }
}

function stepsOf(status: CommonStatus): SeenStep[] {
  return (status.plans ?? []).flatMap((plan) =>
    plan.phases.flatMap((phase) =>
      phase.steps.map((step) => ({
        plan: plan.name,
        phase: phase.name,
        name: step.name,
        status: step.status,
        message: step.message ?? '',
      })),
    ),
  );
}

function idOf({ plan, phase, name }: SeenStep): string {
  return `${plan}/${phase}/${name}`;
}

function tellStep(step: SeenStep, turn: Turn): void {
  const type = step.status === 'Error' ? 'Warning' : 'Normal';
  const note = `${step.plan}: ${step.name} ${step.status}${step.message === '' ? '' : `: ${step.message}`}`;
  turn.events.emit(turn.object, { type, reason: `Step${step.status}`, action: 'Plan', note, noteKey: step.name });
  turn.log.info(note, { step: step.name, plan: step.plan });
}

/** What a person has to look after. */
const alarms = ['Stalled', 'CertificatesAtRisk'];

function changed({ type, status, message }: Condition, before: readonly Condition[]): boolean {
  const old = before.find((candidate) => candidate.type === type);
  return old?.status !== status || (alarms.includes(type) && old.message !== message);
}

function tellCondition({ type, status, reason, message }: Condition, turn: Turn): void {
  if (type === 'Reconciling') return;
  const kind = alarms.includes(type) && status === 'True' ? 'Warning' : 'Normal';
  turn.events.emit(turn.object, {
    type: kind,
    reason,
    action: type,
    noteKey: type,
    note: `${type} is ${status}: ${message}`,
  });
  turn.log.info(`${type} is ${status}: ${message}`, { step: 'status', reason });
}
