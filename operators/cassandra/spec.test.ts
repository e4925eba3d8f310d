import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claimOf, podOf } from '../workload/testing/objects.ts';
import { operationOf } from '../workload/testing/services.ts';
import { hostIdAnnotation } from './names.ts';
import { memberOrder } from './spec.ts';
import { cassandraFacts, joinedStatus, modelOf, published, rejectionsOf, service } from './testing/cassandra.ts';

const racks = (count: number): { name: string }[] =>
  Array.from({ length: count }, (_, index) => ({ name: `r${index + 1}` }));
const rackModels = (...replicas: number[]) =>
  racks(replicas.length).map((spec, index) => ({ spec, replicas: replicas[index] ?? 0 }));

describe('the racks', () => {
  const table: [number, number, number[]][] = [
    [3, 1, [3]],
    [3, 3, [1, 1, 1]],
    [4, 3, [2, 1, 1]],
    [5, 3, [2, 2, 1]],
    [7, 2, [4, 3]],
  ];
  for (const [replicas, count, expected] of table) {
    it(`${count} of them share ${replicas} members`, () =>
      assert.deepEqual(
        modelOf({ replicas, racks: racks(count) }).racks.map((rack) => rack.replicas),
        expected,
      ));
  }

  it('are filled one round after another', () =>
    assert.deepEqual(memberOrder(service, rackModels(3, 1, 2)), [
      { pod: 'demo-r1-0', rack: 'r1' },
      { pod: 'demo-r2-0', rack: 'r2' },
      { pod: 'demo-r3-0', rack: 'r3' },
      { pod: 'demo-r1-1', rack: 'r1' },
      { pod: 'demo-r3-1', rack: 'r3' },
      { pod: 'demo-r1-2', rack: 'r1' },
    ]));

  it('hold every member once, whatever their sizes', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (sizes) => {
        const order = memberOrder(service, rackModels(...sizes)).map(({ pod }) => pod);
        const expected = sizes.flatMap((size, rack) =>
          Array.from({ length: size }, (_, i) => `demo-r${rack + 1}-${i}`),
        );
        assert.deepEqual([...order].sort(), expected.sort());
      }),
    ));
});

const claim = (owner: string, hostId?: string) =>
  claimOf('data-demo-r1-0', service, {
    owner,
    group: 'r1',
    annotations: hostId === undefined ? {} : { [hostIdAnnotation]: hostId },
  });

describe('the spec of a CassandraCluster', () => {
  it('needs nothing to be said', () => {
    const model = modelOf({});
    assert.deepEqual(
      [model.version, model.image, model.clusterName, model.superuserSecret, model.heap],
      ['5.0.9', 'example.com/cassandra:5.0.9', 'demo', 'demo-cassandra-superuser', 1024n ** 3n],
    );
    assert.deepEqual([model.seeds, model.founded, model.published], [['demo-r1-0'], false, false]);
    assert.deepEqual(rejectionsOf(undefined), []);
  });

  it('takes names, image and Secret from the user', () => {
    const model = modelOf({ clusterName: 'My Ring', image: 'x/y:1', superuserSecretName: 's' });
    assert.deepEqual([model.clusterName, model.image, model.superuserSecret], ['My Ring', 'x/y:1', 's']);
  });

  const three = joinedStatus('demo-r1-0', 'demo-r1-1', 'demo-r1-2');
  const cases: [string, unknown, [string, RegExp][], ReturnType<typeof cassandraFacts>?][] = [
    ['nonsense', { version: '1' }, [['InvalidSpec', /^spec\.version: /]]],
    [
      'a setting that is ours',
      { config: { seed_provider: [] } },
      [['ConfigRefused', /^spec\.config\.seed_provider cannot be set: seeds are chosen .*; remove it$/]],
    ],
    [
      'settings that have a place of their own',
      {
        config: {
          tables_fail_threshold: 9,
          table_count_warn_threshold: 9,
          roles_validity_in_ms: 9,
          audit_logging_options: { enabled: true },
          default_keyspace_rf: 3,
        },
      },
      [
        [
          'ConfigRefused',
          /^spec\.config\.tables_fail_threshold cannot be set: it follows from spec\.guardrails; remove it$/,
        ],
        ['ConfigRefused', /table_count_warn_threshold .* spec\.guardrails/],
        ['ConfigRefused', /roles_validity_in_ms .* spec\.authentication\.caches/],
        ['ConfigRefused', /audit_logging_options .* spec\.auditLog/],
        ['ConfigRefused', /default_keyspace_rf cannot be set: the first member could not set up its roles/],
      ],
    ],
    ['a setting that only looks like one of an object', { config: { constructor: 2 } }, []],
    [
      'a field of a setting that is ours',
      { config: { 'jmx_server_options.enabled': true } },
      [['ConfigRefused', /^spec\.config\.jmx_server_options\.enabled cannot be set: no setting .* is called so/]],
    ],
    ['too little memory', { resources: { limits: { memory: '700Mi' } } }, [['MemoryTooSmall', /^spec: .* to 768Mi/]]],
    ['just enough memory', { resources: { limits: { memory: '768Mi' } } }, []],
    [
      'fewer members than the system keyspaces need',
      { replicas: 2 },
      [['ChangeRefused', /^the system keyspaces have 3 replicas, which 2 members cannot hold; .* back to 3 or more$/]],
      cassandraFacts({ members: three, endpoints: published }),
    ],
    [
      'a rack less, which has members',
      { racks: [{ name: 'r2' }] },
      [['ChangeRefused', /^members demo-r1-0, demo-r1-1, demo-r1-2 hold data, .*; put it back$/]],
      cassandraFacts({ members: three }),
    ],
    ['more members', { replicas: 5 }, [], cassandraFacts({ members: three, endpoints: published })],
    [
      'growth from 1',
      { replicas: 2 },
      [['ChangeRefused', /^a service of 1 members cannot grow yet: .*; set spec\.replicas back to 1$/]],
      cassandraFacts({ members: three.slice(0, 1), endpoints: published }),
    ],
    [
      'growth from 2',
      { replicas: 3 },
      [['ChangeRefused', /of 2 members/]],
      cassandraFacts({ members: three.slice(0, 2), endpoints: published }),
    ],
    [
      'as many members as there are',
      { replicas: 2 },
      [],
      cassandraFacts({ members: three.slice(0, 2), endpoints: published }),
    ],
    [
      'members that have yet to join for the first time',
      { replicas: 3 },
      [],
      cassandraFacts({ members: three.slice(0, 1) }),
    ],
    [
      'several things, all of them said',
      { config: { authorizer: 'x', storage_port: 1 } },
      [
        ['ConfigRefused', /authorizer/],
        ['ConfigRefused', /storage_port/],
      ],
    ],
  ];
  for (const [name, spec, expected, facts] of cases) {
    it(`with ${name}`, () => {
      const found = rejectionsOf(spec, facts);
      assert.deepEqual(
        found.map(({ reason }) => reason),
        expected.map(([reason]) => reason),
      );
      for (const [index, [, words]] of expected.entries()) assert.match(found[index]?.message ?? '', words);
    });
  }

  describe('with TLS for clients', () => {
    const names = ['demo-r1-0', 'demo-r1-1'];
    const podsOf = (...told: string[]) =>
      told.map((clients, index) => podOf(names[index] ?? '', { annotations: { 'stateward.dev/encryption': clients } }));
    const table: [string, string[], 'Required' | 'Optional' | 'None', RegExp | undefined][] = [
      [
        'demanded of members that know none',
        ['None', 'None'],
        'Required',
        /become Required while demo-r1-0, demo-r1-1 can .* in clear only; set it to Optional/,
      ],
      ['demanded of a member that has not restarted yet', ['Optional', 'None'], 'Required', /while demo-r1-1 can/],
      [
        'taken from members that know nothing else',
        ['Required', 'Optional'],
        'None',
        /become None while demo-r1-0 can .* by TLS only/,
      ],
      ['allowed', ['None', 'Required'], 'Optional', undefined],
      ['demanded when all know it', ['Optional', 'Required'], 'Required', undefined],
      ['taken when all do without', ['Optional', 'None'], 'None', undefined],
    ];
    for (const [what, told, clients, words] of table) {
      it(what, () => {
        const facts = cassandraFacts({ members: joinedStatus(...names) }, { pods: podsOf(...told) });
        const [found] = rejectionsOf({ encryption: { clients }, replicas: 2 }, facts);
        if (words === undefined) assert.equal(found, undefined);
        else assert.match(`${found?.reason} ${found?.message}`, words);
      });
    }

    it('demanded before anybody has joined', () => {
      const facts = cassandraFacts({ members: [] }, { pods: podsOf('None') });
      assert.deepEqual(rejectionsOf({ encryption: { clients: 'Required' } }, facts), []);
    });
  });

  describe('with certificates of clients', () => {
    const names = ['demo-r1-0', 'demo-r1-1'];
    const podsOf = (...told: (string | undefined)[]) =>
      told.map((mode, index) => {
        const annotations = mode === undefined ? {} : { 'stateward.dev/authentication': mode };
        return podOf(names[index] ?? '', { annotations });
      });
    const way = /set it to PasswordOrTls, and to \w+ once all members have restarted and all clients have moved/;
    const table: [string, (string | undefined)[], 'Password' | 'PasswordOrTls' | 'MutualTls', RegExp | undefined][] = [
      [
        'demanded of members that ask for none',
        [undefined, 'PasswordOrTls'],
        'MutualTls',
        /ChangeRefused .* become MutualTls while demo-r1-0 ask for no certificate; /,
      ],
      [
        'given up where they are all that there is',
        ['PasswordOrTls', 'MutualTls'],
        'Password',
        /ChangeRefused .* become Password while demo-r1-1 let in nobody without a certificate; /,
      ],
      ['demanded once all ask for one', ['PasswordOrTls', 'MutualTls'], 'MutualTls', undefined],
      ['given up once all do without', ['PasswordOrTls', undefined], 'Password', undefined],
      ['allowed, from either side', ['MutualTls', undefined], 'PasswordOrTls', undefined],
    ];
    for (const [what, told, mode, words] of table) {
      it(what, () => {
        const facts = cassandraFacts({ members: joinedStatus(...names) }, { pods: podsOf(...told) });
        const ca = mode === 'Password' ? {} : { clientCaSecretName: 'apps' };
        const [found] = rejectionsOf({ authentication: { mode, ...ca }, replicas: 2 }, facts);
        if (words === undefined) return assert.equal(found, undefined);
        for (const each of [words, way]) assert.match(`${found?.reason} ${found?.message}`, each);
      });
    }

    it('demanded from the first member on', () => {
      const facts = cassandraFacts({ members: [] }, { pods: podsOf(undefined) });
      const authentication = { mode: 'MutualTls', clientCaSecretName: 'apps' } as const;
      assert.deepEqual(rejectionsOf({ authentication }, facts), []);
    });
  });

  describe('has a heap of', () => {
    const table: [string, number][] = [
      ['1Gi', 512],
      ['2Gi', 1024],
      ['4Gi', 1024],
      ['8Gi', 2048],
      ['32Gi', 8192],
      ['64Gi', 8192],
    ];
    for (const [memory, mebibytes] of table) {
      it(`${mebibytes} MiB in ${memory}`, () =>
        assert.equal(modelOf({ resources: { limits: { memory } } }).heap, BigInt(mebibytes) * 1024n ** 2n));
    }
  });

  describe('is founded', () => {
    const table: [string, ReturnType<typeof cassandraFacts>, string | undefined, boolean][] = [
      ['not at the start', cassandraFacts(), undefined, false],
      ['once a member has joined', cassandraFacts({ members: joinedStatus('demo-r1-0') }), undefined, true],
      ['when a volume of ours holds data', cassandraFacts({}, { claims: [claim('uid-1', 'h')] }), undefined, true],
      ['not by an empty volume', cassandraFacts({}, { claims: [claim('uid-1')] }), undefined, false],
      ['not by the volume of another', cassandraFacts({}, { claims: [claim('old', 'h')] }), undefined, false],
      ['when it adopts data', cassandraFacts({}, { claims: [claim('old', 'h')] }), 'old', true],
    ];
    for (const [name, facts, adoptVolumesFrom, expected] of table) {
      it(name, () =>
        assert.equal(modelOf(adoptVolumesFrom === undefined ? {} : { adoptVolumesFrom }, facts).founded, expected),
      );
    }
  });

  it('is published once endpoints are given out', () => {
    assert.equal(modelOf({}, cassandraFacts({ members: three, endpoints: published })).published, true);
    assert.equal(modelOf({}, cassandraFacts({ members: three, endpoints: [] })).published, false);
  });

  describe('has as its seeds', () => {
    const startedAt = '2026-01-01T00:00:00Z';
    const replace = (parts: object = {}, type: 'Replace' | 'Restart' = 'Replace') =>
      operationOf('one', {
        spec: { type, members: ['demo-r1-0'] },
        status: { startedAt, targets: [{ name: 'demo-r1-0' }], ...parts },
      });
    const others = ['demo-r1-1', 'demo-r1-2'];
    const all = ['demo-r1-0', ...others];
    const table: [string, ReturnType<typeof operationOf>[], string[]][] = [
      ['all who have joined', [], all],
      ['no member that is being replaced, which would be its own', [replace()], others],
      ['a member that has been replaced', [replace({ finishedAt: startedAt })], all],
      ['a member that restarts', [replace({}, 'Restart')], all],
      [
        'a member whose replacement has not begun',
        [operationOf('one', { spec: { type: 'Replace', members: ['demo-r1-0'] } })],
        all,
      ],
    ];
    for (const [name, operations, expected] of table) {
      it(name, () => assert.deepEqual(modelOf({}, cassandraFacts({ members: three }, { operations })).seeds, expected));
    }
  });
});
