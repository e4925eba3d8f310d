/** May a node be drained? A budget that allows nothing holds up whoever drains. */
import type { PodDisruptionBudget } from '../../../kube/resource.ts';
import { type Facts, itemsOf, unreadable } from '../facts.ts';
import { type Finding, fail, pass, unknown } from '../finding.ts';
import { takesLabels } from '../selectors.ts';

export function evictionsAllowed(facts: Facts): Finding[] {
  const pods = facts.members.flatMap(({ pod }) => pod ?? []);
  if (pods.length === 0) return [];
  const why = unreadable(facts.budgets);
  if (why !== undefined) return [unknown('evictions', `disruption budgets are not to be seen: ${why}`)];
  const budgets = itemsOf(facts.budgets).filter(({ spec }) =>
    pods.some(({ metadata }) => takesLabels(spec?.selector, metadata.labels ?? {})),
  );
  const [budget, ...others] = budgets;
  if (budget === undefined) return [unknown('evictions', 'no PodDisruptionBudget is about these members yet')];
  if (others.length === 0) return [judged(budget)];
  const names = budgets.map(({ metadata }) => metadata.name).join(', ');
  return [
    fail(
      'evictions',
      `several budgets are about the same pods (${names}): Kubernetes then refuses every eviction`,
      `keep ${ownOf(budgets)} alone`,
    ),
  ];
}

function ownOf(budgets: readonly PodDisruptionBudget[]): string {
  const own = budgets.find(({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] === 'stateward');
  return own?.metadata.name ?? 'one of them';
}

function judged({ metadata, status }: PodDisruptionBudget): Finding {
  const { disruptionsAllowed, currentHealthy = 0, expectedPods = 0 } = status ?? {};
  if (disruptionsAllowed === undefined) return unknown('evictions', `budget ${metadata.name} has not been counted yet`);
  const healthy = `${currentHealthy} of ${expectedPods} members are healthy`;
  if (disruptionsAllowed > 0)
    return pass('evictions', `budget ${metadata.name} lets ${disruptionsAllowed} go: ${healthy}`);
  const fix =
    currentHealthy < expectedPods ? 'bring back the members that are not ready' : 'wait: the operator allows none now';
  return fail('evictions', `budget ${metadata.name} lets no ready member go, so a drain waits: ${healthy}`, fix);
}
