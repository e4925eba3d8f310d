/** A plan as the tree that DC/OS users remember. */
import type { PhaseStatus, PlanStatus, StepStatus } from '../../crds/status.ts';

/**
 * ```
 * deploy (serial strategy) (InProgress)
 * └─ kafka (parallel strategy) (InProgress)
 *    ├─ demo-kafka-0:[start] (Complete)
 *    └─ demo-kafka-1:[start] (InProgress) waits for its volume, since 3m
 * ```
 *
 * Steps that failed say why in a list below, as `dcos kafka plan status` had it. `now` in milliseconds; without it no step
 * says since when, so that the tree is the same for as long as nothing moves.
 */
export function planTree(plan: PlanStatus): string {
  return drawTree(plan, () => '');
}

export function planTreeAt(plan: PlanStatus, now: number): string {
  return drawTree(plan, ({ since }) => (since === undefined ? '' : `since ${briefly(now - Date.parse(since))}`));
}

/** In one unit, as kubectl shows an age: `42s`, `3m`, `5h`, `12d`. */
export function briefly(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 2 * 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

type Since = (step: StepStatus) => string;

function drawTree(plan: PlanStatus, since: Since): string {
  const phases = plan.phases.flatMap((phase, index) => drawPhase(phase, index === plan.phases.length - 1, since));
  return [`${headOf(plan)}${withSpace(plan.message)}`, ...phases, ...errorsOf(plan)].join('\n');
}

function headOf({ name, strategy, status }: PlanStatus | PhaseStatus): string {
  return `${name} (${strategy.toLowerCase()} strategy) (${status})`;
}

function drawPhase(phase: PhaseStatus, last: boolean, since: Since): string[] {
  const indent = last ? '   ' : '│  ';
  const steps = phase.steps.map(
    (step, index) => `${indent}${branch(index === phase.steps.length - 1)}${stepLine(step, since)}`,
  );
  return [`${branch(last)}${headOf(phase)}`, ...steps];
}

function branch(last: boolean): string {
  return last ? '└─ ' : '├─ ';
}

function stepLine(step: StepStatus, since: Since): string {
  const isMoving = step.status !== 'Complete' && step.status !== 'Pending';
  const message = step.status === 'Error' ? undefined : step.message;
  const details = [message, isMoving ? since(step) : ''].filter((part) => part !== undefined && part !== '');
  return `${step.name} (${step.status})${withSpace(details.join(', '))}`;
}

function errorsOf(plan: PlanStatus): string[] {
  const failed = plan.phases.flatMap(({ steps }) => steps).filter(({ status }) => status === 'Error');
  const lines = failed.map(({ name, message = 'failed' }) => `- ${name}: ${oneLine(message)}`);
  return lines.length === 0 ? [] : ['', 'Errors:', ...lines];
}

function withSpace(text: string | undefined): string {
  return text === undefined || text === '' ? '' : ` ${oneLine(text)}`;
}

/** The end of a log may be several lines. */
function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' | ');
}
