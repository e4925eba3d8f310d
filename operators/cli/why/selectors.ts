/** Which nodes and pods a selector takes, as the scheduler decides it (component-helpers `nodeaffinity`). */
import type {
  V1LabelSelector,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1Taint,
  V1Toleration,
} from '@kubernetes/client-node';
import type { Wire } from '../../kube/resource.ts';

type Labels = Record<string, string>;

/** Terms are ORed, and an empty term takes no node. */
export function takesNode(terms: readonly Wire<V1NodeSelectorTerm>[], name: string, labels: Labels): boolean {
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    const fields = { 'metadata.name': name };
    return matchExpressions.every((one) => holds(one, labels)) && matchFields.every((one) => holds(one, fields));
  });
}

/** An empty selector takes everything, an absent one nothing. */
export function takesLabels(selector: Wire<V1LabelSelector> | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return equal && matchExpressions.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values = [] }: Wire<V1NodeSelectorRequirement>, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** A taint that only prefers is no obstacle. */
export function tolerates(tolerations: readonly Wire<V1Toleration>[], taint: Wire<V1Taint>): boolean {
  if (taint.effect === 'PreferNoSchedule') return true;
  return tolerations.some(({ key = '', operator = 'Equal', value = '', effect = '' }) => {
    if (effect !== '' && effect !== taint.effect) return false;
    if (key === '') return operator === 'Exists';
    return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
  });
}
