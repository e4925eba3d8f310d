/** Why a pod cannot run on a node: what the scheduler found and did not say by node. */
import type { V1PodAffinityTerm } from '@kubernetes/client-node';
import type { Node, PersistentVolume, Pod, Wire } from '../../kube/resource.ts';
import { freeOn, requestsOf, shownAmount } from './requests.ts';
import { takesLabels, takesNode, tolerates } from './selectors.ts';

export type MisfitKind = 'Cordon' | 'Taint' | 'Selector' | 'Volume' | 'Resource' | 'Apart';

export interface Misfit {
  kind: MisfitKind;
  /** The same for every node of which it is the same. */
  text: string;
}

/** Around one pod. */
export interface Ground {
  pod: Pod;
  /** Those that the pod needs. */
  volumes: readonly PersistentVolume[];
  /** All pods that have a node, by its name. */
  neighbours: ReadonlyMap<string, readonly Pod[]>;
  nodes: readonly Node[];
}

export function misfits(node: Node, ground: Ground): Misfit[] {
  return [
    ...cordon(node),
    ...taints(node, ground),
    ...selector(node, ground),
    ...volumes(node, ground),
    ...apart(node, ground),
    ...resources(node, ground),
  ];
}

function cordon(node: Node): Misfit[] {
  return node.spec?.unschedulable === true ? [{ kind: 'Cordon', text: 'is cordoned' }] : [];
}

/** Kubernetes puts it on a cordoned node, of which is said enough. */
const cordonTaint = 'node.kubernetes.io/unschedulable';

function taints(node: Node, { pod }: Ground): Misfit[] {
  const borne = pod.spec?.tolerations ?? [];
  const unborne = (node.spec?.taints ?? []).filter((taint) => taint.key !== cordonTaint && !tolerates(borne, taint));
  return unborne.map(({ key, value, effect }) => {
    const taint = `${key}${value === undefined || value === '' ? '' : `=${value}`}:${effect}`;
    return { kind: 'Taint', text: `has the taint ${taint}, which is not tolerated` };
  });
}

function selector(node: Node, { pod }: Ground): Misfit[] {
  const { labels = {}, name } = node.metadata;
  const missing = Object.entries(pod.spec?.nodeSelector ?? {}).filter(([key, value]) => labels[key] !== value);
  const found: Misfit[] = missing.map(([key, value]) => ({
    kind: 'Selector',
    text: `lacks the label ${key}=${value}`,
  }));
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined || takesNode(terms, name, labels)) return found;
  return [
    ...found,
    { kind: 'Selector', text: `does not match the node affinity (${terms.map(termText).join(' or ')})` },
  ];
}

function termText({
  matchExpressions = [],
  matchFields = [],
}: {
  matchExpressions?: Requirement[];
  matchFields?: Requirement[];
}): string {
  const all = [...matchExpressions, ...matchFields];
  return all.map(({ key, operator, values = [] }) => [key, operator, values.join('|')].join(' ').trim()).join(' and ');
}

interface Requirement {
  key: string;
  operator: string;
  values?: string[];
}

function volumes(node: Node, ground: Ground): Misfit[] {
  return ground.volumes.flatMap(({ metadata, spec }): Misfit[] => {
    const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms;
    if (terms === undefined || takesNode(terms, node.metadata.name, node.metadata.labels ?? {})) return [];
    const claim = spec?.claimRef?.name ?? metadata.name;
    return [{ kind: 'Volume', text: `is out of reach of volume ${claim} (${terms.map(termText).join(' or ')})` }];
  });
}

/** Required anti-affinity; of terms that select other namespaces by label nothing is said. */
function apart(node: Node, ground: Ground): Misfit[] {
  const terms = ground.pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.flatMap((term): Misfit[] => {
    const near = podsNear(node, term.topologyKey, ground).filter((pod) => excludes(term, pod, ground.pod));
    const [first] = near;
    return first === undefined
      ? []
      : [{ kind: 'Apart', text: `${place(term)} ${first.metadata.name}, from which it keeps apart` }];
  });
}

function place({ topologyKey }: { topologyKey: string }): string {
  return topologyKey === 'kubernetes.io/hostname' ? 'runs' : `shares ${topologyKey} with`;
}

function podsNear(node: Node, topologyKey: string, { nodes, neighbours }: Ground): Pod[] {
  const domain = node.metadata.labels?.[topologyKey];
  if (domain === undefined) return [];
  const same = nodes.filter(({ metadata }) => metadata.labels?.[topologyKey] === domain);
  return same.flatMap(({ metadata }) => neighbours.get(metadata.name) ?? []);
}

function excludes(term: Wire<V1PodAffinityTerm>, other: Pod, pod: Pod): boolean {
  if (term.namespaceSelector !== undefined || other.metadata.name === pod.metadata.name) return false;
  const namespaces = term.namespaces ?? [pod.metadata.namespace ?? ''];
  const ended = other.status?.phase === 'Succeeded' || other.status?.phase === 'Failed';
  const inReach = namespaces.includes(other.metadata.namespace ?? '');
  return !ended && inReach && takesLabels(term.labelSelector, other.metadata.labels ?? {});
}

function resources(node: Node, { pod, neighbours }: Ground): Misfit[] {
  const free = freeOn(node, neighbours.get(node.metadata.name) ?? []);
  return [...requestsOf(pod)].flatMap(([name, needed]): Misfit[] => {
    const left = free.get(name) ?? 0n;
    if (needed === 0n || left >= needed) return [];
    const text = `has ${shownAmount(name, left)} ${name} free of the ${shownAmount(name, needed)} that it asks for`;
    return [{ kind: 'Resource', text }];
  });
}
