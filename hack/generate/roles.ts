/** The rules of the chart's roles, as one named template for each scope. */
import { stringify } from 'yaml';
import type { Access } from '../../operators/access.ts';

const header = '{{/* Generated from operators/access.ts by hack/generate. */}}\n';

export function rulesTemplate(table: readonly Access[]): string {
  const scopes = ['Watched', 'Own', 'Cluster'] as const;
  return header + scopes.map((scope) => definition(scope, table)).join('');
}

function definition(scope: Access['scope'], table: readonly Access[]): string {
  const rules = table.filter((entry) => entry.scope === scope).map(ruleOf);
  return `{{- define "stateward.rules.${scope.toLowerCase()}" -}}\n${rules.join('')}{{- end }}\n`;
}

function ruleOf({ group, resources, verbs, why }: Access): string {
  const rule = { apiGroups: [group], resources: [...resources], verbs: [...verbs] };
  return `# ${why}\n${stringify([rule], { flowCollectionPadding: false, collectionStyle: 'any' })}`;
}
