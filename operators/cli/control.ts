/** The user's hand on the plans: how `spec.control` is read, changed and written. */
import type { Control } from '../../crds/common.ts';
import type { PlanStatus, StepStatus } from '../../crds/status.ts';
import { ApiError } from '../kube/api.ts';
import { refOf } from '../kube/resource.ts';
import { stepId } from '../plan/control.ts';
import { type Context, exit } from './command.ts';
import { fullName, namespaceOf, resourceOf, type Service } from './services.ts';

/** A step where it stands. */
export interface PlacedStep {
  plan: PlanStatus;
  phase: string;
  step: StepStatus;
}

/** What to do with a service as it is now. */
export type Decision =
  | { kind: 'Write'; control: Control; say: string[] }
  /** There is nothing to write. */
  | { kind: 'Leave'; code: number; say: string };

const ATTEMPTS = 10;

export function controlOf(service: Service): Control {
  return service.spec?.control ?? {};
}

export function plansOf(service: Service): PlanStatus[] {
  return service.status?.plans ?? [];
}

export function stepsOf(plan: PlanStatus): PlacedStep[] {
  return plan.phases.flatMap((phase) => phase.steps.map((step) => ({ plan, phase: phase.name, step })));
}

/** As the operator looks for it; `undefined` for a plan that has not been given a revision yet. */
export function idOf({ plan, phase, step }: PlacedStep): string | undefined {
  const { name, revision } = plan;
  return revision === undefined ? undefined : stepId({ name, revision }, phase, step.name);
}

/** The list with another entry. */
export function including(list: readonly string[] | undefined, entry: string): string[] {
  return [...(list ?? []).filter((other) => other !== entry), entry];
}

/** `deploy` and `deploy/restart` are of the plan `deploy`; the latter and `deploy/restart/x@r` of its phase `restart`. */
export function isOf(entry: string, plan: string, phase?: string): boolean {
  const part = phase === undefined ? plan : `${plan}/${phase}`;
  return entry === part || entry.startsWith(`${part}/`);
}

/**
 * Decides and writes, and decides anew where somebody else wrote in between: the operator writes status all the time, and
 * what was decided on an older status must not hold for a newer one.
 */
export async function decideControl(
  context: Context,
  service: Service,
  decide: (service: Service) => Decision,
): Promise<number> {
  let seen: Service | undefined = service;
  for (let attempt = 1; seen !== undefined; attempt += 1) {
    const decision = decide(seen);
    if (decision.kind === 'Leave') return leave(context, decision);
    try {
      await write(context, seen, decision.control);
      for (const line of decision.say) context.out.line(line);
      return exit.ok;
    } catch (error) {
      if (!(error instanceof ApiError && error.isConflict) || attempt >= ATTEMPTS) throw error;
    }
    await context.clock.sleep(attempt * 50, context.signal);
    seen = await context.api.read(resourceOf(service), refOf(service), { signal: context.signal });
  }
  context.out.error(`${fullName(service)} is gone from namespace ${namespaceOf(service)}`);
  return exit.failure;
}

function leave({ out }: Context, { code, say }: Extract<Decision, { kind: 'Leave' }>): number {
  if (code === exit.ok) out.line(say);
  else out.error(say);
  return code;
}

async function write({ api, signal }: Context, service: Service, wanted: Control): Promise<void> {
  const { uid, resourceVersion } = service.metadata;
  const control = changes(controlOf(service), withoutStale(wanted, plansOf(service)));
  const patch = { metadata: { uid, resourceVersion }, spec: { control } };
  await api.patch(resourceOf(service), refOf(service), patch, { signal });
}

/** As a merge patch: what is empty goes, what has not changed is left out. */
function changes(before: Control, after: Control): Record<string, string[] | null> {
  const lists = ['paused', 'allowed', 'completed'] as const;
  const changed = lists.filter((list) => (before[list] ?? []).join() !== (after[list] ?? []).join());
  return Object.fromEntries(changed.map((list) => [list, after[list]?.length ? after[list] : null]));
}

/** Words about steps of a revision that is over do nothing any more; the lists are bounded, so they go. */
function withoutStale(control: Control, plans: readonly PlanStatus[]): Control {
  const isAlive = (entry: string): boolean =>
    plans.some(({ name, revision }) => isOf(entry, name) && entry.endsWith(`@${revision}`));
  const { paused, allowed = [], completed = [] } = control;
  return {
    ...(paused === undefined ? {} : { paused }),
    allowed: allowed.filter(isAlive),
    completed: completed.filter(isAlive),
  };
}

export type PlanChoice = { kind: 'Chosen'; plan: PlanStatus } | { kind: 'Missing'; message: string };

export function findPlan(service: Service, name: string): PlanChoice {
  const plans = plansOf(service);
  const plan = plans.find((candidate) => candidate.name === name);
  if (plan !== undefined) return { kind: 'Chosen', plan };
  const others = plans.length === 0 ? 'it has none yet' : `it has: ${plans.map((each) => each.name).join(', ')}`;
  return { kind: 'Missing', message: `${service.metadata.name} has no plan ${name}; ${others}` };
}

/** What the operator says of a step that only the pause keeps from beginning. */
export function isPaused({ step }: PlacedStep): boolean {
  return step.status === 'Waiting' && step.message?.startsWith('paused') === true;
}
