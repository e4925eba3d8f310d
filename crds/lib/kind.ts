/** What a custom resource is, beside its schema. */
import type { z } from 'zod';
import type { Validation } from './schema.ts';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  description: string;
  /** 1 shows it with `-o wide` only. */
  priority?: number;
}

export interface NameBounds {
  max: number;
  pattern: RegExp;
  description: string;
}

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: true;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  /** What its objects may be called; as a service if left out, many of whose parts carry the name. */
  readonly name?: NameBounds;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  /** Rules that need the object's name. */
  readonly rules: readonly Validation[];
  readonly columns: readonly PrinterColumn[];
  /** Present where `kubectl scale` and an autoscaler make sense. */
  readonly scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
}

export const group = 'stateward.dev';
export const version = 'v1alpha1';
export const categories = ['all', 'stateward'] as const;

/** `kubectl get` shows the same columns for every service. */
export const serviceColumns: readonly PrinterColumn[] = [
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether the service does what its spec says.',
  },
  { name: 'Version', type: 'string', jsonPath: '.status.version', description: 'The version that runs.' },
  { name: 'Members', type: 'string', jsonPath: '.status.memberSummary', description: 'Ready and wanted members.' },
  { name: 'Plan', type: 'string', jsonPath: '.status.planSummary', description: 'What is being done now.' },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: 'Why the service is or is not ready.',
    priority: 1,
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
];

/** A StatefulSet is named after both; Kubernetes adds 11 characters in a label, which holds 63. */
export function shortNames(groups: string, word: string): Validation {
  return {
    rule: `!has(${groups}) || ${groups}.all(group, self.metadata.name.size() + 1 + group.name.size() <= 52)`,
    message: `the name of the service and the name of a ${word} may have 51 characters together`,
  };
}
