/** Which nodes a cluster has. */

export interface Taint {
  key: string;
  value: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface NodeShape {
  name: string;
  /** A real node runs containers; a simulated one has kwok play kubelet, and its pods turn Ready at once. */
  kind: 'real' | 'simulated';
  zone: string;
  labels: Record<string, string>;
  taints: Taint[];
  /** Countable resources without a device behind them, e.g. `nvidia.com/gpu`. */
  extendedResources: Record<string, string>;
}

export interface Shape {
  nodes: NodeShape[];
}

const region = 'local';
const zones = ['a', 'b', 'c'] as const;

/** As GPU feature discovery labels a node with four H100. */
const gpuLabels = {
  'nvidia.com/gpu.present': 'true',
  'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3',
  'nvidia.com/gpu.family': 'hopper',
  'nvidia.com/gpu.memory': '81559',
  'nvidia.com/gpu.count': '4',
  'nvidia.com/gpu.replicas': '1',
  'nvidia.com/gpu.machine': 'stateward-local',
  'nvidia.com/gpu.compute.major': '9',
  'nvidia.com/gpu.compute.minor': '0',
  'nvidia.com/cuda.driver.major': '570',
  'nvidia.com/cuda.runtime.major': '12',
  'nvidia.com/mig.capable': 'true',
};

function zoneLabels(zone: string): Record<string, string> {
  return { 'topology.kubernetes.io/zone': zone, 'topology.kubernetes.io/region': region };
}

export function dataNode(name: string, zone: string, kind: NodeShape['kind'] = 'real'): NodeShape {
  return { name, kind, zone, labels: zoneLabels(zone), taints: [], extendedResources: {} };
}

export function gpuNode(name: string, zone: string, kind: NodeShape['kind'] = 'real'): NodeShape {
  return {
    ...dataNode(name, zone, kind),
    labels: { ...zoneLabels(zone), ...gpuLabels },
    taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
    extendedResources: { 'nvidia.com/gpu': '4' },
  };
}

export function simulatedNodes(count: number): NodeShape[] {
  return Array.from({ length: count }, (_, index) => {
    const zone = zones[index % zones.length] ?? 'a';
    return dataNode(`fake-${zone}${Math.floor(index / zones.length) + 1}`, zone, 'simulated');
  });
}

export const defaultShape: Shape = {
  nodes: [...zones.map((zone) => dataNode(`data-${zone}`, zone)), gpuNode('gpu-a', 'a')],
};

export const shapeSyntax =
  'a comma-separated list of ZONE (a data node), gpu:ZONE (a GPU node), fake:COUNT (simulated nodes), or none';

function unused(wanted: string, nodes: readonly NodeShape[]): string {
  const taken = new Set(nodes.map((node) => node.name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}${number}`;
  return name;
}

function nodesOf(word: string, before: readonly NodeShape[]): NodeShape[] | undefined {
  const [, kind, argument = ''] = /^(?:(gpu|fake):)?([a-z0-9]+)$/.exec(word) ?? [];
  if (argument === '') return undefined;
  if (kind === 'gpu') return [gpuNode(unused(`gpu-${argument}`, before), argument)];
  if (kind === 'fake') return /^\d+$/.test(argument) ? simulatedNodes(Number(argument)) : undefined;
  return [dataNode(unused(`data-${argument}`, before), argument)];
}

/** Reads `a,b,c,gpu:a` or `fake:6`; answers undefined where the text is no shape. */
export function parseShape(text: string): Shape | undefined {
  if (text === 'none') return { nodes: [] };
  const nodes: NodeShape[] = [];
  for (const word of text.split(',')) {
    const more = nodesOf(word.trim(), nodes);
    if (more === undefined) return undefined;
    nodes.push(...more);
  }
  return { nodes };
}

export function realNodes(shape: Shape): NodeShape[] {
  return shape.nodes.filter((node) => node.kind === 'real');
}
