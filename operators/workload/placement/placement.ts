/**
 * Where members may run. Everything here narrows what the user asked for and never widens it: node selector terms are
 * ORed by Kubernetes, so each of our demands goes into every one of the user's terms.
 */
import type {
  V1Affinity,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1Toleration,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node';
import type { Gpu, Placement } from '../../../crds/placement.ts';
import { type GpuDemand, gpuDemand, gpuNodeTolerations, vendorPresence } from './gpu.ts';

type Requirement = V1NodeSelectorRequirement;

export interface PlacementInput {
  placement: Placement;
  gpu?: Gpu | undefined;
  /** Selects the members that must stay apart. */
  apart: Record<string, string>;
  /** Selects the members that are spread over zones. */
  spread: Record<string, string>;
  /** Demands of the member's rack, e.g. its zone. */
  nodeLabels: Record<string, string>;
}

export interface PodPlacement {
  affinity?: V1Affinity;
  tolerations?: V1Toleration[];
  topologySpreadConstraints?: V1TopologySpreadConstraint[];
  nodeSelector?: Record<string, string>;
  priorityClassName?: string;
  runtimeClassName?: string;
}

export interface Placed {
  pod: PodPlacement;
  /** Extended resources for the member's container, e.g. `{"nvidia.com/gpu": "1"}`. */
  extendedResources: Record<string, string>;
}

export function placeMember(input: PlacementInput): Placed {
  const { placement } = input;
  const gpu = input.gpu === undefined ? undefined : gpuDemand(input.gpu);
  const tolerations = [...(placement.tolerations ?? []), ...gpuTolerations(placement, gpu)];
  const constraints = spreadConstraints(input);
  const pod: PodPlacement = { affinity: mergeAffinity(input, gpu) };
  if (tolerations.length > 0) pod.tolerations = tolerations;
  if (constraints.length > 0) pod.topologySpreadConstraints = constraints;
  if (placement.nodeSelector !== undefined) pod.nodeSelector = placement.nodeSelector;
  if (placement.priorityClassName !== undefined) pod.priorityClassName = placement.priorityClassName;
  if (placement.runtimeClassName !== undefined) pod.runtimeClassName = placement.runtimeClassName;
  return { pod, extendedResources: gpu?.resources ?? {} };
}

function gpuTolerations(placement: Placement, gpu: GpuDemand | undefined): V1Toleration[] {
  if (gpu !== undefined) return [gpu.toleration];
  return placement.gpuNodes === 'Require' ? gpuNodeTolerations : [];
}

function mergeAffinity(input: PlacementInput, gpu: GpuDemand | undefined): V1Affinity {
  // The API server judges the rest of the user's terms when the StatefulSet is applied.
  const user = (input.placement.affinity ?? {}) as V1Affinity;
  const node = nodeAffinity(user, input, gpu);
  const own = input.placement.membersPerNode === 'One' ? [onePerNode(input.apart)] : [];
  const apart = [...(user.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...own];
  const affinity: V1Affinity = { ...user };
  if (Object.keys(node).length > 0) affinity.nodeAffinity = node;
  if (apart.length > 0) {
    affinity.podAntiAffinity = { ...user.podAntiAffinity, requiredDuringSchedulingIgnoredDuringExecution: apart };
  }
  return affinity;
}

function onePerNode(matchLabels: Record<string, string>): { labelSelector: object; topologyKey: string } {
  return { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' };
}

function nodeAffinity(
  user: V1Affinity,
  input: PlacementInput,
  gpu: GpuDemand | undefined,
): NonNullable<V1Affinity['nodeAffinity']> {
  const userTerms = user.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const terms = combine(userTerms, demands(input, gpu));
  const preferred = [
    ...(user.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...preferences(input.placement, gpu),
  ];
  const affinity: NonNullable<V1Affinity['nodeAffinity']> = { ...user.nodeAffinity };
  if (terms !== undefined) affinity.requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: terms };
  if (preferred.length > 0) affinity.preferredDuringSchedulingIgnoredDuringExecution = preferred;
  return affinity;
}

/** Alternatives (ORed) of requirements (ANDed) that are ours. */
function demands(input: PlacementInput, gpu: GpuDemand | undefined): Requirement[][] {
  const rack = Object.entries(input.nodeLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  if (gpu !== undefined) return gpu.nodes.map((nodes) => [...rack, ...nodes]);
  switch (input.placement.gpuNodes) {
    case 'Avoid':
      return [[...rack, ...vendorPresence.flatMap((vendor) => vendor.absent)]];
    case 'Require':
      return vendorPresence.map((vendor) => [...rack, ...vendor.present]);
    case 'PreferAvoid':
    case 'Ignore':
      return [rack];
    default:
      return input.placement.gpuNodes satisfies never;
  }
}

function preferences(placement: Placement, gpu: GpuDemand | undefined): { weight: number; preference: object }[] {
  if (gpu !== undefined || placement.gpuNodes !== 'PreferAvoid') return [];
  const matchExpressions = vendorPresence.flatMap((vendor) => vendor.absent);
  return [{ weight: 100, preference: { matchExpressions } }];
}

/** Every user term with every one of our alternatives; undefined where nothing is demanded at all. */
function combine(
  userTerms: V1NodeSelectorTerm[] | undefined,
  alternatives: Requirement[][],
): V1NodeSelectorTerm[] | undefined {
  const own = alternatives.filter((requirements) => requirements.length > 0);
  if (own.length === 0) return userTerms;
  if (userTerms === undefined) return own.map((matchExpressions) => ({ matchExpressions }));
  return userTerms.flatMap((term) => (isEmpty(term) ? [term] : own.map((requirements) => narrow(term, requirements))));
}

/** Kubernetes lets an empty term match no node; with a demand of ours in it, it would match some. */
function isEmpty({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm): boolean {
  return matchExpressions.length === 0 && matchFields.length === 0;
}

function narrow(term: V1NodeSelectorTerm, own: Requirement[]): V1NodeSelectorTerm {
  return { ...term, matchExpressions: [...(term.matchExpressions ?? []), ...own] };
}

/** The user's constraint on the zone key replaces ours; the two together would contradict each other. */
function spreadConstraints(input: PlacementInput): V1TopologySpreadConstraint[] {
  const { topologyKey, zoneSpread } = input.placement;
  const users = (input.placement.topologySpreadConstraints ?? []) as unknown[] as V1TopologySpreadConstraint[];
  if (users.some((constraint) => constraint.topologyKey === topologyKey)) return users;
  const own = {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: zoneSpread === 'Required' ? 'DoNotSchedule' : 'ScheduleAnyway',
    labelSelector: { matchLabels: input.spread },
  };
  return [...users, own];
}
