/** From apply to Ready, and what each second was spent on. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isReady, readService } from '../../hack/demo/services.ts';
import type { Tools } from '../../hack/kubectl.ts';

export interface MemberTiming {
  name: string;
  /** Seconds after apply. */
  placed: number;
  /** The main process was started. */
  started: number;
  /** Ready by its own probe. */
  ready: number;
}

export interface Timing {
  kind: string;
  members: MemberTiming[];
  /** Seconds from apply until the service said Ready. */
  total: number;
}

export const namespace = 'bench';
const limitMs = 15 * 60_000;

const condition = z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string() });
const container = z.object({ state: z.object({ running: z.object({ startedAt: z.string() }).optional() }) });
const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ conditions: z.array(condition), containerStatuses: z.array(container) }),
    }),
  ),
});

export async function deployAndTime(tools: Tools, file: string, kind: string, signal: AbortSignal): Promise<Timing> {
  const manifest = await tools.kubectl(['create', 'namespace', namespace, '--dry-run=client', '-o', 'yaml']);
  await tools.kubectl(['apply', '-f', '-'], { input: manifest });
  const from = Date.now();
  await tools.kubectl(['apply', '-n', namespace, '-f', file]);
  while (!isReady(await readService(tools, namespace, kind))) {
    if (Date.now() - from > limitMs) throw new Error(`${kind} is not Ready after ${limitMs / 60_000} minutes`);
    await delay(250, undefined, { signal });
  }
  const total = (Date.now() - from) / 1000;
  return { kind, total, members: await memberTimings(tools, kind, from) };
}

async function memberTimings(tools: Tools, kind: string, from: number): Promise<MemberTiming[]> {
  const output = await tools.kubectl([
    'get',
    'pods',
    '-n',
    namespace,
    '-l',
    `stateward.dev/kind=${kind}`,
    '-o',
    'json',
  ]);
  const since = (time: string | undefined): number =>
    time === undefined ? Number.NaN : (Date.parse(time) - from) / 1000;
  return podList.parse(JSON.parse(output)).items.map(({ metadata, status }) => {
    const at = (type: string): number => since(status.conditions.find((one) => one.type === type)?.lastTransitionTime);
    const started = since(status.containerStatuses[0]?.state.running?.startedAt);
    return { name: metadata.name, placed: at('PodScheduled'), started, ready: at('Ready') };
  });
}
