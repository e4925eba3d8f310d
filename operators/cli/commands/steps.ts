/** `plan step` and `plan force-complete`: a hand on single steps. */
import type { PlanStatus } from '../../../crds/status.ts';
import { type Command, exit } from '../command.ts';
import {
  controlOf,
  type Decision,
  decideControl,
  findPlan,
  idOf,
  including,
  isPaused,
  type PlacedStep,
  plansOf,
  stepsOf,
} from '../control.ts';
import { type Service, withService } from '../services.ts';

export const planStep: Command = {
  name: 'plan step',
  usage: 'SERVICE [PLAN]',
  summary: 'Let exactly the next paused step through',
  details:
    'The pause stays. A step that was let through but has not begun yet is waited for: call it again after that.',
  run: (context, { positionals: [service, plan] }) =>
    withService(context, service, (found) => decideControl(context, found, (seen) => letThrough(seen, plan))),
};

export const planForceComplete: Command = {
  name: 'plan force-complete',
  aliases: ['plan force'],
  usage: 'SERVICE PLAN PHASE STEP',
  summary: 'Count a step as complete, whatever is seen of it',
  details:
    'For a step that waits for something that will never be. Nothing is done by it: what the step was for stays undone. It holds for this revision of the plan only.',
  run: (context, { positionals: [service, plan = '', phase = '', step = ''] }) =>
    withService(context, service, (found) => decideControl(context, found, (seen) => force(seen, plan, phase, step))),
};

function letThrough(service: Service, name: string | undefined): Decision {
  const chosen = name === undefined ? undefined : findPlan(service, name);
  if (chosen?.kind === 'Missing') return failed(chosen.message);
  const steps = (chosen === undefined ? plansOf(service) : [chosen.plan]).flatMap(stepsOf).filter(isPaused);
  const [next] = steps;
  if (next === undefined) return failed(`no step of ${nameOf(service, chosen?.plan)} is paused`);
  const control = controlOf(service);
  // The operator has not seen the last word yet: another one would let two through.
  const waiting = steps.find((step) => control.allowed?.includes(idOf(step) ?? '') === true);
  if (waiting !== undefined) return failed(`${waiting.step.name} was let through already and has not begun yet`);
  const id = idOf(next);
  if (id === undefined) return failed(`plan ${next.plan.name} has no revision yet`);
  const say = `${next.step.name} of plan ${next.plan.name} may begin; the pause stays for every other step`;
  return { kind: 'Write', control: { ...control, allowed: including(control.allowed, id) }, say: [say] };
}

function force(service: Service, planName: string, phaseName: string, stepName: string): Decision {
  const found = findStep(service, planName, phaseName, stepName);
  if (typeof found === 'string') return failed(found);
  const { name } = service.metadata;
  if (found.step.status === 'Complete') return { kind: 'Leave', code: exit.ok, say: `${stepName} is complete already` };
  const id = idOf(found);
  if (id === undefined) return failed(`plan ${planName} has no revision yet`);
  const control = controlOf(service);
  const say = `${stepName} of plan ${planName} of ${name} counts as complete; nothing was done for it`;
  return { kind: 'Write', control: { ...control, completed: including(control.completed, id) }, say: [say] };
}

function findStep(service: Service, planName: string, phaseName: string, stepName: string): PlacedStep | string {
  const chosen = findPlan(service, planName);
  if (chosen.kind === 'Missing') return chosen.message;
  const { plan } = chosen;
  const phase = plan.phases.find(({ name }) => name === phaseName);
  const step = phase?.steps.find(({ name }) => name === stepName);
  if (phase !== undefined && step !== undefined) return { plan, phase: phase.name, step };
  if (phase !== undefined) return `phase ${phaseName} has no step ${stepName}; it has: ${namesOf(phase.steps)}`;
  return `plan ${planName} has no phase ${phaseName}; it has: ${namesOf(plan.phases)}`;
}

function namesOf(parts: readonly { name: string }[]): string {
  return parts.map(({ name }) => name).join(', ') || 'none';
}

function nameOf(service: Service, plan: PlanStatus | undefined): string {
  return plan === undefined ? service.metadata.name : `plan ${plan.name} of ${service.metadata.name}`;
}

function failed(say: string): Decision {
  return { kind: 'Leave', code: exit.failure, say };
}
