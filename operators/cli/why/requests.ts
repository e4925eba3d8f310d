/** What a pod asks of a node, counted as the scheduler counts it (component-helpers `resource`). */
import type { V1Container } from '@kubernetes/client-node';
import { formatMilli, parseQuantity } from '../../kube/quantity.ts';
import type { Node, Pod, Wire } from '../../kube/resource.ts';

/** By resource, in billionths of its unit. */
export type Amounts = Map<string, bigint>;

const nano = 1_000_000_000n;
const mebi = 1_048_576n;

export function amountsOf(quantities: Record<string, string> | undefined): Amounts {
  return new Map(Object.entries(quantities ?? {}).map(([name, quantity]) => [name, parseQuantity(quantity) ?? 0n]));
}

/** Containers run together with the sidecars; each other init container runs alone beside the sidecars before it. */
export function requestsOf(pod: Pod): Amounts {
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of pod.spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') add(sidecars, requested(container));
    else raise(peak, sum(sidecars, requested(container)));
  }
  const running = (pod.spec?.containers ?? []).reduce((all, container) => sum(all, requested(container)), sidecars);
  raise(peak, running);
  // Where a pod has resources of its own, they stand for all of its containers.
  for (const [name, amount] of amountsOf(pod.spec?.resources?.requests)) peak.set(name, amount);
  add(peak, amountsOf(pod.spec?.overhead));
  return peak.set('pods', nano);
}

function requested({ resources }: Wire<V1Container>): Amounts {
  return amountsOf(resources?.requests);
}

function sum(one: Amounts, other: Amounts): Amounts {
  const both = new Map(one);
  add(both, other);
  return both;
}

function add(to: Amounts, from: Amounts): void {
  for (const [name, amount] of from) to.set(name, (to.get(name) ?? 0n) + amount);
}

function raise(to: Amounts, from: Amounts): void {
  for (const [name, amount] of from) if (amount > (to.get(name) ?? 0n)) to.set(name, amount);
}

/** What the pods on it leave of a node; pods that have ended hold nothing any more. */
export function freeOn(node: Node, pods: readonly Pod[]): Amounts {
  const free = amountsOf(node.status?.allocatable);
  for (const pod of pods) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    for (const [name, amount] of requestsOf(pod)) free.set(name, (free.get(name) ?? 0n) - amount);
  }
  return free;
}

/** `500m`, `2`, `1536Mi`; less than nothing is nothing. */
export function shownAmount(resource: string, amount: bigint): string {
  const some = amount > 0n ? amount : 0n;
  if (resource === 'cpu') return formatMilli(some / 1_000_000n);
  const units = some / nano;
  return resource === 'memory' || resource.endsWith('storage') ? `${units / mebi}Mi` : String(units);
}
