/** Plan trees, shown each time they change, until every service is Ready. */
import { setTimeout as delay } from 'node:timers/promises';
import { planTree } from '../../operators/plan/tree.ts';
import type { Tools } from '../kubectl.ts';
import { duration, type Say } from '../progress.ts';
import { isReady, readServices, type Service } from './services.ts';

const limitMs = 15 * 60_000;

export async function watchPlans(tools: Tools, namespace: string, say: Say, signal: AbortSignal): Promise<void> {
  const start = Date.now();
  const shown = new Map<string, string>();
  const ready = new Set<string>();
  while (Date.now() - start < limitMs) {
    const services = await readServices(tools, namespace);
    for (const service of services) {
      showChange(service, shown, say, Date.now() - start);
      if (isReady(service) && !ready.has(service.kind)) {
        ready.add(service.kind);
        say(`   ${service.kind} ${service.name} is Ready after ${duration(Date.now() - start)}`);
      }
    }
    if (services.length > 0 && services.every(isReady)) return;
    await delay(500, undefined, { signal });
  }
  throw new Error(`not every service is Ready after ${duration(limitMs)}: kubectl -n ${namespace} describe shows why`);
}

function showChange(service: Service, shown: Map<string, string>, say: Say, elapsedMs: number): void {
  const trees = (service.status.plans ?? []).map(planTree).join('\n');
  if (trees === '' || shown.get(service.kind) === trees) return;
  shown.set(service.kind, trees);
  say(`   ${service.kind} ${service.name}, ${duration(elapsedMs)}:`);
  say(trees.replaceAll(/^/gm, '     '));
}
