import assert from 'node:assert/strict';
import type { Node, PersistentVolume, Pod } from '../../kube/resource.ts';
import { podOf, readyPod } from '../../workload/testing/objects.ts';
import { misfits } from './node-fit.ts';
import { node } from './testing/facts.ts';

function podWith(spec: object): Pod {
  return { ...podOf('demo-2', { labels: { app: 'demo' } }), spec: { containers: [], ...spec } };
}

function asking(requests: Record<string, string>): Pod {
  return podWith({ containers: [{ name: 'c', resources: { requests } }] });
}

const apart = podWith({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'demo' } } },
      ],
    },
  },
});
const apartByZone = podWith({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'demo' } } },
      ],
    },
  },
});
const inZone = podWith({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'zone', operator: 'In', values: ['a', 'b'] },
              { key: 'gpu', operator: 'DoesNotExist' },
            ],
          },
        ],
      },
    },
  },
});

function localVolume(host: string): PersistentVolume {
  const values = [host];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv-1' },
    spec: {
      claimRef: { name: 'data-demo-2' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] }],
        },
      },
    },
  };
}

const tainted = node('n', { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] });
const cordoned = node('n', {
  cordoned: true,
  taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
});
const member = readyPod('demo-1', { node: 'n', labels: { app: 'demo' } });

describe('misfits', () => {
  const table: [string, Node, Pod, string[], { volumes?: PersistentVolume[]; here?: Pod[]; next?: Pod[] }?][] = [
    ['finds nothing against a node with room', node('n'), asking({ cpu: '4', memory: '8Gi' }), []],
    ['says once that a node is cordoned', cordoned, podWith({}), ['is cordoned']],
    [
      'names a taint that is not tolerated',
      tainted,
      podWith({}),
      ['has the taint dedicated=db:NoSchedule, which is not tolerated'],
    ],
    [
      'bears a taint that is tolerated',
      tainted,
      podWith({ tolerations: [{ key: 'dedicated', operator: 'Exists' }] }),
      [],
    ],
    [
      'names a label of the selector',
      node('n'),
      podWith({ nodeSelector: { disk: 'ssd' } }),
      ['lacks the label disk=ssd'],
    ],
    [
      'names an affinity that does not match',
      node('n', { labels: { zone: 'c' } }),
      inZone,
      ['does not match the node affinity (zone In a|b and gpu DoesNotExist)'],
    ],
    ['takes an affinity that matches', node('n', { labels: { zone: 'b' } }), inZone, []],
    [
      'names a volume that is elsewhere',
      node('n'),
      podWith({}),
      ['is out of reach of volume data-demo-2 (kubernetes.io/hostname In other)'],
      { volumes: [localVolume('other')] },
    ],
    ['takes a volume that is here', node('n'), podWith({}), [], { volumes: [localVolume('n')] }],
    [
      'names a member that is there already',
      node('n'),
      apart,
      ['runs demo-1, from which it keeps apart'],
      { here: [member] },
    ],
    ['does not keep apart on another node', node('n'), apart, [], { next: [member] }],
    [
      'does not keep apart from its own former pod',
      node('n'),
      apart,
      [],
      { here: [{ ...member, metadata: { ...member.metadata, name: 'demo-2' } }] },
    ],
    [
      'does not keep apart from another namespace',
      node('n'),
      apart,
      [],
      { here: [{ ...member, metadata: { ...member.metadata, namespace: 'other' } }] },
    ],
    [
      'keeps apart by zone',
      node('n', { labels: { zone: 'a' } }),
      apartByZone,
      ['shares zone with demo-1, from which it keeps apart'],
      { next: [member] },
    ],
    [
      'says how much is free of what is asked for',
      node('n'),
      asking({ cpu: '2', memory: '9Gi', 'nvidia.com/gpu': '1' }),
      [
        'has 1500m cpu free of the 2 that it asks for',
        'has 8192Mi memory free of the 9216Mi that it asks for',
        'has 0 nvidia.com/gpu free of the 1 that it asks for',
      ],
      { here: [asking({ cpu: '2500m' })] },
    ],
    [
      'names all that is against it',
      { ...tainted, spec: { ...tainted.spec, unschedulable: true } },
      podWith({ nodeSelector: { a: 'b' } }),
      ['is cordoned', 'has the taint dedicated=db:NoSchedule, which is not tolerated', 'lacks the label a=b'],
    ],
  ];
  for (const [name, target, pod, expected, { volumes = [], here = [], next = [] } = {}] of table) {
    it(name, () => {
      const neighbours = new Map([
        ['n', here],
        ['next', next],
      ]);
      const nodes = [target, node('next', { labels: { zone: 'a' } })];
      const found = misfits(target, { pod, volumes, neighbours, nodes });
      assert.deepEqual(
        found.map(({ text }) => text),
        expected,
      );
    });
  }
});
