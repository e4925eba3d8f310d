import assert from 'node:assert/strict';
import type { MemberView } from '../workload/members/members.ts';
import { starting } from '../workload/testing/services.ts';
import type { Address, KafkaAdmin, Partition } from './admin/admin.ts';
import { observeKafka } from './observe.ts';
import { adminOf, clusterOf, membersOf, modelOf, separate } from './testing/kafka.ts';

const never = new AbortController().signal;
const partitions: Partition[] = [
  { topic: 'orders', index: 0, leader: 1000, replicas: [1000], inSync: [1000], minInSync: 1 },
];
const present = new Map([['log.retention.ms', '7']]);

interface World {
  parts?: Record<string, Partial<MemberView>>;
  /** Who answers. */
  answers?: (address: Address) => boolean;
  admin?: Partial<KafkaAdmin>;
  changes?: [string, string | undefined][];
  spec?: typeof separate;
  disks?: boolean;
  /** Names. */
  doubtful?: string[];
  now?: number;
  signal?: AbortSignal;
}

/** Everybody who runs answers, and everything is as wanted, unless told otherwise. */
async function observed(world: World) {
  const { parts = running, answers = () => true, admin = {}, changes = [], signal = never } = world;
  const { spec = separate, disks = false, doubtful = [], now = 0 } = world;
  const asked: string[] = [];
  const model = modelOf(spec);
  const pools = new Map(model.pools.map((pool) => [pool.spec.name, pool]));
  const usual: Partial<KafkaAdmin> = {
    describe: async (address) => {
      asked.push(`${address.host}:${address.port}`);
      if (!answers(address)) throw new Error('no answer');
      return clusterOf();
    },
    partitions: async () => partitions,
    reassignments: async () => [],
    dynamicConfig: async () => present,
  };
  const views = membersOf(model, parts).map(({ nodeId: _, pool: __, ...view }) => view);
  const all = {
    admin: adminOf({ ...usual, ...admin }),
    changes: () => new Map(changes),
    disks,
    doubtful: new Set(doubtful),
    now,
    signal,
  };
  return { asked, ...(await observeKafka(views, pools, all)) };
}

const running: Record<string, Partial<MemberView>> = {
  'demo-controller-0': { address: 'c0' },
  'demo-controller-1': { address: 'c1', report: starting },
  'demo-controller-2': { address: 'c2', report: { state: 'Crashing', message: '' } },
  'demo-broker-1000': { address: 'b0', report: starting },
  'demo-broker-1001': { address: 'b1' },
};
const inForce = { values: present, refusal: undefined };

describe('the view of a Kafka cluster', () => {
  it('is that of the first who answers, ready brokers first', async () => {
    const { asked, cluster } = await observed({});
    assert.deepEqual(asked, ['b1:9091']);
    assert.deepEqual(cluster, clusterOf());
  });

  it('is asked of everybody who runs, one after another', async () => {
    const { asked, cluster } = await observed({ answers: ({ host }) => host === 'c1' });
    assert.deepEqual(asked, ['b1:9091', 'b0:9091', 'c0:9090', 'c1:9090']);
    assert.deepEqual(cluster, clusterOf());
  });

  it('is unknown when nobody answers, and everybody is still a member', async () => {
    const { cluster, partitions: topics, config, members } = await observed({ answers: () => false });
    assert.deepEqual([cluster, topics, config], [undefined, undefined, undefined]);
    assert.deepEqual(
      members.map(({ nodeId, pool }) => [nodeId, pool.spec.name]),
      [
        [0, 'controller'],
        [1, 'controller'],
        [2, 'controller'],
        [1000, 'broker'],
        [1001, 'broker'],
      ],
    );
  });

  it('is asked of nobody without an address', async () => {
    const { asked } = await observed({ parts: { ...running, 'demo-broker-1001': { address: undefined } } });
    assert.deepEqual(asked, ['b0:9091']);
  });

  it('is not asked for any more once nobody wants it', async () => {
    const controller = new AbortController();
    const answers = (): boolean => {
      controller.abort(new Error('enough'));
      return false;
    };
    await assert.rejects(observed({ answers, signal: controller.signal }), /enough/);
  });
});

describe('the partitions and the dynamic configuration', () => {
  const noReadyBroker = { ...running, 'demo-broker-1001': { address: 'b1', report: starting } };
  const silent = async (): Promise<never> => {
    throw new Error('no answer');
  };
  const table: [string, World, [boolean, boolean, boolean]][] = [
    // cluster, partitions, configuration
    ['are those that a serving broker knows', {}, [true, true, true]],
    ['are unknown while no broker serves', { parts: noReadyBroker }, [true, false, false]],
    ['are unknown where only a controller answers', { answers: ({ host }) => host === 'c0' }, [true, false, false]],
    ['are never those of one and the cluster of another', { admin: { partitions: silent } }, [true, false, false]],
    ['are unknown together', { admin: { dynamicConfig: silent } }, [true, false, false]],
  ];
  for (const [name, world, [cluster, topics, config]] of table) {
    it(name, async () => {
      const found = await observed(world);
      assert.deepEqual(found.cluster, cluster ? clusterOf() : undefined);
      assert.deepEqual(found.partitions, topics ? partitions : undefined);
      assert.deepEqual(found.config, config ? inForce : undefined);
    });
  }

  it('come from the next broker where the first stops in the middle', async () => {
    const parts = { ...running, 'demo-broker-1000': { address: 'b0' } };
    const some: KafkaAdmin['partitions'] = async ({ host }) => (host === 'b0' ? silent() : partitions);
    const { asked, config } = await observed({ parts, admin: { partitions: some } });
    assert.deepEqual(asked, ['b0:9091', 'b1:9091']);
    assert.deepEqual(config, inForce);
  });
});

describe('whether brokers pass requests on', () => {
  const names = [0, 1, 2, 3].map((index) => `demo-broker-${1000 + index}`);
  const ready = Object.fromEntries(names.map((name, index) => [name, { address: `b${index}` }]));
  const spec = {
    pools: [
      { name: 'controller', roles: ['Controller' as const] },
      { name: 'broker', roles: ['Broker' as const], replicas: 4 },
    ],
  };

  /** Who is asked for it, by host, and what is known then. */
  async function found(world: World, forwards: (host: string) => Promise<boolean> = async () => true) {
    const hosts: string[] = [];
    const ask: KafkaAdmin['forwards'] = ({ host }) => {
      hosts.push(host);
      return forwards(host);
    };
    const { forwarding } = await observed({ spec, parts: ready, ...world, admin: { forwards: ask } });
    return { hosts, forwarding: [...forwarding] };
  }

  it('is asked of one after another as time goes by', async () => {
    const times = [0, 9_999, 10_000, 20_000, 30_000, 40_000];
    const hosts = await Promise.all(times.map(async (now) => (await found({ now })).hosts));
    assert.deepEqual(hosts, [['b0'], ['b0'], ['b1'], ['b2'], ['b3'], ['b0']]);
  });

  it('is asked each time of those in doubt', async () => {
    const { hosts } = await found({ doubtful: ['demo-broker-1001', 'demo-broker-1003'], now: 20_000 });
    assert.deepEqual(hosts, ['b1', 'b2', 'b3']);
  });

  it('is asked of nobody who does not serve', async () => {
    const { hosts } = await found({
      parts: { ...ready, 'demo-broker-1001': { address: 'b1', report: starting } },
      doubtful: ['demo-broker-1001'],
    });
    assert.deepEqual(hosts, ['b0']);
  });

  it('is known of those that answer', async () => {
    const answers = async (host: string): Promise<boolean> => {
      if (host === 'b1') throw new Error('no answer');
      return host === 'b0';
    };
    const { forwarding } = await found({ doubtful: names }, answers);
    assert.deepEqual(forwarding, [
      [1000, true],
      [1002, false],
      [1003, false],
    ]);
  });

  it('decides who speaks for the cluster: not one in doubt where there are others', async () => {
    const { asked } = await observed({
      spec,
      parts: ready,
      doubtful: ['demo-broker-1000', 'demo-broker-1001'],
      admin: { forwards: async () => false },
    });
    assert.deepEqual(asked, ['b2:9091']);
  });
});

describe('a change of the dynamic configuration', () => {
  const changes: [string, string | undefined][] = [['log.retention.ms', '-2']];

  it('is shown to Kafka first, which changes nothing', async () => {
    const shown: unknown[] = [];
    const alterDynamicConfig: KafkaAdmin['alterDynamicConfig'] = async (address, wanted, options) => {
      shown.push([address, [...wanted], options]);
      return { kind: 'Done' };
    };
    const { config } = await observed({ admin: { alterDynamicConfig }, changes });
    const name = 'demo-broker-1001.demo-kafka-members.ns.svc';
    assert.deepEqual(shown, [[{ host: 'b1', port: 9091, name }, changes, { validateOnly: true }]]);
    assert.deepEqual(config, inForce);
  });

  it('is known to be refused, with the reason', async () => {
    const alterDynamicConfig: KafkaAdmin['alterDynamicConfig'] = async () => ({ kind: 'Refused', message: 'too low' });
    const { config } = await observed({ admin: { alterDynamicConfig }, changes });
    assert.deepEqual(config, { values: present, refusal: 'too low' });
  });

  it('is asked about only if there is one', async () => assert.deepEqual((await observed({})).config, inForce));
});
