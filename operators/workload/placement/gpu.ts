/**
 * GPUs as extended resources, and the labels and taints that tell a GPU node from another. The names are those of GPU
 * feature discovery, the ROCm and Intel device plugins.
 */
import type { V1NodeSelectorRequirement, V1Toleration } from '@kubernetes/client-node';
import type { Gpu } from '../../../crds/placement.ts';
import { bytesOf, mebibyte } from '../bytes.ts';

type Requirement = V1NodeSelectorRequirement;

interface Vendor {
  resource: string;
  present: Requirement[];
  absent: Requirement[];
}

const labelled = (key: string): Requirement => ({ key, operator: 'Exists' });
const unlabelled = (key: string): Requirement => ({ key, operator: 'DoesNotExist' });

const nvidia: Vendor = {
  resource: 'nvidia.com/gpu',
  present: [{ key: 'nvidia.com/gpu.present', operator: 'In', values: ['true'] }],
  // NotIn also matches nodes without the label.
  absent: [{ key: 'nvidia.com/gpu.present', operator: 'NotIn', values: ['true'] }],
};
const amd: Vendor = {
  resource: 'amd.com/gpu',
  present: [labelled('amd.com/gpu.product-name')],
  absent: [unlabelled('amd.com/gpu.product-name')],
};
const intel: Vendor = {
  resource: 'gpu.intel.com/i915',
  present: [labelled('gpu.intel.com/product')],
  absent: [unlabelled('gpu.intel.com/product')],
};

export const vendorPresence: Vendor[] = [nvidia, amd, intel];

/** What a member on any vendor's GPU nodes must tolerate; by convention the taint's key is the resource's name. */
export const gpuNodeTolerations = vendorPresence.map(({ resource }) => tolerationOf(resource));

export interface GpuDemand {
  resources: Record<string, string>;
  /** Any of these (ORed) lists of requirements (ANDed). */
  nodes: Requirement[][];
  toleration: V1Toleration;
}

export function gpuDemand(gpu: Gpu): GpuDemand {
  const vendor = vendorOf(gpu);
  const resource = gpu.resourceName ?? vendor?.resource ?? '';
  return {
    resources: { [resource]: String(gpu.count) },
    nodes: capabilities(gpu).map((version) => [...(vendor?.present ?? []), ...selected(gpu), ...version]),
    toleration: tolerationOf(resource),
  };
}

function vendorOf(gpu: Gpu): Vendor | undefined {
  switch (gpu.vendor) {
    case 'Nvidia':
      return nvidia;
    case 'Amd':
      return amd;
    case 'Intel':
      return intel;
    case 'Custom':
      return undefined;
    default:
      return gpu.vendor satisfies never;
  }
}

/** Not every cluster runs the admission plug-in that adds this toleration, so the member carries it itself. */
function tolerationOf(resource: string): V1Toleration {
  return { key: resource, operator: 'Exists', effect: 'NoSchedule' };
}

/** Labels of NVIDIA GPU feature discovery; the schema lets only NVIDIA's be selected by memory and capability. */
function selected(gpu: Gpu): Requirement[] {
  const { product, family, minMemory } = gpu.select ?? {};
  const requirements: Requirement[] = [];
  if (product !== undefined) requirements.push({ key: productLabel(gpu), operator: 'In', values: product });
  if (family !== undefined) requirements.push({ key: 'nvidia.com/gpu.family', operator: 'In', values: family });
  if (minMemory !== undefined) {
    // The label is in MiB and `Gt` is strict: what is above this is all of the memory, also of a part of a MiB.
    const tooSmall = (bytesOf(minMemory) - 1n) / mebibyte;
    requirements.push({ key: 'nvidia.com/gpu.memory', operator: 'Gt', values: [String(tooSmall)] });
  }
  return requirements;
}

function productLabel(gpu: Gpu): string {
  return gpu.vendor === 'Amd' ? 'amd.com/gpu.product-name' : 'nvidia.com/gpu.product';
}

/** At least this version: a newer major, or the same with this minor or a newer one. Labels compare by strict `Gt`. */
function capabilities(gpu: Gpu): Requirement[][] {
  const [major, minor = 0] = gpu.select?.minComputeCapability?.split('.').map(Number) ?? [];
  if (major === undefined) return [[]];
  const label = (part: string, operator: string, value: number): Requirement => ({
    key: `nvidia.com/gpu.compute.${part}`,
    operator,
    values: [String(value)],
  });
  // The API server refuses a value below zero, and every minor is at least 0.
  const minorAtLeast = minor === 0 ? [] : [label('minor', 'Gt', minor - 1)];
  return [[label('major', 'Gt', major)], [label('major', 'In', major), ...minorAtLeast]];
}
