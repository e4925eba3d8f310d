/** Depth, keys that mean something to the language of the operator, and shapes that only a pod knows. */
import { type Hostile, hostile, inPool, nested, polluted } from './hostile.ts';

const inTerms = (...nodeSelectorTerms: unknown[]): object => ({
  placement: {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  },
});

const ours = { 'stateward.dev/start': 'First' };

export const shapes: readonly Hostile[] = [
  ...hostile('CassandraCluster', 'Parse', [
    ['settings of 33 levels', { config: nested(33) }, 'spec.config'],
    ['settings of 2000 levels', { config: nested(2000) }, 'spec.config'],
    ['an affinity of 500 levels', { placement: { affinity: nested(500) } }, 'spec.placement.affinity'],
    [
      'a constraint of 500 levels',
      { placement: { topologySpreadConstraints: [nested(500)] } },
      'spec.placement.topologySpreadConstraints[0]',
    ],
    ['the prototype of settings', { config: polluted({ authenticator: 'x' }) }, 'spec.config.__proto__'],
    ['the prototype of a value', { config: { a: polluted({ b: 1 }) } }, 'spec.config.a.__proto__'],
    ['the prototype of labels', { podMetadata: { labels: polluted('x') } }, 'spec.podMetadata.labels.__proto__'],
    ['the prototype of an affinity', { placement: { affinity: polluted({}) } }, 'spec.placement.affinity.__proto__'],
    [
      'a label key of two parts too many',
      { podMetadata: { labels: { 'a/b/c': 'x' } } },
      'spec.podMetadata.labels["a/b/c"]',
    ],
    ['a label key with a space', { placement: { nodeSelector: { 'a b': 'x' } } }, 'spec.placement.nodeSelector["a b"]'],
    ['an annotation without a key', { podMetadata: { annotations: { '': 'x' } } }, 'spec.podMetadata.annotations[""]'],
    [
      'a node label without a key',
      { racks: [{ name: 'r1', nodeSelector: { '': 'x' } }] },
      'spec.racks[0].nodeSelector[""]',
    ],
  ]),
  ...hostile('KafkaCluster', 'Parse', [
    ['the prototype of settings', { config: polluted('x') }, 'spec.config.__proto__'],
    [
      'the prototype of labels',
      inPool({ metadata: { labels: polluted('x') } }),
      'spec.pools[0].metadata.labels.__proto__',
    ],
    ['an affinity of 3000 levels', { placement: { affinity: nested(3000) } }, 'spec.placement.affinity'],
  ]),
  ...hostile('KafkaTopic', 'Parse', [
    ['the prototype of settings', { cluster: 'demo', config: polluted('x') }, 'spec.config.__proto__'],
  ]),
  ...hostile('CassandraCluster', 'ApiServer', [
    ['the leave to start', { podMetadata: { annotations: ours } }, 'spec.podMetadata.annotations'],
    [
      'the wish to leave',
      { podMetadata: { annotations: { 'stateward.dev/leave': 'x' } } },
      'spec.podMetadata.annotations',
    ],
    ['another service', { podMetadata: { labels: { 'stateward.dev/service': 'other' } } }, 'spec.podMetadata.labels'],
    ['another uid', { podMetadata: { labels: { 'stateward.dev/service-uid': 'x' } } }, 'spec.podMetadata.labels'],
    ['a label value of two lines', { podMetadata: { labels: { a: 'x\ny' } } }, 'spec.podMetadata.labels'],
    ['a label value of another alphabet', { podMetadata: { labels: { a: '\u0430' } } }, 'spec.podMetadata.labels'],
    ['a node label of two lines', { placement: { nodeSelector: { a: 'x\ny' } } }, 'spec.placement.nodeSelector'],
    ['a quote in the key of zones', { placement: { topologyKey: "a'; id #" } }, 'spec.placement.topologyKey'],
    ['an unknown policy for GPU nodes', { placement: { gpuNodes: 'avoid' } }, 'spec.placement.gpuNodes'],
    [
      'an unknown effect of a taint',
      { placement: { tolerations: [{ effect: 'All' }] } },
      'spec.placement.tolerations[0].effect',
    ],
    [
      'a toleration of negative time',
      { placement: { tolerations: [{ tolerationSeconds: -1 }] } },
      'spec.placement.tolerations[0].tolerationSeconds',
    ],
    ['a class in another namespace', { placement: { runtimeClassName: 'a/b' } }, 'spec.placement.runtimeClassName'],
    ['an empty rack for each member', { replicas: 1, racks: [{ name: 'a' }, { name: 'b' }] }, 'spec.replicas'],
  ]),
  ...hostile('KafkaCluster', 'ApiServer', [
    [
      'the role of a broker',
      inPool({ metadata: { labels: { 'stateward.dev/broker': 'true' } } }),
      'spec.pools[0].metadata.labels',
    ],
    [
      'the zone of another',
      { podMetadata: { annotations: { 'stateward.dev/zone': 'a\nsuper.users=User:eve' } } },
      'spec.podMetadata.annotations',
    ],
    ['a role that there is not', inPool({ roles: ['Controller', 'Root'] }), 'spec.pools[0].roles[1]'],
    ['a resource of another vendor', inPool({ gpu: { resourceName: 'cpu' } }), 'spec.pools[0].gpu.resourceName'],
    [
      'a capability of a GPU that is none',
      inPool({ gpu: { select: { minComputeCapability: '8.0 || true' } } }),
      'spec.pools[0].gpu.select.minComputeCapability',
    ],
    [
      'clients whom nobody knows',
      { listeners: [{ name: 'a', port: 9092, authentication: 'None' }] },
      'spec.authorization',
    ],
    ['the listener of members', { listeners: [{ name: 'internal', port: 9095 }] }, 'spec.listeners[0].name'],
  ]),
  ...hostile('CassandraCluster', 'Reconcile', [
    ['no terms of an affinity', inTerms(null), 'placement.affinity'],
    ['null for fields to match', inTerms({ matchFields: null }), 'placement.affinity'],
    ['null for expressions to match', inTerms({ matchExpressions: null }), 'placement.affinity'],
    ['a text for expressions to match', inTerms({ matchExpressions: 'a in (b)' }), 'placement.affinity'],
    ['null for what keeps pods apart', { placement: { affinity: { podAntiAffinity: null } } }, 'placement.affinity'],
    ['a list for an affinity of nodes', { placement: { affinity: { nodeAffinity: [] } } }, 'placement.affinity'],
    ['a class of priority that there is not', { placement: { priorityClassName: 'none' } }, 'PriorityClass none'],
    ['a runtime that there is not', { placement: { runtimeClassName: 'none' } }, 'RuntimeClass none'],
  ]),
];
