/** A structural schema as the API server takes it, and how zod's JSON schema becomes one. */
import { z } from 'zod';
import { defaultInCode } from './dialect.ts';

export interface Validation {
  rule: string;
  message: string;
  fieldPath?: string;
}

export interface Schema {
  description?: string;
  type?: string;
  format?: string;
  enum?: string[];
  default?: unknown;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic';
  'x-kubernetes-validations'?: Validation[];
}

/** The schema that users are held to: what they may leave out is not required. */
export function structuralSchema(schema: z.ZodType): Schema {
  const options = { target: 'openapi-3.0', io: 'input', reused: 'inline', unrepresentable: 'throw' } as const;
  const root: unknown = z.toJSONSchema(schema, options);
  // zod hangs its own validator on the root, outside what JSON can say.
  return normalised(JSON.parse(JSON.stringify(root)));
}

/** Drops what Kubernetes forbids and a dialect keyword says instead; the lint finds whatever else is foreign. */
function normalised(node: Schema & Record<string, unknown>): Schema {
  const { anyOf, additionalProperties, propertyNames: _keys, minLength, minItems, ...most } = node;
  const { [defaultInCode]: inCode, default: value, ...rest } = most;
  return {
    ...rest,
    ...(node.description && { description: withDefault(node.description, node.default) }),
    ...(value !== undefined && !inCode && { default: value }),
    ...(minLength && { minLength }),
    ...(minItems && { minItems }),
    ...(anyOf !== undefined && !node['x-kubernetes-int-or-string'] && { anyOf }),
    ...childrenOf(node, additionalProperties),
  };
}

/** `kubectl explain` does not show defaults of its own accord. */
function withDefault(description: string, value: unknown): string {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? `${description} Default: ${value}.` : description;
}

function childrenOf(node: Schema, additionalProperties: Schema | undefined): Schema {
  const free = node['x-kubernetes-preserve-unknown-fields'];
  return {
    ...(node.properties && { properties: mapValues(node.properties, normalised) }),
    ...(node.items && { items: normalised({ ...node.items }) }),
    ...(additionalProperties && !free && { additionalProperties: normalised({ ...additionalProperties }) }),
  };
}

function mapValues(schemas: Record<string, Schema>, change: (schema: Schema & Record<string, unknown>) => Schema) {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, change({ ...schema })]));
}
