/** From a kind to the CustomResourceDefinition that the API server takes. */
import { categories, type Kind, type NameBounds } from './kind.ts';
import { type Schema, structuralSchema } from './schema.ts';

/** Services and StatefulSets carry the name, so it must be a DNS label that begins with a letter. */
const serviceName: NameBounds = {
  max: 40,
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  description: 'The name of the service, part of the names of everything that belongs to it.',
};

function nameSchema({ max, pattern, description }: NameBounds): Schema {
  return { type: 'string', maxLength: max, pattern: pattern.source, description };
}

const apiVersion: Schema = {
  type: 'string',
  maxLength: 64,
  description: 'The group and version of this kind.',
};

const kindName: Schema = {
  type: 'string',
  maxLength: 64,
  description: 'The name of this kind.',
};

export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'CustomResourceDefinition';
  metadata: { name: string };
  spec: object;
}

export function rootSchema(kind: Kind): Schema {
  const spec = { description: 'What the service shall be.', ...structuralSchema(kind.spec) };
  const status = { description: 'What the service is, written by Stateward.', ...structuralSchema(kind.status) };
  const metadata: Schema = { type: 'object', properties: { name: nameSchema(kind.name ?? serviceName) } };
  return {
    description: kind.description,
    type: 'object',
    properties: { apiVersion, kind: kindName, metadata, spec, status },
    ...(kind.spec.safeParse(undefined).success ? {} : { required: ['spec'] }),
    'x-kubernetes-validations': [...kind.rules],
  };
}

export function definitionOf(kind: Kind): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: { group: kind.group, names: namesOf(kind), scope: 'Namespaced', versions: [versionOf(kind)] },
  };
}

function namesOf({ kind, plural, singular, shortNames }: Kind): object {
  return { kind, listKind: `${kind}List`, plural, singular, shortNames, categories };
}

function versionOf(kind: Kind): object {
  return {
    name: kind.version,
    served: true,
    storage: true,
    additionalPrinterColumns: kind.columns,
    subresources: { status: {}, ...(kind.scale && { scale: kind.scale }) },
    schema: { openAPIV3Schema: rootSchema(kind) },
  };
}
