/** `plan pause` and `plan resume`. */
import type { Control } from '../../../crds/common.ts';
import { lastingPlans } from '../../workload/operations/operations.ts';
import { type Command, exit } from '../command.ts';
import { controlOf, type Decision, decideControl, findPlan, including, isOf, plansOf } from '../control.ts';
import { type Service, withService } from '../services.ts';

export const planPause: Command = {
  name: 'plan pause',
  aliases: ['plan interrupt'],
  usage: 'SERVICE [PLAN [PHASE]]',
  summary: 'Let the steps that run end, and begin no further one',
  details:
    'Without PLAN it pauses every plan that is not complete, or `deploy` if all are. A pause lasts until `plan resume`: it is kept in `spec.control.paused`, also for plans to come.',
  run: (context, { positionals: [service, plan, phase] }) =>
    withService(context, service, (found) => decideControl(context, found, (seen) => pause(seen, plan, phase))),
};

export const planResume: Command = {
  name: 'plan resume',
  aliases: ['plan continue'],
  usage: 'SERVICE [PLAN [PHASE]]',
  summary: 'End a pause',
  details: 'Without PLAN it ends every pause of the service.',
  run: (context, { positionals: [service, plan, phase] }) =>
    withService(context, service, (found) => decideControl(context, found, (seen) => resume(seen, plan, phase))),
};

function pause(service: Service, plan: string | undefined, phase: string | undefined): Decision {
  const problem = plan === undefined ? undefined : unknown(service, plan, phase);
  if (problem !== undefined) return { kind: 'Leave', code: exit.failure, say: problem };
  const control = controlOf(service);
  const wanted = plan === undefined ? openPlans(service) : [phase === undefined ? plan : `${plan}/${phase}`];
  const fresh = wanted.filter((entry) => control.paused?.includes(entry) !== true);
  if (fresh.length === 0) return { kind: 'Leave', code: exit.ok, say: `${named(wanted, service)} is paused already` };
  return {
    kind: 'Write',
    control: { ...control, paused: fresh.reduce<string[]>(including, control.paused ?? []) },
    say: fresh.map((entry) => `${named([entry], service)} is paused: steps that run go on, no further one begins`),
  };
}

/**
 * A pause of something that does not exist would hold nothing, and nobody would notice. Plans of every service may be
 * paused before they have anything to do.
 */
function unknown(service: Service, plan: string, phase: string | undefined): string | undefined {
  const found = findPlan(service, plan);
  if (found.kind === 'Missing') return phase === undefined && lastingPlans.includes(plan) ? undefined : found.message;
  const phases = found.plan.phases.map(({ name }) => name);
  if (phase === undefined || phases.includes(phase)) return undefined;
  return `plan ${plan} of ${service.metadata.name} has no phase ${phase}; it has: ${phases.join(', ') || 'none'}`;
}

function openPlans(service: Service): string[] {
  const open = plansOf(service).filter(({ status }) => status !== 'Complete');
  return open.length === 0 ? ['deploy'] : open.map(({ name }) => name);
}

function resume(service: Service, plan: string | undefined, phase: string | undefined): Decision {
  const control = controlOf(service);
  const ends = (entry: string): boolean => plan === undefined || isOf(entry, plan, phase);
  const ended = (control.paused ?? []).filter(ends);
  if (ended.length === 0) return notPaused(service, plan, phase, control);
  const kept = (list: readonly string[] | undefined): string[] => (list ?? []).filter((entry) => !ends(entry));
  return {
    kind: 'Write',
    control: { ...control, paused: kept(control.paused), allowed: kept(control.allowed) },
    say: ended.map((entry) => `${named([entry], service)} goes on`),
  };
}

function notPaused(
  service: Service,
  plan: string | undefined,
  phase: string | undefined,
  { paused }: Control,
): Decision {
  const { name } = service.metadata;
  if (plan === undefined) return { kind: 'Leave', code: exit.ok, say: `nothing of ${name} is paused` };
  if (phase !== undefined && paused?.includes(plan) === true) {
    const say = `the whole plan ${plan} of ${name} is paused, not only its phase ${phase}: resume the plan`;
    return { kind: 'Leave', code: exit.failure, say };
  }
  const problem = unknown(service, plan, phase);
  if (problem !== undefined) return { kind: 'Leave', code: exit.failure, say: problem };
  const entry = phase === undefined ? plan : `${plan}/${phase}`;
  return { kind: 'Leave', code: exit.ok, say: `${named([entry], service)} is not paused` };
}

function named(entries: readonly string[], service: Service): string {
  const parts = entries.map((entry) => {
    const [plan = '', phase] = entry.split('/');
    return phase === undefined ? `plan ${plan}` : `phase ${phase} of plan ${plan}`;
  });
  return `${parts.join(' and ')} of ${service.metadata.name}`;
}
