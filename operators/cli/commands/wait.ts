/** `wait`: until a service is as it should be. */
import { refOf } from '../../kube/resource.ts';
import { briefly } from '../../plan/tree.ts';
import { isTrue } from '../../workload/conditions.ts';
import { type Command, type Context, exit } from '../command.ts';
import { plansOf } from '../control.ts';
import { conclude, type End, follow, stallWatch } from '../follow.ts';
import { healthOf, isObserved, isReady } from '../health.ts';
import { timeout, timeoutOf } from '../options.ts';
import { progressOf } from '../progress.ts';
import { fullName, resourceOf, type Service, withService } from '../services.ts';

export const wait: Command = {
  name: 'wait',
  usage: 'SERVICE',
  summary: 'Wait until a service is ready, or its plans are complete, and show the progress',
  details:
    'Exit codes: 0 when it is so; 1 when it cannot come by itself (`Stalled` for 15 seconds, or the service is gone); 124 when the time is over.',
  options: {
    for: {
      type: 'string',
      value: 'STATE',
      choices: ['Ready', 'Complete'],
      summary: 'Ready (the default): it does what its spec says. Complete: every plan is complete.',
    },
    ...timeout,
  },
  run: async (context, args) => {
    const limit = timeoutOf(args);
    const state = args.text('for') === 'Complete' ? 'Complete' : 'Ready';
    const go = (ms: number | undefined): Promise<number> =>
      withService(context, args.positionals[0], (service) => waitFor(context, service, state, ms));
    if ('ms' in limit) return go(limit.ms);
    context.out.error(limit.message);
    return exit.usage;
  },
};

type State = 'Ready' | 'Complete';

async function waitFor(
  context: Context,
  service: Service,
  state: State,
  timeoutMs: number | undefined,
): Promise<number> {
  const { out, clock } = context;
  const [start, stalled] = [clock.now(), stallWatch(clock)];
  let last = 'nothing is known of it';
  const end = await follow<Service, End>(context, {
    resource: resourceOf(service),
    ref: refOf(service),
    timeoutMs,
    look: (seen) => {
      if (seen === undefined) return { code: exit.failure, say: 'is gone' };
      if (isThere(seen, state)) return { code: exit.ok, say: `is ${words[state]}` };
      last = standingOf(seen);
      out.draw(last);
      const isStuck = stalled(isTrue(seen.status?.conditions ?? [], 'Stalled'));
      return isStuck ? { code: exit.failure, say: `cannot go on by itself: ${healthOf(seen) ?? last}` } : undefined;
    },
  });
  const name = fullName(service);
  const after = briefly(clock.now() - start);
  if (end === 'Timeout')
    return conclude(out, name, { code: exit.timeout, say: `is not ${words[state]} after ${after}: ${last}` });
  return conclude(out, name, end.code === exit.ok ? { ...end, say: `${end.say} after ${after}` } : end);
}

const words: Record<State, string> = { Ready: 'ready', Complete: 'complete' };

function isThere(service: Service, state: State): boolean {
  if (state === 'Ready') return isReady(service);
  const plans = plansOf(service);
  return isObserved(service) && plans.length > 0 && plans.every(({ status }) => status === 'Complete');
}

function standingOf(service: Service): string {
  const open = plansOf(service).find(({ status }) => status !== 'Complete');
  if (isObserved(service) && open !== undefined) return progressOf(open);
  return healthOf(service) ?? 'its plans are not known yet';
}
