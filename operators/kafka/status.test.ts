import assert from 'node:assert/strict';
import type { PodReport } from '../workload/members/pod-state.ts';
import type { ClusterView } from './admin/admin.ts';
import type { DynamicConfig } from './observe.ts';
import { reportKafka } from './status.ts';
import { clusterOf, kafkaFacts, membersOf, modelOf, separate, settings, snapshotOf } from './testing/kafka.ts';

const starting: PodReport = { state: 'Starting', message: 'm' };
const clients = 'ns.svc.cluster.local';
const about = { planned: { plans: [], now: 0 }, settings };

describe('the status of a KafkaCluster', () => {
  it('gives out the endpoints of brokers, the binding and the ranges of node ids', () => {
    const model = modelOf(separate);
    const report = reportKafka(model, snapshotOf(), kafkaFacts(), about);
    assert.deepEqual(report, {
      dynamicConfig: ['min.insync.replicas'],
      members: [],
      pools: [
        { name: 'controller', nodeIdStart: 0 },
        { name: 'broker', nodeIdStart: 1000 },
      ],
      endpoints: [
        {
          name: 'secure',
          dns: [`demo-broker-1000.${clients}:9093`, `demo-broker-1001.${clients}:9093`],
          vip: 'demo-kafka.ns.svc.cluster.local:9093',
          port: 9093,
          tls: true,
          ca: 'demo-kafka-ca',
          authentication: 'ScramSha512',
        },
      ],
      binding: { name: 'demo-kafka-binding' },
    });
  });

  const ids: [string, boolean, ClusterView | undefined, boolean][] = [
    ['not before anybody has answered', false, undefined, false],
    ['not before there is a leader', false, clusterOf({ leaderId: -1 }), false],
    ['once there is a leader', false, clusterOf(), true],
    ['for ever', true, undefined, true],
  ];
  for (const [name, formed, cluster, expected] of ids) {
    it(`records the cluster id ${name}`, () => {
      const model = { ...modelOf(), formed };
      const report = reportKafka(model, snapshotOf({ cluster }), kafkaFacts(), about);
      assert.equal(report.clusterId, expected ? model.clusterId : undefined);
    });
  }

  describe('says that a member has joined', () => {
    const table: [string, string, object, ClusterView | undefined, boolean][] = [
      ['when the broker is ready and registered', 'demo-broker-1000', {}, clusterOf({ brokers: [1000] }), true],
      ['not while it is fenced', 'demo-broker-1000', {}, clusterOf({ brokers: [], fenced: [1000] }), false],
      ['not while it is not registered', 'demo-broker-1000', {}, clusterOf({ brokers: [1001] }), false],
      ['not while it is not ready', 'demo-broker-1000', { report: starting }, clusterOf({ brokers: [1000] }), false],
      ['not while nobody answers', 'demo-broker-1000', {}, undefined, false],
      ['when the controller is ready and there is a leader', 'demo-controller-0', {}, clusterOf(), true],
      ['not while there is no leader', 'demo-controller-0', {}, clusterOf({ leaderId: -1 }), false],
      ['for ever', 'demo-broker-1000', { joined: true, report: starting }, undefined, true],
    ];
    for (const [name, member, parts, cluster, expected] of table) {
      it(name, () => {
        const model = modelOf(separate);
        const report = reportKafka(
          model,
          snapshotOf({ members: membersOf(model, { [member]: parts }), cluster }),
          kafkaFacts(),
          about,
        );
        const found = report.members?.find((candidate) => candidate.name === member);
        assert.equal(found?.joined === true, expected);
      });
    }
  });

  it('keeps the range of a pool that is gone', () => {
    const facts = kafkaFacts({ pools: [{ name: 'old', nodeIdStart: 2000 }] });
    const report = reportKafka(modelOf(separate), snapshotOf(), facts, about);
    assert.deepEqual(report.pools?.at(-1), { name: 'old', nodeIdStart: 2000 });
  });

  it('says who a member is', () => {
    const model = modelOf();
    const report = reportKafka(
      model,
      snapshotOf({ members: membersOf(model), cluster: clusterOf() }),
      kafkaFacts(),
      about,
    );
    const [first] = report.members ?? [];
    assert.deepEqual([first?.nodeId, first?.roles, first?.directoryId], [0, ['Controller', 'Broker'], 'dir-0']);
  });

  describe('owns the dynamic settings', () => {
    const set = (...keys: string[]): DynamicConfig => ({
      values: new Map(keys.map((key) => [key, '1'])),
      refusal: undefined,
    });
    const table: [string, string[], DynamicConfig | undefined, string[]][] = [
      ['that are wanted, before any is set', [], undefined, ['log.retention.ms', 'min.insync.replicas']],
      [
        'that were, while nobody answers',
        ['num.io.threads'],
        undefined,
        ['log.retention.ms', 'min.insync.replicas', 'num.io.threads'],
      ],
      [
        'that were, until they are taken back',
        ['num.io.threads'],
        set('num.io.threads'),
        ['log.retention.ms', 'min.insync.replicas', 'num.io.threads'],
      ],
      ['no more that are taken back', ['num.io.threads'], set(), ['log.retention.ms', 'min.insync.replicas']],
      ['none that somebody else has set', [], set('num.io.threads'), ['log.retention.ms', 'min.insync.replicas']],
    ];
    for (const [name, dynamicConfig, config, expected] of table) {
      it(name, () => {
        const model = modelOf({ config: { 'log.retention.ms': '1000' } });
        const report = reportKafka(model, snapshotOf({ config }), kafkaFacts({ dynamicConfig }), about);
        assert.deepEqual(report.dynamicConfig, expected);
      });
    }
  });
});
