/**
 * What the API server, the CEL estimator and a reader of `kubectl explain` ask of a schema. Most of it the API server
 * would refuse too, but only when somebody installs it.
 */
import type { Schema } from './schema.ts';

/** One sentence for each fault, with the path of the node. */
export function lint(schema: Schema, path: string): string[] {
  const own = checks.flatMap((check) => check(schema).map((fault) => `${path}: ${fault}`));
  return [...own, ...children(schema, path).flatMap(([child, at]) => lint(child, at))];
}

function children({ properties, items, additionalProperties }: Schema, path: string): [Schema, string][] {
  return [
    ...Object.entries(properties ?? {}).map(([name, child]): [Schema, string] => [child, `${path}.${name}`]),
    ...(items ? [[items, `${path}[]`] satisfies [Schema, string]] : []),
    ...(additionalProperties ? [[additionalProperties, `${path}{}`] satisfies [Schema, string]] : []),
  ];
}

type Check = (schema: Schema) => string[];

const when = (fault: boolean, message: string): string[] => (fault ? [message] : []);

const allowed = new Set([
  ...['description', 'type', 'format', 'enum', 'default', 'pattern', 'required', 'properties', 'items'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'maxProperties', 'additionalProperties'],
  ...['x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-list-type'],
  ...['x-kubernetes-list-map-keys', 'x-kubernetes-map-type', 'x-kubernetes-validations'],
]);

const knownKeywords: Check = (schema) =>
  Object.keys(schema)
    .filter((keyword) => !allowed.has(keyword))
    .map((keyword) => `the keyword ${keyword} is not structural`);

const types = new Set(['object', 'array', 'string', 'integer', 'boolean']);

const typed: Check = (schema) => {
  if (schema['x-kubernetes-int-or-string']) return when(schema.type !== undefined, 'int-or-string must have no type');
  return when(
    !types.has(schema.type ?? ''),
    `the type ${schema.type ?? '(none)'} is not one of ${[...types].join(', ')}`,
  );
};

const oneKindOfObject: Check = ({ type, properties, additionalProperties, ...rest }) => [
  ...when(properties !== undefined && additionalProperties !== undefined, 'properties beside additionalProperties'),
  ...when(
    type === 'object' && !properties && !additionalProperties && !rest['x-kubernetes-preserve-unknown-fields'],
    'an object of nothing: name its properties or keep unknown ones',
  ),
];

const bounded: Check = (schema) => [
  ...when(isText(schema) && !schema.enum && schema.maxLength === undefined, 'a string without maxLength'),
  ...when(schema.type === 'array' && schema.maxItems === undefined, 'a list without maxItems'),
  ...when(isMap(schema) && schema.maxProperties === undefined, 'a map without maxProperties'),
  ...when(schema.type === 'integer' && isOpen(schema), 'an integer without minimum, maximum or format'),
];

function isText(schema: Schema): boolean {
  return schema.type === 'string' || schema['x-kubernetes-int-or-string'] === true;
}

function isMap(schema: Schema): boolean {
  return schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function isOpen({ minimum, maximum, format }: Schema): boolean {
  return minimum === undefined || maximum === undefined || format === undefined;
}

const mergeable: Check = (schema) => {
  const [kind, keys = []] = [schema['x-kubernetes-list-type'], schema['x-kubernetes-list-map-keys']];
  if (schema.type !== 'array') return when(kind !== undefined, 'a list type on what is no list');
  const missing = keys.filter((key) => !schema.items?.required?.includes(key));
  return [
    ...when(kind === undefined, 'a list without x-kubernetes-list-type'),
    ...when(kind === 'map' && keys.length === 0, 'a list map without keys'),
    ...missing.map((key) => `the key ${key} of a list map is not required in its items`),
  ];
};

/** The API server uses RE2, which has neither look-around nor back references. */
const plainPattern: Check = ({ pattern }) =>
  when(pattern !== undefined && /\(\?[=!<]|\\[1-9]/.test(pattern), `RE2 cannot read the pattern ${pattern}`);

const cleanDefault: Check = ({ default: value, properties }) => {
  if (!properties || typeof value !== 'object' || value === null) return [];
  const foreign = Object.keys(value).filter((key) => !(key in properties));
  return foreign.map((key) => `the default has the unknown field ${key}`);
};

const described: Check = ({ properties }) =>
  Object.entries(properties ?? {})
    .filter(([name, child]) => name !== 'metadata' && !isSentence(child.description))
    .map(([name]) => `the field ${name} needs a description: one sentence`);

function isSentence(text: string | undefined): boolean {
  return text !== undefined && /^\p{L}.*\.$/u.test(text);
}

const explained: Check = (schema) =>
  (schema['x-kubernetes-validations'] ?? [])
    .filter(({ message }) => message === '')
    .map(({ rule }) => `the rule ${rule} has no message`);

const checks: Check[] = [
  knownKeywords,
  typed,
  oneKindOfObject,
  bounded,
  mergeable,
  plainPattern,
  cleanDefault,
  described,
  explained,
];
