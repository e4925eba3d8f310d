import assert from 'node:assert/strict';
import { pods } from '../kube/resource.ts';
import { LogRecorder } from '../runtime/testing/log-recorder.ts';
import type { MemberView } from '../workload/members/members.ts';
import { podOf } from '../workload/testing/objects.ts';
import { starting } from '../workload/testing/services.ts';
import { testTurn } from '../workload/testing/turn.ts';
import { actOnKafka } from './act.ts';
import type { Change, ClusterView, KafkaAdmin } from './admin/admin.ts';
import type { KafkaAction } from './plan.ts';
import { adminOf, clusterOf, membersOf, modelOf, separate, settings, snapshotOf } from './testing/kafka.ts';

const object = { apiVersion: 'v1', kind: 'KafkaCluster', metadata: { name: 'demo', namespace: 'ns' } };
const model = modelOf(separate);

interface World {
  parts?: Record<string, Partial<MemberView>>;
  cluster?: ClusterView | undefined;
  answer?: Change;
  /** Brokers that pass nothing on. */
  deaf?: number[];
}

const running: Record<string, Partial<MemberView>> = {
  'demo-controller-0': { address: 'c0' },
  'demo-controller-1': { address: 'c1' },
  'demo-controller-2': { address: 'c2' },
  'demo-broker-1000': { address: 'b0', report: starting },
  'demo-broker-1001': { address: 'b1' },
};

/** Every call as its name and what it was called with, the signal left out; and what was logged. */
async function done(action: KafkaAction, world: World = {}) {
  const { parts = running, answer = { kind: 'Done' }, deaf = [] } = world;
  const cluster = 'cluster' in world ? world.cluster : clusterOf({ leaderId: 1 });
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]): Promise<Change> => {
      calls.push([name, ...args.filter((arg) => !(arg instanceof AbortSignal))]);
      return answer;
    };
  const electPreferred: KafkaAdmin['electPreferred'] = async (...args) => void (await note('electPreferred')(...args));
  const admin = adminOf({
    electPreferred,
    alterDynamicConfig: note('alterDynamicConfig'),
    addVoter: note('addVoter'),
    removeVoter: note('removeVoter'),
  });
  const log = new LogRecorder();
  const forwarding = new Map(deaf.map((nodeId) => [nodeId, false]));
  const snapshot = snapshotOf({ members: membersOf(model, parts), cluster, forwarding });
  await actOnKafka(action, model, snapshot, { admin, settings }, { ...testTurn(object).turn, log });
  return { calls, log };
}

const remove: KafkaAction = { kind: 'RemoveVoter', nodeId: 2, directoryId: 'dir-2' };
const add: KafkaAction = { kind: 'AddVoter', member: 'demo-controller-2', nodeId: 2, directoryId: 'new-2' };
const elect: KafkaAction = { kind: 'ElectPreferred', partitions: [{ topic: 'orders', index: 7 }] };
const changes = new Map([
  ['log.retention.ms', '9'],
  ['log.roll.ms', undefined],
]);
const alter: KafkaAction = { kind: 'AlterConfig', changes };

describe('what is done about a Kafka service', () => {
  const controller = { host: 'c1', port: 9090, name: 'demo-controller-1.demo-kafka-members.ns.svc' };
  const broker = { host: 'b1', port: 9091, name: 'demo-broker-1001.demo-kafka-members.ns.svc' };
  const endpoint = {
    listener: 'CONTROLLER',
    host: 'demo-controller-2.demo-kafka-members.ns.svc.cluster.local',
    port: 9090,
  };
  const voter = { nodeId: 2, directoryId: 'new-2', endpoints: [endpoint] };
  const table: [string, KafkaAction, World, unknown[][]][] = [
    [
      'takes a vote back by the active controller',
      remove,
      {},
      [['removeVoter', controller, { nodeId: 2, directoryId: 'dir-2' }, model.clusterId]],
    ],
    ['gives a vote by the active controller', add, {}, [['addVoter', controller, voter, model.clusterId]]],
    ['takes no vote back while nobody leads', remove, { cluster: clusterOf({ leaderId: -1 }) }, []],
    ['gives no vote while nobody answers', add, { cluster: undefined }, []],
    [
      'gives no vote while the address of the active controller is unknown',
      add,
      { parts: { ...running, 'demo-controller-1': { address: undefined } } },
      [],
    ],
    ['gives leadership back by a broker that serves', elect, {}, [['electPreferred', broker, elect.partitions]]],
    ['sets by a broker that serves', alter, {}, [['alterDynamicConfig', broker, changes, { validateOnly: false }]]],
    [
      'sets by one that passes it on',
      alter,
      { parts: { ...running, 'demo-broker-1000': { address: 'b0' } }, deaf: [1000] },
      [['alterDynamicConfig', broker, changes, { validateOnly: false }]],
    ],
    [
      'sets by one that passes nothing on where there is no other',
      alter,
      { deaf: [1001] },
      [['alterDynamicConfig', broker, changes, { validateOnly: false }]],
    ],
    [
      'sets nothing while no broker serves',
      alter,
      { parts: { 'demo-broker-1000': { report: starting }, 'demo-broker-1001': { report: starting } } },
      [],
    ],
    [
      'gives no leadership back while no broker serves',
      elect,
      { parts: { 'demo-broker-1000': { report: starting }, 'demo-broker-1001': { report: starting } } },
      [],
    ],
  ];
  for (const [name, action, world, expected] of table)
    it(name, async () => assert.deepEqual((await done(action, world)).calls, expected));

  const refusals: [string, KafkaAction, string][] = [
    ['to take a vote back', remove, 'RemoveVoter of node 2 is refused: not now'],
    ['to give a vote', add, 'AddVoter of node 2 is refused: not now'],
    ['a setting', alter, 'Kafka refuses spec.config: not now'],
  ];
  for (const [name, action, message] of refusals) {
    it(`goes on when Kafka refuses ${name}, and says so`, async () => {
      const { log } = await done(action, { answer: { kind: 'Refused', message: 'not now' } });
      assert.deepEqual(log.of(message), [{ level: 'warn', step: 'act' }]);
    });
  }

  it('asks a combined member at its controller port for votes', async () => {
    const combined = modelOf();
    const asked: unknown[] = [];
    const removeVoter: KafkaAdmin['removeVoter'] = async (address) => {
      asked.push(address);
      return { kind: 'Done' };
    };
    const members = membersOf(combined, { 'demo-kafka-0': { address: 'k0' } });
    const snapshot = snapshotOf({ members, cluster: clusterOf() });
    const hands = { admin: adminOf({ removeVoter }), settings };
    await actOnKafka(remove, combined, snapshot, hands, testTurn(object).turn);
    assert.deepEqual(asked, [{ host: 'k0', port: 9090, name: 'demo-kafka-0.demo-kafka-members.ns.svc' }]);
  });

  describe('tells a pod its zone', () => {
    const tell = async (uid: string) => {
      const { turn, api, put } = testTurn(object);
      const stored = await put(pods, podOf('demo-controller-0'));
      const action: KafkaAction = {
        kind: 'TellZone',
        pod: 'demo-controller-0',
        uid: uid || stored.metadata.uid || '',
        zone: 'a',
      };
      const acted = actOnKafka(action, model, snapshotOf(), { admin: adminOf(), settings }, turn);
      return { acted, read: () => api.read(pods, { namespace: 'ns', name: 'demo-controller-0' }) };
    };

    it('on its annotation', async () => {
      const { acted, read } = await tell('');
      await acted;
      assert.equal((await read())?.metadata.annotations?.['stateward.dev/zone'], 'a');
    });

    it('and no other pod of that name', async () => {
      const { acted, read } = await tell('uid-of-another');
      await assert.rejects(acted, /another uid/);
      assert.equal((await read())?.metadata.annotations?.['stateward.dev/zone'], undefined);
    });
  });
});
