/** More, longer or larger than anything may be. */
import { entries, type Hostile, hostile, inPool, inVolume, many } from './hostile.ts';

const long = (length: number): string => 'a'.repeat(length);
const restart = { service: { kind: 'KafkaCluster', name: 'demo' }, type: 'Restart' };
const read = { resource: { type: 'Topic', name: 'a' }, operations: ['Read'] };

export const bounds: readonly Hostile[] = [
  ...hostile('KafkaCluster', 'ApiServer', [
    ['seventeen pools', { pools: many(17, (i) => ({ name: `p${i}`, roles: ['Controller', 'Broker'] })) }, 'spec.pools'],
    [
      '8000 members',
      { pools: many(16, (i) => ({ name: `p${i}`, roles: ['Controller', 'Broker'], replicas: 500 })) },
      'spec.pools',
    ],
    ['no pool', { pools: [] }, 'spec.pools'],
    ['a pool of 501', inPool({ replicas: 501 }), 'spec.pools[0].replicas'],
    ['a pool of a billion', inPool({ replicas: 1_000_000_000 }), 'spec.pools[0].replicas'],
    ['a pool of minus one', inPool({ replicas: -1 }), 'spec.pools[0].replicas'],
    ['a pool of one and a half', inPool({ replicas: 1.5 }), 'spec.pools[0].replicas'],
    ['a pool name of 21 characters', inPool({ name: long(21) }), 'spec.pools[0].name'],
    ['an empty pool name', inPool({ name: '' }), 'spec.pools[0].name'],
    ['a volume name of 21 characters', inVolume({ name: long(21) }), 'spec.pools[0].storage.volumes[0].name'],
    [
      'seventeen volumes',
      inPool({ storage: { volumes: many(17, (i) => ({ name: `v${i}` })) } }),
      'spec.pools[0].storage.volumes',
    ],
    [
      'a class name of 254 characters',
      inVolume({ storageClassName: long(254) }),
      'spec.pools[0].storage.volumes[0].storageClassName',
    ],
    ['65 java options', inPool({ jvm: { options: many(65, () => '-x') } }), 'spec.pools[0].jvm.options'],
    [
      'a java option of 1025 characters',
      inPool({ jvm: { options: [`-${long(1024)}`] } }),
      'spec.pools[0].jvm.options[0]',
    ],
    ['nine listeners', { listeners: many(9, (i) => ({ name: `l${i}`, port: 9100 + i })) }, 'spec.listeners'],
    ['port 65536', { listeners: [{ name: 'a', port: 65_536 }] }, 'spec.listeners[0].port'],
    ['port 0', { listeners: [{ name: 'a', port: 0 }] }, 'spec.listeners[0].port'],
    ['201 settings', { config: entries(201, 'x') }, 'spec.config'],
    ['a setting of 4097 characters', { config: { 'a.b': long(4097) } }, 'spec.config'],
    ['65 super users', { authorization: { superUsers: many(65, (i) => `u${i}`) } }, 'spec.authorization.superUsers'],
    ['33 labels', { podMetadata: { labels: entries(33, 'x') } }, 'spec.podMetadata.labels'],
    ['33 annotations', { podMetadata: { annotations: entries(33, 'x') } }, 'spec.podMetadata.annotations'],
    [
      'an annotation of 8193 characters',
      { podMetadata: { annotations: { a: long(8193) } } },
      'spec.podMetadata.annotations',
    ],
    ['33 tolerations', { placement: { tolerations: many(33, () => ({})) } }, 'spec.placement.tolerations'],
    [
      'seventeen windows',
      { updates: { windows: many(17, () => ({ schedule: '0 3 * * *', duration: '1h' })) } },
      'spec.updates.windows',
    ],
    ['an image of 513 characters', { image: long(513) }, 'spec.image'],
    ['65 paused plans', { control: { paused: many(65, (i) => `p${i}`) } }, 'spec.control.paused'],
    ['a paused plan of 601 characters', { control: { paused: [long(601)] } }, 'spec.control.paused[0]'],
    ['seventeen GPUs', inPool({ gpu: { count: 17 } }), 'spec.pools[0].gpu.count'],
    [
      '17 constraints',
      { placement: { topologySpreadConstraints: many(17, () => ({ maxSkew: 1 })) } },
      'spec.placement.topologySpreadConstraints',
    ],
    ['four fields of affinity', { placement: { affinity: { a: {}, b: {}, c: {}, d: {} } } }, 'spec.placement.affinity'],
  ]),
  ...hostile('CassandraCluster', 'ApiServer', [
    ['501 members', { replicas: 501 }, 'spec.replicas'],
    ['no member', { replicas: 0 }, 'spec.replicas'],
    ['2^53 members', { replicas: Number.MAX_SAFE_INTEGER }, 'spec.replicas'],
    ['seventeen racks', { replicas: 20, racks: many(17, (i) => ({ name: `r${i}` })) }, 'spec.racks'],
    ['a rack name of 21 characters', { racks: [{ name: long(21) }] }, 'spec.racks[0].name'],
    ['a datacenter of 49 characters', { datacenter: long(49) }, 'spec.datacenter'],
    ['a cluster name of 64 characters', { clusterName: long(64) }, 'spec.clusterName'],
    ['401 settings', { config: entries(401, 'x') }, 'spec.config'],
    ['a Secret name of 254 characters', { superuserSecretName: long(254) }, 'spec.superuserSecretName'],
    ['a uid of 65 characters', { adoptVolumesFrom: long(65) }, 'spec.adoptVolumesFrom'],
    ['a zone of 64 characters', { racks: [{ name: 'r1', zone: long(64) }] }, 'spec.racks[0].zone'],
  ]),
  ...hostile('ServiceOperation', 'ApiServer', [
    ['501 members', { ...restart, members: many(501, (i) => `m${i}`) }, 'spec.members'],
    ['no members', { ...restart, members: [] }, 'spec.members'],
    ['17 groups', { ...restart, groups: many(17, (i) => `g${i}`) }, 'spec.groups'],
    ['a time to live of two years', { ...restart, ttlSeconds: 63_072_000 }, 'spec.ttlSeconds'],
    ['a time to live before now', { ...restart, ttlSeconds: -1 }, 'spec.ttlSeconds'],
    ['two members to replace', { ...restart, type: 'Replace', members: ['a', 'b'] }, 'spec.members'],
    ['a pause of a whole pool', { ...restart, type: 'Pause', groups: ['kafka'] }, 'spec.members'],
  ]),
  ...hostile('KafkaUser', 'ApiServer', [
    ['257 rules', { cluster: 'demo', acls: many(257, () => read) }, 'spec.acls'],
    ['a rule of no operation', { cluster: 'demo', acls: [{ ...read, operations: [] }] }, 'spec.acls[0].operations'],
    [
      'a topic of 256 characters',
      { cluster: 'demo', acls: [{ ...read, resource: { type: 'Topic', name: long(256) } }] },
      'spec.acls[0].resource.name',
    ],
    [
      'a quota of nothing',
      { cluster: 'demo', quotas: { producerBytesPerSecond: 0 } },
      'spec.quotas.producerBytesPerSecond',
    ],
    ['a quota of minus one', { cluster: 'demo', quotas: { requestPercentage: -1 } }, 'spec.quotas.requestPercentage'],
    [
      'a quota of 10^300',
      { cluster: 'demo', quotas: { consumerBytesPerSecond: 1e300 } },
      'spec.quotas.consumerBytesPerSecond',
    ],
    [
      'a key of 254 characters',
      { cluster: 'demo', authentication: { passwordFrom: { name: 'a', key: long(254) } } },
      'spec.authentication.passwordFrom.key',
    ],
  ]),
  ...hostile('KafkaTopic', 'ApiServer', [
    ['10001 partitions', { cluster: 'demo', partitions: 10_001 }, 'spec.partitions'],
    ['no partition', { cluster: 'demo', partitions: 0 }, 'spec.partitions'],
    ['33 replicas', { cluster: 'demo', replicas: 33 }, 'spec.replicas'],
    ['a name of 250 characters', { cluster: 'demo', name: long(250) }, 'spec.name'],
    ['65 settings', { cluster: 'demo', config: entries(65, '1') }, 'spec.config'],
  ]),
];
