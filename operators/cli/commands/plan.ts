/** `plan` and `plan history`: what is being done, and what was done. */
import type { FinishedPlan, PlanStatus } from '../../../crds/status.ts';
import { refOf } from '../../kube/resource.ts';
import { briefly, planTree, planTreeAt } from '../../plan/tree.ts';
import { type Command, type Context, exit } from '../command.ts';
import { findPlan, plansOf } from '../control.ts';
import { follow } from '../follow.ts';
import { output } from '../options.ts';
import { fullName, resourceOf, type Service, withService } from '../services.ts';

export const planShow: Command = {
  name: 'plan',
  aliases: ['plan show', 'plan status', 'plan list'],
  usage: 'SERVICE [PLAN]',
  summary: 'Show plans as trees of phases and steps, with what each step waits for',
  options: {
    watch: { type: 'boolean', short: 'w', summary: 'Show every change, until Ctrl-C.' },
    ...output,
  },
  run: (context, args) => {
    const [service, plan] = args.positionals;
    return withService(context, service, (found) => {
      if (!args.has('watch')) return Promise.resolve(showPlans(context, found, plan));
      if (context.out.format === 'text') return watchPlans(context, found, plan);
      context.out.error('--watch draws a tree: leave --output out');
      return Promise.resolve(exit.usage);
    });
  },
};

export const planHistory: Command = {
  name: 'plan history',
  usage: 'SERVICE',
  summary: 'List the last plans that had something to do, newest first',
  options: output,
  run: (context, { positionals: [service] }) =>
    withService(context, service, async (found) => {
      const history = found.status?.history ?? [];
      context.out.show(history, () => showHistory(context, found, history));
      return exit.ok;
    }),
};

function showPlans(context: Context, service: Service, name: string | undefined): number {
  const chosen = choose(service, name);
  if (typeof chosen === 'string') {
    context.out.error(chosen);
    return exit.failure;
  }
  context.out.show(name === undefined ? chosen : chosen[0], () =>
    context.out.line(picture(service, chosen, now(context))),
  );
  return exit.ok;
}

/** A file or a pipe gets the tree again when something moves, and not each second for the sake of a time. */
async function watchPlans(context: Context, service: Service, name: string | undefined): Promise<number> {
  const draw = (plans: readonly PlanStatus[]): string =>
    picture(service, plans, context.out.isTerminal ? now(context) : planTree);
  const answer = await follow(context, {
    resource: resourceOf(service),
    ref: refOf(service),
    look: (seen) => {
      const chosen = seen === undefined ? `${fullName(service)} is gone` : choose(seen, name);
      context.out.draw(typeof chosen === 'string' ? chosen : draw(chosen));
      return seen === undefined ? exit.failure : undefined;
    },
  });
  return answer === 'Timeout' ? exit.timeout : answer;
}

function now({ clock }: Context): (plan: PlanStatus) => string {
  return (plan) => planTreeAt(plan, clock.now());
}

function picture({ metadata }: Service, plans: readonly PlanStatus[], draw: (plan: PlanStatus) => string): string {
  return plans.length === 0 ? `${metadata.name} has no plan yet` : plans.map((plan) => draw(plan)).join('\n\n');
}

function choose(service: Service, name: string | undefined): PlanStatus[] | string {
  if (name === undefined) return plansOf(service);
  const found = findPlan(service, name);
  return found.kind === 'Chosen' ? [found.plan] : found.message;
}

function showHistory({ out, clock }: Context, { metadata }: Service, history: readonly FinishedPlan[]): void {
  if (history.length === 0) out.line(`no plan of ${metadata.name} has finished yet`);
  const rows = history.map(({ name, outcome, finishedAt, seconds, steps, message = '' }) => [
    name,
    outcome,
    `${briefly(clock.now() - Date.parse(finishedAt))} ago`,
    briefly(seconds * 1000),
    String(steps),
    message,
  ]);
  out.table(['PLAN', 'OUTCOME', 'FINISHED', 'TOOK', 'STEPS', 'MESSAGE'], rows);
}
