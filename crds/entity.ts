/** What every kind has that lives inside a service: its reference to the service, its status and its columns. */
import type { z } from 'zod';
import { objectName } from './common.ts';
import { immutable, int64, object, optional, text } from './lib/dialect.ts';
import type { PrinterColumn } from './lib/kind.ts';
import { conditions } from './status.ts';

/** The service, in the namespace of the object: who may write in a namespace reaches nothing outside of it. */
export function serviceName(kind: string): z.ZodString {
  return immutable(objectName(), 'it cannot move to another service: make a new object').describe(
    `The name of the ${kind}, in the same namespace.`,
  );
}

/** Where somebody's password is. */
export function passwordSecret(kind: string) {
  return object({
    name: objectName().describe(
      `The name of the Secret, in the namespace of the ${kind}; it must have the label stateward.dev/password: "true".`,
    ),
    key: text({ min: 1, max: 253, pattern: /^[-._a-zA-Z0-9]+$/ })
      .prefault('password')
      .describe('The key in it.'),
  });
}

export function entityStatusShape() {
  return {
    observedGeneration: optional(int64(0).describe('The generation of the spec that this status is about.')),
    conditions: conditions(),
  };
}

export const entityColumns: readonly PrinterColumn[] = [
  { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'The service.' },
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether the service has it as the spec says.',
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: 'Why it has or has not.',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
];
