import assert from 'node:assert/strict';
import type { KafkaMemberStatus } from '../../crds/kafka-cluster.ts';
import { memberSet } from '../workload/members/member-set.ts';
import { claimOf, liveSet, readyPod } from '../workload/testing/objects.ts';
import { serviceOf } from '../workload/testing/services.ts';
import { clusterIdAnnotation, newClusterId } from './ids.ts';
import { kafkaFacts, modelOf, rejectionsOf, separate } from './testing/kafka.ts';

const both = ['Controller' as const, 'Broker' as const];
const pool = (extra: object): object => ({ pools: [{ name: 'kafka', roles: both, ...extra }] });

function member(nodeId: number, parts: Partial<KafkaMemberStatus> = {}): KafkaMemberStatus {
  return { name: `demo-kafka-${nodeId}`, group: 'kafka', ready: true, state: 'Ready', joined: true, nodeId, ...parts };
}

const three = {
  members: [0, 1, 2].map((id) => member(id, { roles: both })),
  pools: [{ name: 'kafka', nodeIdStart: 0 }],
};

const secure = { name: 'secure', port: 9093, tls: true, authentication: 'ScramSha512', dns: [] };

describe('the spec of a KafkaCluster', () => {
  it('needs nothing to be said', () => {
    const model = modelOf({});
    assert.equal(model.version, '4.3.1');
    assert.equal(model.image, 'example.com/kafka:4.3.1');
    assert.equal(model.formed, false);
    assert.equal(model.clusterId, newClusterId('uid-1'));
    assert.deepEqual(model.listeners, [{ name: 'secure', port: 9093, tls: true, authentication: 'ScramSha512' }]);
    assert.equal(model.deletionPolicy, 'Retain');
    assert.deepEqual(
      model.pools.map(({ spec, roles, replicas, firstNodeId, heap }) => [
        spec.name,
        roles,
        replicas,
        firstNodeId,
        heap,
      ]),
      [['kafka', both, 3, 0, 1024n ** 3n]],
    );
    assert.deepEqual(rejectionsOf(undefined), []);
  });

  const cases: [string, unknown, [string, RegExp][], ReturnType<typeof kafkaFacts>?][] = [
    ['nonsense', { version: '1' }, [['InvalidSpec', /^spec\.version: must be one of/]]],
    [
      'a setting that is ours',
      { config: { 'node.id': '1' } },
      [['ConfigRefused', /^spec\.config\[node\.id\] cannot be set: .*; remove it$/]],
    ],
    [
      'a port of the quorum',
      { listeners: [{ name: 'x', port: 9090 }] },
      [['InvalidSpec', /^spec\.listeners\[x\]\.port: 9090 is the controller port/]],
    ],
    [
      'a port among brokers',
      { listeners: [{ name: 'x', port: 9091 }] },
      [['InvalidSpec', /9091 is the internal port/]],
    ],
    ['the port of the agent', { listeners: [{ name: 'x', port: 8778 }] }, [['InvalidSpec', /8778 is the agent port/]]],
    [
      'a CA of an issuer that is none',
      {
        listeners: [
          {
            name: 'sso',
            port: 9095,
            authentication: 'OAuth',
            oauth: { issuer: 'a', jwksUri: 'https://a/keys', audience: 'kafka', ca: '-----BEGIN CERTIFICATE-----' },
          },
        ],
      },
      [['InvalidSpec', /^spec\.listeners\[sso\]\.oauth\.ca: holds no certificate; give one or more certificates$/]],
    ],
    [
      'too little memory',
      pool({ resources: { limits: { memory: '300Mi' } } }),
      [['MemoryTooSmall', /^spec\.pools\[kafka\]: .*raise resources\.limits\.memory to 384Mi/]],
    ],
    ['enough memory', pool({ resources: { limits: { memory: '384Mi' } } }), []],
    [
      'only a request that is too small',
      pool({ resources: { requests: { memory: '300Mi' } } }),
      [['MemoryTooSmall', /300Mi/]],
    ],
    ['a heap beside which nothing fits', pool({ jvm: { heap: '2000Mi' } }), [['MemoryTooSmall', /do not fit/]]],
    [
      'several things, all of them said',
      {
        config: { 'node.id': '1', 'log.dirs': '/x' },
        listeners: [{ name: 'x', port: 9090 }],
        ...pool({ jvm: { heap: '1Mi' } }),
      },
      [
        ['ConfigRefused', /node\.id/],
        ['ConfigRefused', /log\.dirs/],
        ['InvalidSpec', /9090/],
        ['MemoryTooSmall', /1Mi/],
      ],
    ],
    ['fewer members than hold data', pool({ replicas: 2 }), [], kafkaFacts(three)],
    [
      'fewer members than were wanted',
      pool({ replicas: 2 }),
      [],
      kafkaFacts({ ...three, members: three.members.slice(0, 2) }),
    ],
    ['more members before the quorum has formed', pool({ replicas: 5 }), [], kafkaFacts(three)],
    [
      'more controllers once the quorum has formed',
      pool({ replicas: 5 }),
      [['ChangeRefused', /^the quorum has formed and pool kafka cannot get more controllers yet; set .* back to 3,/]],
      kafkaFacts({ ...three, clusterId: 'x' }),
    ],
    [
      'more brokers once the quorum has formed',
      {
        pools: [
          { name: 'kafka', roles: both },
          { name: 'more', roles: ['Broker'] },
        ],
      },
      [],
      kafkaFacts({ ...three, clusterId: 'x' }),
    ],
    [
      'an older version than members run',
      { version: '4.2.1' },
      [['ChangeRefused', /^members run Kafka 4\.3\.1 and cannot go back to 4\.2\.1; set spec\.version to 4\.3\.1$/]],
      kafkaFacts({ ...three, members: three.members.map((one) => ({ ...one, version: '4.3.1' })) }),
    ],
    [
      'a newer version than members run',
      { version: '4.3.1' },
      [],
      kafkaFacts({ ...three, members: three.members.map((one) => ({ ...one, version: '4.2.1' })) }),
    ],
    [
      'a pool that is removed',
      { pools: [{ name: 'other', roles: both }] },
      [0, 1, 2].map((id) => ['ChangeRefused', new RegExp(`^member demo-kafka-${id} holds data`)]),
      kafkaFacts(three),
    ],
    [
      'other roles',
      {
        pools: [
          { name: 'kafka', roles: ['Broker'] },
          { name: 'c', roles: ['Controller'] },
        ],
      },
      [0, 1, 2].map(() => [
        'ChangeRefused',
        /^pool kafka has members with the roles Controller, Broker, which cannot change/,
      ]),
      kafkaFacts(three),
    ],
    [
      'more members than there may be, with those that have yet to leave',
      {
        pools: [
          { name: 'kafka', roles: both, replicas: 400 },
          { name: 'more', roles: ['Broker'], replicas: 500 },
          { name: 'old', roles: ['Broker'], replicas: 0 },
        ],
      },
      [
        [
          'ChangeRefused',
          /^spec: with those that have yet to leave there would be 1100 members, and there may be 1000/,
        ],
      ],
      kafkaFacts({
        members: Array.from({ length: 200 }, (_, index) => ({
          ...member(2000 + index, { roles: ['Broker'] }),
          name: `demo-old-${2000 + index}`,
          group: 'old',
        })),
      }),
    ],
    [
      'a pod that only looks like a member',
      {},
      [['ChangeRefused', /there would be 4000000001 members/]],
      kafkaFacts({}, { pods: [readyPod('demo-kafka-4000000000')] }),
    ],
    [
      'more pools than status has room for',
      {},
      [['ChangeRefused', /^spec\.pools: a service has had 64 pools at most/]],
      kafkaFacts({
        pools: Array.from({ length: 64 }, (_, index) => ({ name: `p${index}`, nodeIdStart: index * 1000 })),
      }),
    ],
    [
      'the name of a pool that is gone, where status has room for no other',
      {},
      [],
      kafkaFacts({
        pools: ['kafka', ...Array.from({ length: 63 }, (_, index) => `p${index}`)].map((name, index) => ({
          name,
          nodeIdStart: index * 1000,
        })),
      }),
    ],
    ...['x"; touch /x; "', '$(id)', '-x', 'a b', 'x\nrm -rf /', ''].map((id): (typeof cases)[number] => [
      `a claim of the cluster ${JSON.stringify(id)}, which a shell would take for more`,
      {},
      [['StorageChangeRefused', /^claim data-demo-kafka-0: its annotation stateward\.dev\/kafka-cluster-id is no id/]],
      kafkaFacts(
        {},
        { claims: [claimOf('data-demo-kafka-0', serviceOf(), { annotations: { [clusterIdAnnotation]: id } })] },
      ),
    ]),
    ...(
      [
        [
          'port',
          { port: 9095 },
          /^spec\.listeners\[secure\]: port cannot change while clients use it; set it back, or/,
        ],
        ['tls', { tls: false }, /^spec\.listeners\[secure\]: tls cannot change/],
        [
          'tls and authentication',
          { tls: false, authentication: 'None' },
          /^spec\.listeners\[secure\]: tls and authentication cannot change/,
        ],
      ] as const
    ).map(([what, change, message]): (typeof cases)[number] => [
      `another ${what} of a listener in use`,
      { listeners: [{ name: 'secure', port: 9093, ...change }], authorization: { mode: 'None' } },
      [['ChangeRefused', message]],
      kafkaFacts({ ...three, endpoints: [secure] }),
    ]),
    [
      'another port of a listener before anybody has served',
      { listeners: [{ name: 'secure', port: 9095 }] },
      [],
      kafkaFacts({ endpoints: [secure] }),
    ],
    [
      'the port of a listener that clients have yet to leave',
      { listeners: [{ name: 'other', port: 9093 }] },
      [
        [
          'ChangeRefused',
          /^spec\.listeners\[other\]\.port: 9093 is that of listener secure, which stays open until its clients have moved; choose another, or put secure back \(kubectl stateward plan demo says when it closes\)$/,
        ],
      ],
      kafkaFacts({ ...three, endpoints: [secure] }),
    ],
    [
      'more listeners than status has room for, with those that clients have yet to leave',
      { listeners: [{ name: 'other', port: 9092 }] },
      [
        [
          'ChangeRefused',
          /^spec\.listeners: with those that clients have yet to leave there would be 17, and there may be 16/,
        ],
      ],
      kafkaFacts({
        ...three,
        endpoints: Array.from({ length: 16 }, (_, index) => ({ ...secure, name: `l${index}`, port: 9100 + index })),
      }),
    ],
    ['the same roles in another order', pool({ roles: ['Broker', 'Controller'] }), [], kafkaFacts(three)],
    [
      'no pool where one had members',
      { pools: [{ name: 'other', roles: both }] },
      [
        [
          'ChangeRefused',
          /^member demo-kafka-0 holds data, and pool kafka is gone; put the pool back with replicas: 0, .*$/,
        ],
        ['ChangeRefused', /^member demo-kafka-1 /],
        ['ChangeRefused', /^member demo-kafka-2 /],
        ['ChangeRefused', /cannot get more controllers/],
      ],
      kafkaFacts({ ...three, clusterId: 'id' }),
    ],
  ];
  for (const [name, spec, expected, facts] of cases)
    it(`with ${name}`, () => {
      const found = rejectionsOf(spec, facts);
      assert.deepEqual(
        found.map(({ reason }) => reason),
        expected.map(([reason]) => reason),
      );
      for (const [index, [, words]] of expected.entries()) assert.match(found[index]?.message ?? '', words);
    });

  describe('has a heap of', () => {
    const table: [object, number][] = [
      [{}, 1024],
      [{ resources: { limits: { memory: '4Gi' } } }, 2048],
      [{ resources: { limits: { memory: '64Gi' } } }, 6144],
      [{ resources: { requests: { memory: '1Gi' }, limits: { memory: '4Gi' } } }, 2048],
      [{ jvm: { heap: '512Mi' } }, 512],
    ];
    for (const [extra, mebibytes] of table) {
      it(`${mebibytes} MiB with ${JSON.stringify(extra)}`, () =>
        assert.equal(modelOf(pool(extra)).pools[0]?.heap, BigInt(mebibytes) * 1024n ** 2n));
    }
  });

  describe('has the ids', () => {
    const service = serviceOf();
    const marked = (owner: string) =>
      claimOf('data-demo-kafka-0', service, { owner, annotations: { [clusterIdAnnotation]: 'kept' } });

    it('of the volumes that it adopts, whose cluster formed long ago', () => {
      const model = modelOf({ adoptVolumesFrom: 'old' }, kafkaFacts({}, { claims: [marked('old')] }));
      assert.deepEqual([model.clusterId, model.formed], ['kept', true]);
    });

    it('of its own when the volumes are of others', () => {
      const model = modelOf({}, kafkaFacts({}, { claims: [marked('old')] }));
      assert.deepEqual([model.clusterId, model.formed], [newClusterId('uid-1'), false]);
    });

    it('that it was born with, formed or not', () => {
      const born = newClusterId('uid-1');
      const claim = claimOf('a', service, { annotations: { [clusterIdAnnotation]: born } });
      assert.equal(modelOf({}, kafkaFacts({}, { claims: [claim] })).formed, false);
      assert.equal(modelOf({}, kafkaFacts({ clusterId: born }, { claims: [claim] })).formed, true);
    });
  });

  describe('has the node ids', () => {
    const starts = (spec: object, facts = kafkaFacts()): (number | undefined)[] =>
      modelOf(spec, facts).pools.map(({ firstNodeId }) => firstNodeId);

    it('of its pools in order', () => assert.deepEqual(starts(separate), [0, 1000]));

    it('that status records', () => {
      const pools = [
        { name: 'controller', nodeIdStart: 2000 },
        { name: 'broker', nodeIdStart: 0 },
      ];
      assert.deepEqual(starts(separate, kafkaFacts({ pools })), [2000, 0]);
    });

    it('of the StatefulSets where a crash came before the write of status', () => {
      const group = modelOf(separate).groups[1];
      assert.ok(group !== undefined);
      const set = liveSet(memberSet({ ...group, firstOrdinal: 3000 }));
      assert.deepEqual(starts(separate, kafkaFacts({}, { sets: [set] })), [0, 3000]);
    });
  });
});
