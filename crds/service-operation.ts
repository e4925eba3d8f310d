/** `ServiceOperation`: one thing to be done once to a service, such as a restart of its members. */
import type { z } from 'zod';
import * as common from './common.ts';
import {
  bool,
  enumeration,
  int32,
  int64,
  listMap,
  object,
  optional,
  rules,
  set,
  text,
  timestamp,
} from './lib/dialect.ts';
import { group, type Kind, version } from './lib/kind.ts';
import { type Parsed, parse } from './lib/parse.ts';
import { conditions, planStatus } from './status.ts';

export const operationTypes = ['Restart', 'Replace', 'Decommission', 'Pause'] as const;

export type OperationType = (typeof operationTypes)[number];
export type ServiceOperationSpec = z.output<typeof serviceOperationSpec>;
/** What a user may write: every default left out. */
export type ServiceOperationSpecInput = z.input<typeof serviceOperationSpec>;
export type ServiceOperationStatus = z.output<typeof serviceOperationStatus>;
export type OperationTarget = NonNullable<ServiceOperationStatus['targets']>[number];

function service() {
  return object({
    kind: enumeration(['KafkaCluster', 'CassandraCluster']).describe('The kind of the service.'),
    name: common.objectName().describe('The name of the service, in the namespace of the operation.'),
  });
}

interface Wish {
  type: OperationType;
  members?: readonly string[];
  groups?: readonly string[];
}

const oneMember = {
  cel: "self.type == 'Restart' || (has(self.members) && self.members.size() == 1 && !has(self.groups))",
  message: 'name exactly one member in members: only a Restart may touch several',
  field: 'members',
  holds: ({ type, members, groups }: Wish) => type === 'Restart' || (members?.length === 1 && groups === undefined),
};

/** Only `suspend` may change: an operation that has begun must stay what it was. */
const stays = {
  cel:
    'self.service == oldSelf.service && self.type == oldSelf.type && has(self.members) == has(oldSelf.members) && ' +
    '(!has(self.members) || self.members == oldSelf.members) && has(self.groups) == has(oldSelf.groups) && ' +
    '(!has(self.groups) || self.groups == oldSelf.groups)',
  message: 'an operation cannot become another one: make a new one',
};

const shape = object({
  service: service().describe('The service that it is about.'),
  type: enumeration(operationTypes).describe(
    'Restart: members restart one after another. Replace: the data of a member is destroyed and it is built anew under its identity. Decommission: the last member of a pool or rack hands over what it has and leaves; its place stays empty until the spec asks for fewer members. Pause: a member is kept down for as long as the operation exists.',
  ),
  members: optional(set(common.objectName(), { min: 1, max: 500 })).describe(
    'The members; all if groups is left out too.',
  ),
  groups: optional(set(common.dnsLabel(20), { min: 1, max: 16 })).describe('Pools or racks, all of their members.'),
  suspend: bool().prefault(false).describe('Begin no further step until this is false again.'),
  ttlSeconds: int32(0, 31_536_000).prefault(86_400).describe('How long the object is kept after it has finished.'),
});

export const serviceOperationSpec = rules(shape, oneMember, stays);

function target() {
  return object({
    name: text({ max: 253 }).describe('The member.'),
    pod: optional(text({ max: 64 }).describe('The uid of its pod when the operation began.')),
    claims: optional(
      set(text({ max: 64 }), { max: 16 }).describe('The uids of its volume claims when the operation began.'),
    ),
  });
}

export const serviceOperationStatus = object({
  observedGeneration: optional(int64(0).describe('The generation of the spec that this status is about.')),
  conditions: conditions(),
  progress: optional(text({ max: 256 }).describe('The plan in a few words.')),
  startedAt: optional(timestamp().describe('When it began.')),
  finishedAt: optional(timestamp().describe('When it ended.')),
  targets: optional(
    listMap('name', target(), { max: 500 }).describe(
      'What it began with: so it knows what it has done, also after a crash.',
    ),
  ),
  plan: optional(planStatus().describe('What is done, in phases and steps.')),
});

export const serviceOperations = {
  group,
  version,
  kind: 'ServiceOperation',
  plural: 'serviceoperations',
  singular: 'serviceoperation',
  shortNames: ['sop'],
  namespaced: true,
  description: 'One thing to be done once to a service: a restart, a replacement, a pause of a member.',
  spec: serviceOperationSpec,
  status: serviceOperationStatus,
  rules: [],
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'What is done.' },
    { name: 'Service', type: 'string', jsonPath: '.spec.service.name', description: 'The service.' },
    { name: 'Progress', type: 'string', jsonPath: '.status.progress', description: 'How far it is.' },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: 'Why it is finished or not.',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
} as const satisfies Kind;

/** Reads the spec of a stored object, with every default filled in. */
export function parseServiceOperation(spec: unknown): Parsed<ServiceOperationSpec> {
  return parse(serviceOperationSpec, spec, 'spec');
}
