/** The reference page of a kind: one table for each object in its schema. */
import { rootSchema } from '../../crds/lib/export.ts';
import type { Kind } from '../../crds/lib/kind.ts';
import type { Schema, Validation } from '../../crds/lib/schema.ts';

export function reference(kind: Kind): string {
  const root = rootSchema(kind);
  const { spec, status } = root.properties ?? {};
  const parts = [front(kind), rulesOf(validationsOf(root))];
  if (spec) parts.push(...sections(spec, 'spec', 'Whatever is left out has the default shown; `spec: {}` is enough.'));
  if (status) parts.push(...sections(status, 'status', 'Written by Stateward and by nobody else.'));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function front({ kind, group, version, description, shortNames, plural, scale }: Kind): string {
  return [
    `# ${kind}`,
    '<!-- Generated from crds/*.ts by hack/generate. -->',
    description,
    `\`apiVersion: ${group}/${version}\`, namespaced; \`kubectl get ${plural}\` or \`${shortNames.join('`, `')}\`` +
      `${scale ? '; `kubectl scale` works' : ''}.`,
  ].join('\n\n');
}

function sections(schema: Schema, path: string, intro = '', rules: readonly Validation[] = []): string[] {
  const properties = Object.entries(schema.properties ?? {});
  const table = ['| Field | Type | Default | Description |', '|---|---|---|---|', ...properties.map(row(schema))];
  const depth = path.includes('.') ? '###' : '##';
  const own = [
    `${depth} ${path}`,
    intro,
    rulesOf([...rules, ...validationsOf(schema), ...leafRules(schema)]),
    table.join('\n'),
  ];
  const below = properties.map(([name, child]): [string, Schema] => [`${path}.${name}`, child]);
  return [...own.filter((part) => part !== ''), ...below.flatMap(([at, child]) => nested(child, at))];
}

/** Rules of a list stand with its items: that is where a reader looks for them. */
function nested(schema: Schema, path: string): string[] {
  const inner = schema.type === 'array' && schema.items ? schema.items : schema;
  if (!inner.properties) return [];
  const rules = schema === inner ? [] : validationsOf(schema);
  return sections(inner, schema === inner ? path : `${path}[]`, '', rules);
}

function validationsOf(schema: Schema): Validation[] {
  return schema['x-kubernetes-validations'] ?? [];
}

/** Of the fields that get no section of their own. */
function leafRules(schema: Schema): Validation[] {
  const leaves = Object.values(schema.properties ?? {}).filter(
    (child) => !child.properties && !child.items?.properties,
  );
  return leaves.flatMap(validationsOf);
}

function rulesOf(validations: readonly Validation[]): string {
  return validations.map(({ message, fieldPath }) => `- ${fieldPath ? `\`${fieldPath}\`: ` : ''}${message}`).join('\n');
}

function row(parent: Schema) {
  return ([name, schema]: [string, Schema]): string => {
    const required = parent.required?.includes(name) ? ' (required)' : '';
    const fallback = schema.default === undefined ? '' : `\`${plain(schema.default)}\``;
    return `| \`${name}\`${required} | ${escaped(typeOf(schema))} | ${escaped(fallback)} | ${escaped(described(schema))} |`;
  };
}

/** The default has a column of its own. */
function described({ description = '' }: Schema): string {
  return description.replace(/ Default: \S+\.$/, '');
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  if (schema['x-kubernetes-int-or-string']) return 'quantity';
  if (schema['x-kubernetes-preserve-unknown-fields']) return 'any object';
  if (schema.additionalProperties)
    return `map of ${typeOf(schema.additionalProperties)}, at most ${schema.maxProperties}`;
  if (schema.items)
    return `${listName(schema)} of ${typeOf(schema.items)}, ${countOf(schema.minItems, schema.maxItems)}`;
  if (schema.type === 'integer') return `integer${rangeOf(schema)}`;
  return schema.format === 'date-time' ? 'time' : (schema.type ?? '');
}

function listName(schema: Schema): string {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (keys) return `list by \`${keys.join('`, `')}\``;
  return schema['x-kubernetes-list-type'] === 'set' ? 'set' : 'list';
}

function countOf(least: number | undefined, most: number | undefined): string {
  return least === undefined ? `at most ${most}` : `${least} to ${most}`;
}

function rangeOf({ minimum, maximum, format }: Schema): string {
  return format === 'int32' ? `, ${minimum} to ${maximum}` : '';
}
