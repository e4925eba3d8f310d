/** Where members run, and what GPUs they get. */
import type { z } from 'zod';
import { labelKey, labels, objectName, tolerations } from './common.ts';
import { enumeration, freeform, int32, list, object, optional, quantity, rules, set, text } from './lib/dialect.ts';

export type Placement = z.infer<ReturnType<typeof placement>>;
export type Gpu = z.infer<ReturnType<typeof gpu>>;
export type GpuSelect = NonNullable<Gpu['select']>;

export const defaultTopologyKey = 'topology.kubernetes.io/zone';

export function placement() {
  return object({ ...spread(), ...merged() });
}

function spread() {
  return {
    topologyKey: labelKey()
      .prefault(defaultTopologyKey)
      .describe('The node label whose values are the failure domains.'),
    zoneSpread: enumeration(['Preferred', 'Required'])
      .prefault('Preferred')
      .describe('Whether a member waits (Required) where the failure domains cannot be filled evenly.'),
    membersPerNode: enumeration(['One', 'Any'])
      .prefault('One')
      .describe('One never puts two members of the service on the same node; Any leaves it to the scheduler.'),
    gpuNodes: enumeration(['Avoid', 'PreferAvoid', 'Ignore', 'Require'])
      .prefault('Avoid')
      .describe('Whether members keep off nodes with GPUs; members that ask for a GPU always go there.'),
  };
}

/** What the user adds is merged with the terms above and never widens them. */
function merged() {
  const constraint = freeform({ max: 16 });
  return {
    nodeSelector: optional(labels()).describe('Labels that a node must have.'),
    affinity: optional(freeform({ max: 3 })).describe(
      'Affinity as in a pod; merged into that of Stateward, never widening it.',
    ),
    tolerations: optional(tolerations()).describe('Taints that members bear.'),
    topologySpreadConstraints: optional(list(constraint, { max: 16 })).describe(
      'Further spread constraints as in a pod.',
    ),
    priorityClassName: optional(objectName()).describe('Priority class of the pods.'),
    runtimeClassName: optional(objectName()).describe(
      'Runtime class of the pods, such as one of gVisor or Kata Containers.',
    ),
  };
}

export function gpu() {
  const shape = object({
    vendor: enumeration(['Nvidia', 'Amd', 'Intel', 'Custom'])
      .prefault('Nvidia')
      .describe('Whose device plugin serves the GPUs; Custom takes the resource name as given.'),
    count: int32(1, 16).prefault(1).describe('Whole GPUs for each member.'),
    resourceName: optional(labelKey()).describe('The extended resource of a Custom vendor, such as example.com/npu.'),
    select: optional(select()).describe('Which GPUs will do, by the labels that the vendor puts on nodes.'),
  });
  return rules(shape, customNamesResource, selectByVendor, nvidiaOnly);
}

function select() {
  const product = text({ min: 1, max: 63 });
  return object({
    product: optional(set(product, { max: 16 })).describe('Product names as on the node label; any of them will do.'),
    family: optional(set(product, { max: 16 })).describe(
      'Nvidia architectures such as ampere or hopper; any of them will do.',
    ),
    minMemory: optional(quantity()).describe('Memory of each GPU, at least (Nvidia).'),
    minComputeCapability: optional(computeCapability()).describe(
      'CUDA compute capability, at least (Nvidia), such as 8.0.',
    ),
  });
}

function computeCapability() {
  return text({ min: 3, max: 5, pattern: /^[0-9]{1,2}\.[0-9]$/, says: 'must be a compute capability such as 8.0' });
}

interface GpuRequest {
  vendor: string;
  resourceName?: string;
  select?: { family?: unknown; minMemory?: unknown; minComputeCapability?: unknown };
}

const customNamesResource = {
  cel: "(self.vendor == 'Custom') == has(self.resourceName)",
  message: 'resourceName is required for the vendor Custom, and only there',
  field: 'resourceName',
  holds: ({ vendor, resourceName }: GpuRequest) => (vendor === 'Custom') === (resourceName !== undefined),
};

const selectByVendor = {
  cel: "self.vendor != 'Custom' || !has(self.select)",
  message: 'the node labels of a Custom vendor are not known: use placement.nodeSelector instead',
  field: 'select',
  holds: ({ vendor, select }: GpuRequest) => vendor !== 'Custom' || select === undefined,
};

const nvidiaOnly = {
  cel:
    "self.vendor == 'Nvidia' || self.vendor == 'Custom' || !has(self.select) || " +
    '(!has(self.select.family) && !has(self.select.minMemory) && !has(self.select.minComputeCapability))',
  message: 'only Nvidia labels its nodes by family, memory and compute capability: name the products instead',
  field: 'select',
  holds: ({ vendor, select: { family, minMemory, minComputeCapability } = {} }: GpuRequest) =>
    vendor === 'Nvidia' ||
    vendor === 'Custom' ||
    [family, minMemory, minComputeCapability].every((x) => x === undefined),
};
