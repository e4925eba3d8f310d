/** Which nodes a required node affinity accepts, as the scheduler decides it (component-helpers nodeaffinity). */
import type { V1NodeSelectorRequirement, V1NodeSelectorTerm } from '@kubernetes/client-node';

export interface TestNode {
  name: string;
  labels: Record<string, string>;
}

/** No terms at all accept every node; terms are ORed; an empty term accepts none. */
export function accepts(terms: V1NodeSelectorTerm[] | undefined, node: TestNode): boolean {
  return terms === undefined || terms.some((term) => termAccepts(term, node));
}

function termAccepts({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm, node: TestNode): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.name };
  return (
    matchExpressions.every((requirement) => holds(requirement, node.labels)) &&
    matchFields.every((requirement) => holds(requirement, fields))
  );
}

function holds({ key, operator, values = [] }: V1NodeSelectorRequirement, labels: Record<string, string>): boolean {
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
      throw new Error(`no operator ${operator}`);
  }
}
