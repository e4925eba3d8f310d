/** Waiting for an object to become something. */
import { ApiError, ConnectionError } from '../kube/api.ts';
import type { Clock } from '../kube/clock.ts';
import type { KubeObject, Ref, Resource } from '../kube/resource.ts';
import { type Context, exit, type Output } from './command.ts';
import { describeFailure } from './failures.ts';

const EVERY_MS = 1000;
const READ_MS = 30_000;
const STALLED_MS = 15_000;

export interface Following<T extends KubeObject, Answer> {
  resource: Resource<T>;
  ref: Ref;
  /** Without it, for as long as it takes. */
  timeoutMs?: number | undefined;
  /** Ends it by an answer. `undefined` stands for an object that is not there. */
  look(object: T | undefined): Answer | undefined;
}

/**
 * Looks once a second: that needs no right but `get`, and what is shown of times stays true. An API server that is away
 * for a while is waited for, as what is waited for may well be its own upgrade.
 */
export async function follow<T extends KubeObject, Answer>(
  context: Context,
  following: Following<T, Answer>,
): Promise<Answer | 'Timeout'> {
  const { clock, signal } = context;
  const end = clock.now() + (following.timeoutMs ?? Number.POSITIVE_INFINITY);
  const reader = patientReader(context, following);
  for (;;) {
    const left = end - clock.now();
    if (left <= 0) return 'Timeout';
    const seen = await reader(Math.min(left, READ_MS));
    const answer = seen === 'Unknown' ? undefined : following.look(seen.object);
    if (answer !== undefined) return answer;
    await clock.sleep(Math.min(EVERY_MS, Math.max(end - clock.now(), 0)), signal);
  }
}

type Seen<T> = { object: T | undefined } | 'Unknown';

/** Says once that there is no answer, until there is one again. */
function patientReader<T extends KubeObject>(
  { api, signal, out }: Context,
  { resource, ref }: Pick<Following<T, unknown>, 'resource' | 'ref'>,
): (timeoutMs: number) => Promise<Seen<T>> {
  let told = false;
  return async (timeoutMs) => {
    try {
      const object = await api.read(resource, ref, { signal, timeoutMs });
      told = false;
      return { object };
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      if (!told) out.error(`${describeFailure(error)}; still waiting`);
      told = true;
      return 'Unknown';
    }
  };
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof ConnectionError || (error instanceof ApiError && (error.status >= 500 || error.status === 429))
  );
}

/** How a wait ends: `say` goes on after the name of what was waited for. */
export interface End {
  code: number;
  say: string;
}

export function conclude(out: Output, name: string, { code, say }: End): number {
  if (code === exit.ok) out.line(`${name} ${say}`);
  else out.error(`${name} ${say}`);
  return code;
}

/** Answers whether it has been stalled for so long that it will not come by itself: some causes pass in seconds. */
export function stallWatch(clock: Clock): (stalled: boolean) => boolean {
  let since: number | undefined;
  return (stalled) => {
    since = stalled ? (since ?? clock.now()) : undefined;
    return since !== undefined && clock.now() - since >= STALLED_MS;
  };
}
