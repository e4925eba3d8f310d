/** What the operator itself uses, from its own metrics. */
import { request } from 'undici';
import { z } from 'zod';
import { operatorNamespace } from '../../hack/install.ts';
import type { Tools } from '../../hack/kubectl.ts';

interface Sample {
  at: number;
  cpuSeconds: number;
  residentBytes: number;
  requests: number;
  reconciles: number;
}

export interface Load {
  what: string;
  seconds: number;
  /** Of one core. */
  cpuPercent: number;
  residentMiB: number;
  requests: number;
  reconciles: number;
}

const podList = z.object({ items: z.array(z.object({ status: z.object({ podIP: z.string() }) })) });

/** Of the leader: the standby does nothing. */
export async function scrape(tools: Tools, signal: AbortSignal): Promise<Sample> {
  const output = await tools.kubectl(['get', 'pods', '-n', operatorNamespace, '-o', 'json']);
  for (const { status } of podList.parse(JSON.parse(output)).items) {
    const { body } = await request(`http://${status.podIP}:8080/metrics`, { signal });
    const text = await body.text();
    if (sum(text, 'leader_election_master_status') === 1) return sampleOf(text);
  }
  throw new Error('no operator pod is leading');
}

function sampleOf(text: string): Sample {
  return {
    at: Date.now(),
    cpuSeconds: sum(text, 'process_cpu_seconds_total'),
    residentBytes: sum(text, 'process_resident_memory_bytes'),
    requests: sum(text, 'rest_client_requests_total'),
    reconciles: sum(text, 'controller_runtime_reconcile_total'),
  };
}

/** Over all label values. */
function sum(text: string, metric: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`));
  return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

export function between(what: string, before: Sample, after: Sample): Load {
  const seconds = (after.at - before.at) / 1000;
  return {
    what,
    seconds,
    cpuPercent: (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds,
    residentMiB: after.residentBytes / 2 ** 20,
    requests: after.requests - before.requests,
    reconciles: after.reconciles - before.reconciles,
  };
}
