/** The agent's `/state` over HTTP. */
import { request } from 'undici';
import { z } from 'zod';
import type { MemberWord } from './admin.ts';

const timeoutMs = 3_000;

const answer = z.object({
  operationMode: z.string(),
  hostId: z.string().nullish(),
  live: z.array(z.string()).default([]),
  unreachable: z.array(z.string()).default([]),
  joining: z.array(z.string()).default([]),
});

export async function askAgent(host: string, port: number, signal: AbortSignal): Promise<MemberWord> {
  const { statusCode, body } = await request(`http://${host}:${port}/state`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const parsed = answer.safeParse(await body.json());
  if (statusCode !== 200 || !parsed.success) throw new Error(`the agent of ${host} answers ${statusCode}`);
  const { operationMode, hostId, live, unreachable, joining } = parsed.data;
  return { operationMode, hostId: hostId ?? undefined, live, unreachable, joining };
}
